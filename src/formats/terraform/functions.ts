import type { HclExpression } from '../../syntax/hcl/expression.ts';
import { readHclTemplate } from '../../syntax/hcl/index.ts';
import { mappedFile, type MappedText, sliceMapped, standingFor } from '../../syntax/mapped-text.ts';
import { readYamlIn } from '../../syntax/nested-yaml.ts';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { pathIn } from '../../paths.ts';
import { isOpen, open, type Scope } from './scope.ts';
import { templateValue } from './template.ts';
import { joined, mapping, NOWHERE, scalar, sequence } from './values.ts';
import { firstOf } from '../../syntax/unread.ts';

type Call = Extract<HclExpression, { kind: 'call' }>;

/** Characters of one file that a module reads. */
const MAX_CHARACTERS = 512 * 1024;
const MAX_ITEMS = 2_000;

/** Functions that give back what they get, as far as its value goes. */
const SAME =
  /^(?:tostring|tonumber|tobool|tolist|toset|tomap|sensitive|nonsensitive|trimspace|chomp|yamlencode|jsonencode|base64encode|base64gzip|ephemeralasnull|one|abspath|pathexpand|indent|trimprefix|trimsuffix)$/;

/** What a call of a built-in function comes to (Terraform language: functions); open for those that need more than the module. */
export function called(call: Call, scope: Scope): YamlValue {
  const { name } = call;
  const value = called0(name.replace(/^core::/, ''), call, scope);
  return value ?? open(call, scope, `${name}() is worked out when it is applied`);
}

function called0(name: string, call: Call, scope: Scope): YamlValue | null {
  if (name === 'file' || name === 'templatefile') return fileText(call, scope, name === 'templatefile');
  if (name === 'try' || name === 'coalesce') {
    // The first that is known is what holds only if none in front of it may.
    const [first, ...more] = call.args;
    if (!first) return null;
    const value = scope.evaluate(first, scope);
    const isNothing = value.kind === 'scalar' && (value.value === null || (name === 'coalesce' && value.value === ''));
    if (!isNothing) return value;
    return more.length === 0 ? null : called0(name, { ...call, args: more }, scope);
  }
  const args = call.args.map((arg) => scope.evaluate(arg, scope));
  if (name === 'jsonencode' && args[0] && args[0].kind !== 'scalar') return asJson(args[0], scope);
  const [first, second, third] = args;
  if (!first) return null;
  if (SAME.test(name)) return same(name, args);
  if (isOpen(first) && name !== 'concat' && name !== 'compact') return null;
  switch (name) {
    case 'yamldecode':
    case 'jsondecode':
      return first.kind === 'scalar' ? decoded(first.text) : first;
    case 'concat':
      return sequence(
        scope.file,
        lastList(call) ?? NOWHERE,
        args.flatMap((arg) => (arg.kind === 'sequence' ? arg.items : [arg])),
      );
    case 'flatten':
      return first.kind === 'sequence'
        ? { ...first, items: firstOf(flattened(first.items, 0), MAX_ITEMS, 'items of a list') }
        : null;
    case 'compact':
    case 'distinct':
      return first.kind === 'sequence'
        ? {
            ...first,
            items: first.items.filter((item) => item.kind !== 'scalar' || (item.value !== null && item.value !== '')),
          }
        : null;
    case 'merge':
      return merged(args, scope);
    case 'join':
      return second ? joinedList(first, second, call, scope) : null;
    case 'format':
      return formatted(first, args.slice(1), call, scope);
    case 'values':
      return first.kind === 'mapping'
        ? sequence(
            scope.file,
            NOWHERE,
            first.entries.map(({ value }) => value),
          )
        : null;
    case 'keys':
      return sequence(
        scope.file,
        NOWHERE,
        entriesIn(first).map(({ keyText }) => scalar(scope.file, call, keyText)),
      );
    case 'lookup':
      return second ? (at(first, textOf(second) ?? '') ?? third ?? null) : null;
    case 'element':
      return second ? (itemsOf(first)[Number(textOf(second))] ?? null) : null;
    default:
      return null;
  }
}

