import { readdirSync, readFileSync } from 'node:fs';
import { parseAst } from 'rolldown/parseAst';
import { table } from './fill.ts';

/** A message as the sources hold it, with `…` where a run fills something in, and what it tells the reader to do. */
interface Message {
  readonly text: string;
  readonly remedy: string;
}

/** A node of the tree that the parser of the build gives (ESTree). */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const root = new URL('../../src/', import.meta.url);

/** Functions that take a reason and what to do about it as arguments, one behind the other, by the place of the first. */
const MAKERS: ReadonlyMap<string, number> = new Map([
  ['cannotRead', 0],
  ['problem', 0],
]);

/** Functions that take the reason why a value is not known. */
const OPENERS: ReadonlyMap<string, number> = new Map([
  ['openValue', 0],
  ['open', 2],
]);

/** Launches that are recognised and not read: a reason with its remedy, in the formats. */
export function unsupportedTable(): string {
  return pairTable(messagesIn(['formats'], pairsOf));
}

/** Models that are not known: a reason with its remedy. */
export function modelProblemTable(): string {
  return pairTable(messagesIn(['models', 'hub'], pairsOf));
}

/** Why a value is not known: the clause behind the colon. */
export function openValueTable(): string {
  const found = messagesIn(['formats', 'syntax'], (file) => [...clausesOf(file), ...likeClauses(file)]);
  return found.map(({ text }) => `- ${text}`).join('\n');
}

/** What no engine's own text says where the verdict is `unknown`. */
export function unknownTable(): string {
  return messagesIn(['evaluate.ts', 'engines'], unknownOf)
    .map(({ text }) => `- ${text}`)
    .join('\n');
}

function pairTable(messages: readonly Message[]): string {
  return table(
    ['message', 'what to do'],
    messages.map(({ text, remedy }) => [text, remedy]),
  );
}

function messagesIn(places: readonly string[], find: (tree: File) => readonly Message[]): readonly Message[] {
  const found = new Map<string, Message>();
  for (const path of places.flatMap(sourcesUnder))
    for (const one of find(fileOf(path))) if (/\p{L}{2,}.*\s.*\p{L}/u.test(one.text)) found.set(one.text, one);
  return [...found.values()].toSorted((a, b) => a.text.localeCompare(b.text, 'en'));
}

