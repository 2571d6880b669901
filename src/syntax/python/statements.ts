import { assignTo, unpacked } from './assign.ts';
import { asText, concatenated } from './concat.ts';
import { definedClass, definedFunction } from './definitions.ts';
import { leaveTurn, loop, whileLoop } from './loops.ts';
import { childrenOf, namesIn } from './nodes.ts';
import { alternatives, noteReturn, type Run, setCurrent, sourceOf, step } from './run.ts';
import { openValue, type PythonItem, type PythonNode, type PythonValue, type Range, truthOf } from './values.ts';
import { firstOf } from '../unread.ts';

/** Reads the statements of a body. @returns whether what stands behind it is never reached. */
export function executeBody(body: PythonNode, run: Run): boolean {
  for (let child = body.firstChild; child; child = child.nextSibling) {
    if (executeStatement(child, run)) return true;
  }
  return false;
}

function executeStatement(node: PythonNode, run: Run): boolean {
  if (!step(run)) return false;
  switch (node.name) {
    case 'StatementGroup':
      return executeBody(node, run);
    case 'AssignStatement':
      assignment(node, run);
      return false;
    case 'UpdateStatement':
      update(node, run);
      return false;
    case 'ExpressionStatement':
      return expressionStatement(node, run);
    case 'ImportStatement':
      imported(node, run);
      return false;
    case 'FunctionDefinition':
      definedFunction(node, [], run);
      return false;
    case 'ClassDefinition':
      definedClass(node, [], run);
      return false;
    case 'DecoratedStatement':
      decorated(node, run);
      return false;
    case 'IfStatement':
      return conditional(node, run);
    case 'ForStatement':
      return loop(node, run);
    case 'WhileStatement':
      return whileLoop(node, run);
    case 'TryStatement':
      return attempt(node, run);
    case 'WithStatement':
      return withStatement(node, run);
    case 'MatchStatement':
      return matched(node, run);
    case 'ReturnStatement':
      returned(node, run);
      return true;
    case 'RaiseStatement':
      for (const child of childrenOf(node)) if (child.name !== 'raise') run.evaluate(child, run);
      return true;
    case 'BreakStatement':
    case 'ContinueStatement':
      leaveTurn(run);
      return true;
    default:
      return false;
  }
}

/** `a = b = value`, `a: int = value`, `a, b = value, other` */
function assignment(node: PythonNode, run: Run): void {
  const groups: PythonNode[][] = [[]];
  for (const child of childrenOf(node)) {
    if (child.name === 'AssignOp') groups.push([]);
    else if (child.name !== 'TypeDef') groups.at(-1)?.push(child);
  }
  const written = groups.pop()?.filter(({ name }) => name !== ',') ?? [];
  if (groups.length === 0) return;
  const values = written.map((one) => run.evaluate(one, run));
  for (const group of groups) {
    const targets = group.filter(({ name }) => name !== ',');
    const [target] = targets;
    const [value] = values;
    if (!target || !value) continue;
    if (targets.length === 1 && values.length === 1) assignTo(target, value, run);
    else if (targets.length === values.length)
      for (const [index, one] of targets.entries()) assignTo(one, values[index] ?? value, run);
    else unpacked(targets, value, node, run);
  }
}

/** `x += y` */
function update(node: PythonNode, run: Run): void {
  const [target, operator, written] = childrenOf(node);
  if (!target || !operator || !written) return;
  const old = run.evaluate(target, run);
  const more = run.evaluate(written, run);
  const symbol = sourceOf(run, operator);
  const added = symbol === '+=' ? sumOf(old, more, written, run) : null;
  if (added) setCurrent(old, added, run);
  assignTo(target, added ?? openValue('it is computed', node), run);
}

function sumOf(old: PythonValue, more: PythonValue, written: Range, run: Run): PythonValue | null {
  if (old.kind === 'list') {
    const items: readonly PythonItem[] =
      more.kind === 'list'
        ? more.items
        : [{ value: more, element: null, doubt: 'only the run knows how many there are', spread: true }];
    return { ...old, items: firstOf([...old.items, ...items], MAX_ITEMS, 'items of a list') };
  }
  if (old.kind !== 'text') return null;
  return concatenated([old, asText(more, written, run.file)], written, run.file);
}

/** Items of one list; texts of one value. */
const MAX_ITEMS = 5_000;

function expressionStatement(node: PythonNode, run: Run): boolean {
  let ends = false;
  for (const child of childrenOf(node)) {
    const value = run.evaluate(child, run);
    ends ||= value.kind === 'made' && /^(?:sys\.exit|exit|quit|os\._exit)$/.test(value.path);
  }
  return ends;
}