function same(name: string, args: readonly YamlValue[]): YamlValue | null {
  // `indent(2, text)`: the first says how far.
  const value = name === 'indent' ? args[1] : args[0];
  if (!value) return null;
  if (name === 'one' && value.kind === 'sequence') return value.items[0] ?? null;
  if (value.kind !== 'scalar' || isOpen(value)) return value;
  if (name === 'trimspace' || name === 'chomp') {
    const lead = name === 'trimspace' ? value.text.text.length - value.text.text.trimStart().length : 0;
    const text = sliceMapped(value.text, lead, Math.max(lead, value.text.text.trimEnd().length));
    return { ...value, text, value: typeof value.value === 'string' ? text.text : value.value };
  }
  return name.startsWith('trim') ? null : value;
}

function flattened(items: readonly YamlValue[], depth: number): YamlValue[] {
  return items.flatMap((item) => (item.kind === 'sequence' && depth < 10 ? flattened(item.items, depth + 1) : [item]));
}

/** A value that becomes a text of JSON where a text is asked for. */
function asJson(value: YamlValue, { module }: Scope): YamlValue {
  const own = { ...value };
  module.encoded.add(own);
  return own;
}

/** The list that another item may be written to: the last that is written out in the call. */
function lastList({ args }: Call): HclExpression | null {
  return args.findLast(({ kind }) => kind === 'list') ?? null;
}

/** The document that a text of YAML or JSON is. */
function decoded(text: MappedText): YamlValue | null {
  const yaml = readYamlIn(text);
  return 'reason' in yaml ? null : (yaml.documents[0] ?? null);
}

function merged(args: readonly YamlValue[], { file }: Scope): YamlValue | null {
  const entries = new Map<string, YamlEntry>();
  let last: YamlValue | null = null;
  for (const arg of args) {
    if (arg.kind !== 'mapping') return null;
    for (const entry of entriesIn(arg)) entries.set(entry.key, entry);
    last = arg;
  }
  return { ...(last?.kind === 'mapping' ? last : mapping(file, NOWHERE, [])), entries: [...entries.values()] };
}

function joinedList(separator: YamlValue, list: YamlValue, call: Call, { file }: Scope): YamlValue | null {
  if (list.kind !== 'sequence' || separator.kind !== 'scalar') return null;
  const between = standingFor(file, call.start, call.start, separator.text.text);
  const parts: MappedText[] = [];
  for (const item of list.items) {
    if (item.kind !== 'scalar') return null;
    if (parts.length > 0 && between.text !== '') parts.push(between);
    parts.push(item.text);
  }
  const full = parts.filter(({ text }) => text !== '');
  return full.length === 0 ? null : scalar(file, call, joined(file, call, full));
}

/** `%s` and `%d` with what stands for them; no other verbs. */
function formatted(pattern: YamlValue, args: readonly YamlValue[], call: Call, { file }: Scope): YamlValue | null {
  if (pattern.kind !== 'scalar') return null;
  const { text } = pattern;
  const parts: MappedText[] = [];
  let from = 0;
  let index = 0;
  for (const found of text.text.matchAll(/%(.)/g)) {
    const arg = args[index++];
    if (!/[sdv]/.test(found[1] ?? '') || arg?.kind !== 'scalar') return null;
    parts.push(sliceMapped(text, from, found.index), arg.text);
    from = found.index + 2;
  }
  parts.push(sliceMapped(text, from, text.text.length));
  const full = parts.filter((part) => part.text !== '');
  return full.length === 0 ? null : scalar(file, call, joined(file, call, full));
}

/** The text of a file of the module, its values put in for a template. */
function fileText(call: Call, scope: Scope, isTemplate: boolean): YamlValue | null {
  const [named, given] = call.args;
  const path = named ? pathText(scope.evaluate(named, scope), scope) : null;
  const file = path === null ? null : scope.module.read(path);
  if (!file || file.text.length > MAX_CHARACTERS) {
    return path === null ? null : open(call, scope, `${path} is not in the repository`);
  }
  if (!isTemplate) return scalar(file, { start: 0, end: file.text.length }, mappedFile(file));
  const values = given ? scope.evaluate(given, scope) : null;
  const names = new Map(entriesIn(values).map(({ key, value }) => [key, value]));
  const template = readHclTemplate(file);
  return template && templateValue(template, { ...scope, file, names });
}

function pathText(value: YamlValue, { module }: Scope): string | null {
  const text = textOf(value);
  if (text === null || isOpen(value) || text.startsWith('/')) return null;
  return pathIn(module.folder, text);
}