function sourcesUnder(place: string): readonly string[] {
  if (place.endsWith('.ts')) return [place];
  return readdirSync(new URL(place, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${place}/${name}`)
    .toSorted();
}

interface File {
  readonly path: string;
  readonly nodes: readonly Node[];
  /** Declared constants by their name, in the order of the file. */
  readonly constants: ReadonlyMap<string, readonly Node[]>;
}

function fileOf(path: string): File {
  const tree = parseAst(readFileSync(new URL(path, root), 'utf8'), { lang: 'ts' }) as unknown as Node;
  const nodes: Node[] = [];
  const constants = new Map<string, Node[]>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isNode(value)) return undefined;
    nodes.push(value);
    if (value.type === 'VariableDeclarator' && isNode(value['id']) && isNode(value['init'])) {
      const name = String(value['id']['name']);
      constants.set(name, [...(constants.get(name) ?? []), value['init']]);
    }
    Object.values(value).forEach(visit);
    return undefined;
  };
  visit(tree);
  return { path, nodes, constants };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** Reasons with remedies: arguments of the functions that make them, and objects that hold both. */
function pairsOf(file: File): readonly Message[] {
  return file.nodes.flatMap((node) => {
    const [reason, remedy] = pairAt(node);
    if (!isNode(reason) || !isNode(remedy)) return [];
    const remedies = textsOf(remedy, file);
    return textsOf(reason, file).map((text) => ({ text, remedy: remedies.join(' / ') }));
  });
}

function pairAt(node: Node): readonly unknown[] {
  const at = MAKERS.get(calleeOf(node));
  if (at !== undefined) return (node['arguments'] as readonly unknown[]).slice(at, at + 2);
  const fields = fieldsOf(node);
  return [fields.get('reason'), fields.get('remedy')];
}

/** Clauses that say why a value is open: they start small and end without a full stop. */
function clausesOf(file: File): readonly Message[] {
  const values = file.nodes.flatMap((node) => {
    const at = OPENERS.get(calleeOf(node));
    if (at !== undefined) return (node['arguments'] as readonly unknown[]).slice(at, at + 1);
    const fields = fieldsOf(node);
    return fields.has('place') || fields.has('text') || fields.has('kind')
      ? [fields.get('reason'), fields.get('unresolved')]
      : [fields.get('unresolved')];
  });
  return values
    .filter(isNode)
    .flatMap((value) => textsOf(value, file))
    .filter((text) => !/^\p{Lu}.*\.$/u.test(text))
    .map((text) => ({ text, remedy: '' }));
}

/** A clause by its words, for reasons that reach their value through a constant or a function. */
const CLAUSE =
  /^(?:…(?:\.…)?|it|its|the \w+ that) (?:\w+ ){0,4}?(?:is|has|have|stands|must|differ)\b(?! (?:not )?written)/;

function likeClauses({ path, nodes, ...file }: File): readonly Message[] {
  // Why a value cannot be changed where it stands is told beside the value.
  if (/edit|format\.ts$/.test(path)) return [];
  return nodes
    .filter(({ type }) => type === 'Literal' || type === 'TemplateLiteral')
    .flatMap((node) => textsOf(node, { path, nodes, ...file }))
    .filter((text) => CLAUSE.test(text) && !/[.:(]$/.test(text))
    .map((text) => ({ text, remedy: '' }));
}

/** Texts of estimates that are unknown. */
function unknownOf(file: File): readonly Message[] {
  const values = file.nodes.flatMap((node) => {
    if (/^(?:unknown|unknownEstimate)$/.test(calleeOf(node))) return node['arguments'] as readonly unknown[];
    if (calleeOf(node) === 'refused') {
      const [verdict, message] = node['arguments'] as readonly unknown[];
      return isNode(verdict) && verdict['value'] === 'unknown' ? [message] : [];
    }
    const fields = fieldsOf(node);
    const verdict = fields.get('verdict');
    const told = isNode(verdict) && verdict['value'] === 'unknown' ? [fields.get('message')] : [];
    return [...told, fields.get('unknown'), fields.get('problem')];
  });
  return values
    .filter(isNode)
    .flatMap((value) => textsOf(value, file))
    .filter((text) => !text.startsWith('…'))
    .map((text) => ({ text, remedy: '' }));
}

function calleeOf(node: Node): string {
  return node.type === 'CallExpression' && isNode(node['callee']) ? String(node['callee']['name']) : '';
}

function fieldsOf(node: Node): ReadonlyMap<string, unknown> {
  if (node.type !== 'ObjectExpression') return new Map();
  const properties = node['properties'] as readonly Node[];
  return new Map(
    properties.flatMap((one) =>
      one.type === 'Property' && isNode(one['key']) ? [[String(one['key']['name']), one['value']] as const] : [],
    ),
  );
}

/** Every text that an expression may be, with `…` for what is filled in; none where it is made elsewhere. */
function textsOf(node: Node, file: File, depth = 0): readonly string[] {
  if (depth > 4) return [];
  const of = (value: unknown): readonly string[] => (isNode(value) ? textsOf(value, file, depth + 1) : []);
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? [node['value']] : [];
  if (node.type === 'ConditionalExpression') return [...of(node['consequent']), ...of(node['alternate'])];
  if (node.type === 'LogicalExpression') return [...of(node['left']), ...of(node['right'])];
  if (node.type === 'TemplateLiteral') {
    const quasis = node['quasis'] as readonly { readonly value: { readonly cooked: string } }[];
    const text = quasis.map(({ value }) => value.cooked).join('…');
    return [text.replaceAll(/\s+/g, ' ').trim()];
  }
  if (node.type !== 'Identifier') return [];
  const declared = file.constants.get(String(node['name'])) ?? [];
  const before = declared.filter(({ start }) => start < node.start).at(-1) ?? declared[0];
  return before ? of(before) : [];
}
