import { childrenOf } from './nodes.ts';
import { attributeOf, nextId, type Run, setAttribute, sourceOf } from './run.ts';
import {
  argumentAt,
  causeOf,
  entryOf,
  knownText,
  openValue,
  type PythonArguments,
  type PythonClass,
  type PythonFunction,
  type PythonNode,
  type PythonObject,
  type PythonValue,
  type Range,
} from './values.ts';
import { exceeds } from '../unread.ts';

/** Functions call each other; nothing that sets a config goes deeper. */
const MAX_FRAMES = 8;
const MAX_BASES = 8;

export function noArguments({ from, to }: Range): PythonArguments {
  return {
    positional: [],
    keywords: { kind: 'dict', entries: [], more: [], literal: { from, to } },
  };
}

/** What a function of the file gives back for some arguments: its body is read with them in place. */
export function invoke(called: PythonFunction, given: PythonArguments, run: Run, at: Range): PythonValue {
  const deep =
    run.frames.length >= MAX_FRAMES || run.frames.some((frame) => frame.function.node.from === called.node.from);
  if (deep || run.budget <= 0) return openValue(`it is what ${called.name} gives`, at);
  const { scope, frames } = run;
  const names = boundParameters(called, given, run);
  const returns: PythonValue[] = [];
  run.scope = { names, parent: called.scope };
  run.frames = [...frames, { function: called, returns }];
  run.read.add(called.node.from);
  const result =
    called.node.name === 'LambdaExpression' ? lambdaResult(called.node, run) : bodyResult(called, returns, run, at);
  run.scope = scope;
  run.frames = frames;
  return result;
}

function lambdaResult(node: PythonNode, run: Run): PythonValue {
  const body = childrenOf(node).at(-1);
  return body ? run.evaluate(body, run) : openValue('it is computed', node);
}

function bodyResult(called: PythonFunction, returns: readonly PythonValue[], run: Run, at: Range): PythonValue {
  const body = childrenOf(called.node).find(({ name }) => name === 'Body');
  if (body) run.execute(body, run);
  const [only, ...others] = returns;
  if (only && others.length === 0) return only;
  if (!only) return openValue(`${called.name} gives nothing that can be told`, at);
  const texts = returns.map((value) => knownText(value)?.text);
  if (texts.every((text) => text !== undefined && text === texts[0])) return only;
  return openValue(`it is what ${called.name} gives, one of several values`, at, causeOf(returns));
}

interface Parameter {
  readonly name: string;
  readonly node: PythonNode;
  readonly kind: 'plain' | 'list' | 'dict';
  readonly byDefault: PythonNode | null;
  readonly keywordOnly: boolean;
}

function parametersOf({ node }: PythonFunction, run: Run): Parameter[] {
  const list = childrenOf(node).find(({ name }) => name === 'ParamList');
  const parameters: Parameter[] = [];
  let kind: Parameter['kind'] = 'plain';
  let keywordOnly = false;
  const children = list ? childrenOf(list) : [];
  for (const [index, child] of children.entries()) {
    if (child.name === '*' || child.name === '**') {
      kind = child.name === '*' ? 'list' : 'dict';
      if (children[index + 1]?.name === ',') [kind, keywordOnly] = ['plain', true];
    }
    if (child.name !== 'VariableName' || children[index - 1]?.name === 'AssignOp') continue;
    const typed = children[index + 1]?.name === 'TypeDef' ? index + 2 : index + 1;
    const byDefault = children[typed]?.name === 'AssignOp' ? (children[typed + 1] ?? null) : null;
    parameters.push({ name: sourceOf(run, child), node: child, kind, byDefault, keywordOnly });
    if (kind === 'list') keywordOnly = true;
    kind = 'plain';
  }
  return parameters;
}

function boundParameters(called: PythonFunction, given: PythonArguments, run: Run): Map<string, PythonValue> {
  const names = new Map<string, PythonValue>();
  const isStatic = called.decorators.some((one) => one.kind === 'reference' && one.path === 'staticmethod');
  const all = parametersOf(called, run);
  const taken = new Set<string>();
  const self = called.self && !isStatic ? all[0] : undefined;
  if (self && called.self) names.set(self.name, called.self);
  const parameters = self ? all.slice(1) : all;
  // Behind `*rest` of unknown length nothing has a known place.
  const sure = given.positional.findIndex(({ spread }) => spread === true);
  const positional = sure === -1 ? given.positional : given.positional.slice(0, sure);
  let index = 0;
  for (const { name, node, kind, byDefault, keywordOnly } of parameters) {
    if (kind === 'list') {
      names.set(name, { kind: 'list', items: given.positional.slice(index) });
      continue;
    }
    if (kind === 'dict') {
      const entries = given.keywords.entries.filter(({ key }) => !taken.has(key));
      // Called by nobody: what it is given is not known.
      const more =
        run.frames.length === 0 && entries.length === 0 ? [callerOpen(name, called, node)] : given.keywords.more;
      names.set(name, { ...given.keywords, entries, more });
      continue;
    }
    taken.add(name);
    const value = (keywordOnly ? null : positional[index++]?.value) ?? entryOf(given.keywords, name)?.value;
    names.set(name, value ?? defaultOf(called, name, byDefault, node, run));
  }
  return names;
}

