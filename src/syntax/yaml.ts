import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Parser,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { placeOf, type SourceFile } from '../text.ts';
import { type MappedText, mappedIdentity, standingFor } from './mapped-text.ts';
import { exceeds, firstOf, noteAgain, type Noted, noting } from './unread.ts';
import { scalarText } from './yaml-scalars.ts';

/** A serving config is far smaller than this (UTF-16 units). */
const MAX_YAML_CHARACTERS = 1024 * 1024;
/** Documents in one file. */
const MAX_DOCUMENTS = 1_000;

/** A YAML or JSON file as its documents, or why it is none. */
export type YamlFile =
  | {
      readonly documents: readonly YamlValue[];
      /** Documents among others that are no YAML: why, and where they stand. Absent: none. */
      readonly broken?: readonly BrokenDocument[];
    }
  | { readonly reason: string };

export interface BrokenDocument {
  readonly reason: string;
  readonly start: number;
  readonly end: number;
}

/**
 * A value in a YAML document. Aliases stand for what they refer to; `<<` merges are already in a mapping's entries.
 * Values keep the place where they are really written.
 */
export type YamlValue =
  | {
      readonly kind: 'mapping';
      readonly entries: readonly YamlEntry[];
      readonly node: YAMLMap;
      readonly file: SourceFile;
      /** The language that it is written in where that is not YAML. */
      readonly written?: 'hcl';
    }
  | {
      readonly kind: 'sequence';
      readonly items: readonly YamlValue[];
      readonly node: YAMLSeq;
      readonly file: SourceFile;
      readonly written?: 'hcl';
    }
  | {
      readonly kind: 'scalar';
      readonly value: string | number | boolean | null;
      readonly text: MappedText;
      readonly node: Scalar;
      readonly file: SourceFile;
    };

export interface YamlEntry {
  readonly key: string;
  readonly keyText: MappedText;
  readonly value: YamlValue;
  readonly pair: Pair;
  /** The mapping that really holds it: not the one read, when it comes through a merge or an alias. */
  readonly owner: YAMLMap;
}

/**
 * Reads every document of a file. Errors are tolerated document by document: what the parser could make sense of is given.
 * `uniqueKeys` is off because the parser's check is quadratic; the last of two equal keys wins, as Kubernetes' parser has it.
 */
export function readYaml(file: SourceFile): YamlFile {
  const known = latest?.file === file ? latest : { file, yaml: noting(() => parsedYaml(file)) };
  latest = known;
  noteAgain(known.yaml.unread);
  return known.yaml.value;
}

/** Formats that share a file read it one behind the other. */
let latest: { readonly file: SourceFile; readonly yaml: Noted<YamlFile> } | null = null;

/** The same of a part of a file, which is YAML by itself. Every place is one of the whole file. */
export function readYamlBetween(file: SourceFile, start: number, end: number): YamlFile {
  return parsedYaml(file, start, end);
}

function parsedYaml(file: SourceFile, start = 0, end = file.text.length): YamlFile {
  if (exceeds(end - start, MAX_YAML_CHARACTERS, 'characters of YAML'))
    return { reason: 'it is larger than any config' };
  let documents: readonly Document.Parsed[];
  try {
    const tokens = withOneError(new Parser().parse(file.text.slice(start, end)));
    const parsed = [...new Composer({ uniqueKeys: false, prettyErrors: false, strict: false }).compose(tokens)];
    documents = firstOf(parsed, MAX_DOCUMENTS, 'documents', ({ range }) =>
      placeOf(file, start + range[0], start + range[0]),
    );
  } catch {
    return { reason: 'its nesting is too deep to read' };
  }
  if (start > 0) for (const document of documents) move(document, start);
  const broken = documents.flatMap(({ errors, range }) => {
    const [first] = errors;
    const place = { start: start + range[0], end: start + range[2] };
    return first ? [{ reason: `it is not valid YAML: ${first.message}`, ...place }] : [];
  });
  if (broken[0] && documents.length === 1) return { reason: broken[0].reason };
  const values: YamlValue[] = [];
  for (const document of documents) {
    if (document.errors.length > 0 || document.contents === null) continue;
    const reader: Reader = { file, targetOf: aliasesOf(document), budget: { left: MAX_ALIASED }, aliased: false };
    const value = valueOf(document.contents as Node, reader, 0);
    if (value) values.push(value);
  }
  return broken.length > 0 ? { documents: values, broken } : { documents: values };
}

/**
 * The tokens of a text without the errors behind the first of a document: that it is broken is all that is asked. A log that
 * is taken for YAML has one in each line, and each would become an exception with its stack.
 */
function* withOneError(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  let told = false;
  for (const token of tokens) {
    if (token.type === 'document') told = false;
    if (token.type === 'error' && told) continue;
    told ||= token.type === 'error';
    yield token;
  }
}

/** Moves every node to where it stands in the file that a part was taken from. */
function move(document: Document.Parsed, by: number): void {
  visit(document, {
    Node(_key, node) {
      if (node.range) node.range = [node.range[0] + by, node.range[1] + by, node.range[2] + by];
    },
  });
}

