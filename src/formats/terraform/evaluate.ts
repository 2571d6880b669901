import { standingFor } from '../../syntax/mapped-text.ts';
import type { HclExpression, HclFor } from '../../syntax/hcl/expression.ts';
import { FILLED } from '../../syntax/template-mask.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { bodyValue } from './blocks.ts';
import { called } from './functions.ts';
import type { Written } from './module.ts';
import { computed } from './operators.ts';
import { isOpen, itemsWithKeys, open, type Scope } from './scope.ts';
import { templateValue } from './template.ts';
import { literal, mapping, NOWHERE, scalar, sequence, usedFor } from './values.ts';

/** Locals refer to each other, and lists are made of lists. */
const MAX_DEPTH = 60;

/**
 * What an expression comes to as far as the module says it. What it does not say stands for itself (`FILLED`), with the
 * reason noted in the module.
 */
export function evaluate(expression: HclExpression, scope: Scope): YamlValue {
  const { file, module } = scope;
  if (scope.depth > MAX_DEPTH || module.budget.left-- <= 0) return open(expression, scope, 'it is too long to follow');
  const inner: Scope = { ...scope, depth: scope.depth + 1 };
  switch (expression.kind) {
    case 'literal':
      return literal(file, expression, expression.value);
    case 'template':
      return templateValue(expression, inner);
    case 'list':
      return sequence(
        file,
        expression,
        expression.items.map((item) => evaluate(item, inner)),
      );
    case 'object':
      return mapping(
        file,
        expression,
        expression.entries.flatMap(({ key, value }) => {
          const name = textOf(evaluate(key, inner));
          // Keys that are not known are apart from each other all the same.
          const own = name?.includes(FILLED) === true ? `${name}${key.start}` : name;
          return own === null ? [] : [{ key: own, keyRange: keyRange(key), value: evaluate(value, inner) }];
        }),
      );
    case 'reference':
    case 'access':
      return referred(expression, inner);
    case 'call':
      return called(expression, inner);
    case 'operation':
      return operated(expression, inner);
    case 'for':
      return repeated(expression, inner);
    case 'unknown':
      return open(expression, scope, 'it is no expression that Headroom can read');
  }
}

function keyRange(key: HclExpression): Pick<HclExpression, 'start' | 'end'> {
  return key.kind === 'template' && key.style === 'quoted' ? { start: key.start + 1, end: key.end - 1 } : key;
}

/** `var.x.y[0]` as the names and indexes that it is made of; null for anything else. */
function pathOf(expression: HclExpression, scope: Scope): (string | number)[] | null {
  if (expression.kind === 'reference') return [expression.name];
  if (expression.kind !== 'access' || expression.key === null) return null;
  const before = pathOf(expression.of, scope);
  const step = before === null ? null : stepOf(expression.key, scope);
  return before === null || step === null ? null : [...before, step];
}

/** A name or an index in brackets or behind a dot; null for one that is not known. */
function stepOf(key: HclExpression | string | number | null, scope: Scope): string | number | null {
  if (typeof key !== 'object' || key === null) return key;
  const value = evaluate(key, scope);
  if (value.kind !== 'scalar' || isOpen(value) || value.value === null) return null;
  return typeof value.value === 'number' ? value.value : value.text.text;
}

function referred(expression: Extract<HclExpression, { kind: 'reference' | 'access' }>, scope: Scope): YamlValue {
  if (expression.kind === 'access' && expression.key === null) return open(expression, scope, 'it is a list of values');
  const path = pathOf(expression, scope);
  const written = scope.file.text.slice(expression.start, expression.end).slice(0, 80);
  if (path === null) {
    const step = expression.kind === 'access' ? stepOf(expression.key, scope) : null;
    const found =
      expression.kind === 'access' && step !== null ? stepped(scope.evaluate(expression.of, scope), [step]) : null;
    return found
      ? usedFor(found, scope.file, expression)
      : open(expression, scope, `${written} is worked out when it is applied`);
  }
  const found = resolved(path, scope);
  if (typeof found === 'string') return open(expression, scope, found);
  return usedFor(found, scope.file, expression);
}