/** `import a.b as c`, `from a import b as c`; relative modules by their own name. */
function imported(node: PythonNode, run: Run): void {
  const text = sourceOf(run, node);
  if (text.length > 20_000) return;
  const from = /^\s*from\s+([\w.]+)\s+import\b/.exec(text);
  const names = text.slice(from ? from[0].length : 0).replace(/^\s*import\b/, '');
  const listed = names.replace(/#[^\n]*/g, '').replace(/[()\\\s]+/g, ' ');
  for (const part of listed.split(',').slice(0, 500)) {
    const [, path, alias] = /^ ?([\w.]{1,200})(?: as (\w{1,200}))? ?$/.exec(part) ?? [];
    if (path === undefined) continue;
    const head = path.split('.')[0] ?? path;
    const full = from ? `${(from[1] ?? '').replace(/^\.+/, '')}.${path}`.replace(/^\./, '') : alias ? path : head;
    run.scope.names.set(alias ?? (from ? path : head), { kind: 'reference', path: full });
  }
}

function decorated(node: PythonNode, run: Run): void {
  const decorators = childrenOf(node)
    .filter(({ name }) => name === 'Decorator')
    .map((decorator) => run.evaluate(decorator, run));
  for (const child of childrenOf(node)) {
    if (child.name === 'FunctionDefinition') definedFunction(child, decorators, run);
    if (child.name === 'ClassDefinition') definedClass(child, decorators, run);
  }
}

/**
 * Branches that the file itself decides are followed; of the others each may be the one. Nobody writes a program that always
 * fails: where the file decides on a branch that does (`if os.getenv("TOKEN") is None: raise`), the run decides otherwise.
 */
function conditional(node: PythonNode, run: Run): boolean {
  const courses: (() => boolean)[] = [];
  const passed: (() => boolean)[] = [];
  let test: PythonNode | null = null;
  for (const child of childrenOf(node)) {
    if (child.name === 'Body') {
      const truth = test === null ? true : truthOf(run.evaluate(test, run));
      const isDoubted = truth === true && fails(child, run);
      if (isDoubted) courses.push(...passed.splice(0));
      (truth === false ? passed : courses).push(() => run.execute(child, run));
      if (truth === true && !isDoubted)
        return courses.length === 1 ? run.execute(child, run) : alternatives(run, courses, node);
      test = null;
    } else if (!/^(?:if|elif|else)$/.test(child.name)) test = child;
  }
  if (courses.length === 0) return false;
  return alternatives(run, [...courses, () => false], node);
}

/** Whether a body ends with an error, or ends the program. */
function fails(body: PythonNode, run: Run): boolean {
  const last = childrenOf(body).at(-1);
  if (last?.name === 'RaiseStatement') return true;
  return (
    last?.name === 'ExpressionStatement' && /^(?:sys\.exit|exit|quit|os\._exit)\s{0,20}\(/.test(sourceOf(run, last))
  );
}

/** What is tried runs; what stands behind `except` may. */
function attempt(node: PythonNode, run: Run): boolean {
  let ends = false;
  let part = '';
  for (const child of childrenOf(node)) {
    if (child.name !== 'Body') {
      if (/^(?:try|except|else|finally)$/.test(child.name)) part = child.name;
      continue;
    }
    if (part === 'except') {
      const { scope, heap } = run;
      run.scope = { names: new Map(), parent: scope };
      run.heap = { names: new Map(), parent: heap };
      run.execute(child, run);
      // What only a failure sets is not what usually holds; names that nothing else sets are kept.
      for (const [name, value] of run.scope.names) if (!has(scope, name)) scope.names.set(name, value);
      run.scope = scope;
      run.heap = heap;
    } else ends = run.execute(child, run) || ends;
  }
  return ends;
}

function has(scope: Run['scope'], name: string): boolean {
  for (let at: Run['scope'] | null = scope; at !== null; at = at.parent) if (at.names.has(name)) return true;
  return false;
}

function withStatement(node: PythonNode, run: Run): boolean {
  let latest: PythonValue | null = null;
  let named = false;
  for (const child of childrenOf(node)) {
    if (child.name === 'Body') return run.execute(child, run);
    if (child.name === 'as') named = true;
    else if (child.name === ',' || child.name === 'with' || child.name === 'async') named = false;
    else if (named && latest) assignTo(child, latest, run);
    else latest = run.evaluate(child, run);
  }
  return false;
}

function matched(node: PythonNode, run: Run): boolean {
  const clauses = namesIn(node, 'MatchClause');
  const courses = clauses.flatMap((clause) => {
    const body = childrenOf(clause).find(({ name }) => name === 'Body');
    return body ? [() => run.execute(body, run)] : [];
  });
  alternatives(run, [...courses, () => false], node);
  return false;
}

function returned(node: PythonNode, run: Run): void {
  const values = childrenOf(node).filter(({ name }) => name !== 'return' && name !== ',');
  const [only] = values;
  if (!only) return;
  const value = run.evaluate(only, run);
  for (const other of values.slice(1)) run.evaluate(other, run);
  noteReturn(run, value);
  const result: PythonValue = values.length === 1 ? value : openValue('it is one of several values', node);
  run.frames.at(-1)?.returns.push(result);
}