/** Values that one document may take over through aliases, counted each time: a bomb ends here. */
const MAX_ALIASED = 20_000;
const MAX_DEPTH = 100;

interface Reader {
  readonly file: SourceFile;
  readonly targetOf: (alias: Alias) => Node | null;
  readonly budget: { left: number };
  /** Whether what is read comes through an alias. */
  readonly aliased: boolean;
}

/**
 * What every alias of a document stands for: the last node before it with that anchor. One walk for all of them; the
 * library's own `resolve` walks the document for each.
 */
function aliasesOf(document: Document): Reader['targetOf'] {
  let targets: Map<Alias, Node> | null = null;
  return (alias) => {
    targets ??= targetsIn(document);
    return targets.get(alias) ?? null;
  };
}

function targetsIn(document: Document): Map<Alias, Node> {
  const anchored = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchored.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return targets;
}

function valueOf(node: Node | null, reader: Reader, depth: number): YamlValue | null {
  if (node === null || exceeds(depth, MAX_DEPTH, 'levels of YAML')) return null;
  if (reader.aliased && exceeds(MAX_ALIASED + 1 - reader.budget.left--, MAX_ALIASED, 'values through aliases'))
    return null;
  const { file } = reader;
  if (isAlias(node)) {
    return valueOf(reader.targetOf(node), { ...reader, aliased: true }, depth + 1);
  }
  if (isScalar(node)) return { kind: 'scalar', value: plainValue(node), text: scalarText(node, file), node, file };
  if (isSeq(node)) {
    const items = node.items.flatMap(
      (item) => valueOf((isPair(item) ? null : item) as Node | null, reader, depth + 1) ?? [],
    );
    return { kind: 'sequence', items, node, file };
  }
  if (isMap(node)) return { kind: 'mapping', entries: entriesOf(node, reader, depth), node, file };
  return null;
}

function entriesOf(map: YAMLMap, reader: Reader, depth: number): YamlEntry[] {
  const own = new Map<string, YamlEntry>();
  const merged = new Map<string, YamlEntry>();
  for (const pair of map.items) {
    const key = keyOf(pair.key as Node | null, reader);
    if (!key) continue;
    const { name } = key;
    const value = valueOf((pair.value ?? null) as Node | null, reader, depth + 1);
    if (name === '<<') {
      for (const source of value?.kind === 'sequence' ? value.items : value ? [value] : []) {
        if (source.kind === 'mapping')
          for (const entry of source.entries) if (!merged.has(entry.key)) merged.set(entry.key, entry);
      }
      continue;
    }
    const empty = value ?? emptyAt(key, reader.file);
    own.set(name, { key: name, keyText: key.text, value: empty, pair, owner: map });
  }
  return [...[...merged.values()].filter(({ key }) => !own.has(key)), ...own.values()];
}

interface Key {
  readonly name: string;
  readonly text: MappedText;
  readonly node: Scalar;
  /** Where it ends in the file. */
  readonly end: number;
}

/** A key as it is written, or what an alias in its place stands for (`*name : value`). */
function keyOf(key: Node | null, { file, targetOf }: Reader): Key | null {
  if (isScalar(key)) {
    return { name: String(key.value), text: scalarText(key, file), node: key, end: key.range?.[1] ?? 0 };
  }
  const target = isAlias(key) ? targetOf(key) : null;
  if (!isAlias(key) || !isScalar(target)) return null;
  const name = String(target.value);
  const [start, end] = key.range ?? [0, 0];
  return { name, text: standingFor(file, start, end, name), node: target, end };
}

/** `key:` with nothing behind it. */
function emptyAt({ node, end }: Key, file: SourceFile): YamlValue {
  return { kind: 'scalar', value: null, text: mappedIdentity(file, end, end, () => null), node, file };
}

function plainValue({ value }: Scalar): string | number | boolean | null {
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : value === null || value === undefined
      ? null
      : String(value);
}

/** The value under a path of keys, or null. */
export function at(value: YamlValue | null | undefined, ...path: readonly string[]): YamlValue | null {
  let here: YamlValue | null = value ?? null;
  for (const key of path) {
    if (here?.kind !== 'mapping') return null;
    here = here.entries.find((entry) => entry.key === key)?.value ?? null;
  }
  return here;
}

/** The items of a sequence; none for anything else. */
export function itemsOf(value: YamlValue | null): readonly YamlValue[] {
  return value?.kind === 'sequence' ? value.items : [];
}

/** The entries of a mapping; none for anything else. */
export function entriesIn(value: YamlValue | null): readonly YamlEntry[] {
  return value?.kind === 'mapping' ? value.entries : [];
}

/** A scalar as text; null for anything else and for an empty value. */
export function textOf(value: YamlValue | null): string | null {
  return value?.kind === 'scalar' && value.value !== null ? value.text.text : null;
}

/** A value as plain data. Numbers, booleans and nulls are those of YAML 1.2. */
export function dataOf(value: YamlValue): unknown {
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'sequence') return value.items.map(dataOf);
  const data: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { key, value: inner } of value.entries) data[key] = dataOf(inner);
  return data;
}