/** What a path of names stands for, or why that is not known. */
function resolved(path: readonly (string | number)[], scope: Scope): YamlValue | string {
  const { module, names } = scope;
  const [root = '', name = ''] = path.map(String);
  const own = names.get(root);
  // Files are looked for from the module's own folder.
  if (root === 'path') return scalar(scope.file, NOWHERE, { text: '.', segments: [] });
  const shown = path.join('.').slice(0, 80);
  if (own) return stepped(own, path.slice(1)) ?? `${shown} is not set in the repository`;
  if (root === 'var') {
    const given = module.given.get(name);
    if (given) return inside(given, path.slice(2), shown);
    const written = module.variables.get(name);
    if (!written) return `${root}.${name} has no value in the repository`;
    return inside(worked(`var.${name}`, written, scope), path.slice(2), shown);
  }
  if (root === 'local') {
    const written = module.locals.get(name);
    if (!written) return `${root}.${name} is not defined in this folder`;
    return inside(worked(`local.${name}`, written, scope), path.slice(2), shown);
  }
  const key = path.slice(0, root === 'data' ? 3 : 2).join('.');
  const resource = module.resources.get(key);
  if (!resource) return `${shown} is known only when it is applied`;
  const known = module.known.get(key);
  if (known === null) return `${shown} refers to itself`;
  module.known.set(key, null);
  const body = known ?? bodyValue(resource.block.body, { ...scope, file: resource.file, names: new Map() });
  module.known.set(key, body);
  const rest = path.slice(root === 'data' ? 3 : 2);
  return stepped(body, rest) ?? standIn(key, rest, body) ?? `${shown} is known only when it is applied`;
}

/** What an attribute comes to that the provider works out of another one. */
function standIn(resource: string, path: readonly (string | number)[], body: YamlValue): YamlValue | null {
  const attribute = path.findLast((step) => typeof step === 'string');
  if (resource.startsWith('data.template_file.') && attribute === 'rendered') return at(body, 'template');
  return resource.startsWith('docker_image.') ? at(body, 'name') : null;
}

/** The value of a variable or a local, worked out once. */
function worked(name: string, { file, expression }: Written, scope: Scope): YamlValue | string {
  const { module } = scope;
  const known = module.known.get(name);
  if (known === null) return `${name} refers to itself`;
  if (known) return known;
  module.known.set(name, null);
  const value = evaluate(expression, { ...scope, file, names: new Map() });
  module.known.set(name, value);
  return value;
}

function inside(value: YamlValue | string, path: readonly (string | number)[], shown: string): YamlValue | string {
  if (typeof value === 'string') return value;
  if (isOpen(value)) return `${shown} is not set in the repository`;
  return stepped(value, path) ?? `${shown} is not set in the repository`;
}

/** What stands under a path; null where nothing does. */
function stepped(value: YamlValue, path: readonly (string | number)[]): YamlValue | null {
  let here: YamlValue | null = value;
  for (const step of path) {
    if (here === null) return null;
    // A block that stands once is a list of one.
    if (here.kind === 'sequence') here = itemsOf(here)[Number(step)] ?? null;
    else if (step !== 0 || here.kind !== 'mapping') here = at(here, String(step));
  }
  return here;
}

function operated(expression: Extract<HclExpression, { kind: 'operation' }>, scope: Scope): YamlValue {
  const { operator, operands } = expression;
  const [first, second, third] = operands;
  if (operator === '?' && first && second && third) {
    const condition = evaluate(first, scope);
    const holds = condition.kind === 'scalar' ? condition.value : null;
    if (typeof holds === 'boolean') return evaluate(holds ? second : third, scope);
    return open(expression, scope, 'it depends on what is known when it is applied');
  }
  const values = operands.map((one) => evaluate(one, scope));
  const result = values.some((one) => one.kind !== 'scalar' || isOpen(one)) ? null : computed(operator, values);
  if (result === null) return open(expression, scope, 'it is worked out when it is applied');
  const text = standingFor(scope.file, expression.start, expression.end, String(result));
  return scalar(scope.file, expression, text, result);
}

function repeated(expression: HclFor & Pick<HclExpression, 'start' | 'end'>, scope: Scope): YamlValue {
  const items = itemsWithKeys(evaluate(expression.collection, scope));
  if (items === null) return open(expression, scope, 'it is made of a list that is not in the repository');
  const results = items.flatMap(({ key, value }) => {
    const [first = '', second] = expression.names;
    const own: [string, YamlValue][] =
      second === undefined
        ? [[first, value]]
        : [
            [first, key],
            [second, value],
          ];
    const inner: Scope = { ...scope, names: new Map([...scope.names, ...own]) };
    if (expression.condition !== null) {
      const condition = evaluate(expression.condition, inner);
      if (condition.kind === 'scalar' && condition.value === false) return [];
    }
    const name = expression.key === null ? null : textOf(evaluate(expression.key, inner));
    return [{ name, value: evaluate(expression.value, inner) }];
  });
  if (expression.key === null)
    return sequence(
      scope.file,
      NOWHERE,
      results.map(({ value }) => value),
    );
  const named = results.flatMap(({ name, value }) =>
    name === null ? [] : [{ key: name, keyRange: expression, value }],
  );
  return mapping(scope.file, NOWHERE, named);
}