function callerOpen(name: string, called: PythonFunction, at: Range) {
  return openValue(`${name} is a parameter of ${called.name}`, at, 'caller');
}

function defaultOf(
  called: PythonFunction,
  name: string,
  byDefault: PythonNode | null,
  node: Range,
  run: Run,
): PythonValue {
  const option = optionDefault(called, name);
  if (option) return option;
  if (byDefault === null) return callerOpen(name, called, node);
  const { scope } = run;
  run.scope = called.scope;
  const value = fieldDefault(run.evaluate(byDefault, run), run);
  run.scope = scope;
  return value ?? callerOpen(name, called, node);
}

/** `@click.option("--model-name", default="x")` */
function optionDefault({ decorators }: PythonFunction, name: string): PythonValue | null {
  for (const one of decorators) {
    if (one.kind !== 'made' || !/(?:^|\.)option$/.test(one.path)) continue;
    const names = one.given.positional.map(({ value }) =>
      knownText(value)?.text.replace(/^--?/, '').replaceAll('-', '_'),
    );
    if (names.includes(name)) return argumentAt(one.given, 'default');
  }
  return null;
}

/**
 * The default that `Field(default=…)`, `field(default_factory=…)` or `typer.Option("x")` gives, or the value itself; null
 * where one must be given.
 */
function fieldDefault(value: PythonValue, run: Run): PythonValue | null {
  if (value.kind !== 'made' || !/(?:^|\.)(?:Field|field|Option|Argument|Arg|PrivateAttr)$/.test(value.path))
    return value;
  const factory = argumentAt(value.given, 'default_factory') ?? argumentAt(value.given, 'factory');
  if (factory?.kind === 'function') return invoke(factory, noArguments(value.range), run, value.range);
  if (factory?.kind === 'reference' && factory.path === 'list') return { kind: 'list', items: [] };
  if (factory?.kind === 'reference' && factory.path === 'dict') return noArguments(value.range).keywords;
  if (factory?.kind === 'class') return instantiate(factory, noArguments(value.range), run);
  const stated = argumentAt(value.given, 'default', 0);
  return stated?.kind === 'open' ? null : stated;
}

/** A member of a class or of the classes of the file that it is made from. */
export function memberOf(of: PythonClass, name: string, depth = 0): PythonValue | null {
  const own = of.members.get(name);
  if (own) return own;
  for (const base of exceeds(depth + 1, MAX_BASES, 'levels of classes') ? [] : of.bases) {
    const inherited = base.kind === 'class' ? memberOf(base, name, depth + 1) : null;
    if (inherited) return inherited;
  }
  return null;
}

/** An object of a class of the file: the values in its body, what it is given, and what its `__init__` sets. */
export function instantiate(of: PythonClass, given: PythonArguments, run: Run): PythonObject {
  const made: PythonObject = { kind: 'object', of, id: nextId(run) };
  if (!run.instances.has(of)) run.instances.set(of, made);
  const init = memberOf(of, '__init__');
  if (init?.kind === 'function') {
    invoke({ ...init, self: made }, given, run, of.range);
    return made;
  }
  const fields = fieldsOf(of);
  for (const [index, { value }] of given.positional.entries()) {
    const name = fields[index];
    if (name !== undefined) setAttribute(run, made.id, name, value);
  }
  for (const { key, value } of given.keywords.entries) setAttribute(run, made.id, key, value);
  return made;
}

function fieldsOf(of: PythonClass): string[] {
  return [...of.members].flatMap(([name, value]) =>
    value.kind === 'function' || value.kind === 'class' ? [] : [name],
  );
}

/** An attribute of an object; null where nothing in the file sets it. */
export function attributeOfObject(object: PythonObject, name: string, run: Run, at: Range): PythonValue | null {
  const set = attributeOf(run, object.id, name);
  if (set) return set;
  const member = memberOf(object.of, name);
  if (member?.kind !== 'function') return member && fieldDefault(member, run);
  const bound: PythonFunction = { ...member, self: object };
  const property = member.decorators.some(
    (one) => one.kind === 'reference' && /(?:^|\.)(?:cached_)?property$|computed_field$/.test(one.path),
  );
  return property ? invoke(bound, noArguments(at), run, at) : bound;
}
