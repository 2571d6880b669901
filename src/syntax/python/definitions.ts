import { childrenOf } from './nodes.ts';
import { type Run, sourceOf } from './run.ts';
import type { PythonClass, PythonFunction, PythonNode, PythonValue, Scope } from './values.ts';
import { exceeds, firstOf } from '../unread.ts';

/** Definitions of one file that are looked at. */
/** Classes that one class is made from. */
const MAX_BASES = 20;
const MAX_DEFINITIONS = 5_000;

/** Notes a function; its body is read where it is called, or at the end. */
export function definedFunction(node: PythonNode, decorators: readonly PythonValue[], run: Run): void {
  const name = childrenOf(node).find((child) => child.name === 'VariableName');
  if (!name) return;
  const called = sourceOf(run, name);
  const value: PythonFunction = {
    kind: 'function',
    name: called,
    node,
    scope: run.scope,
    decorators,
    owner: null,
    self: null,
  };
  run.scope.names.set(called, value);
  if (!exceeds(run.functions.length + 1, MAX_DEFINITIONS, 'functions of a program')) run.functions.push(value);
}

/** Reads the body of a class. */
export function definedClass(node: PythonNode, decorators: readonly PythonValue[], run: Run): void {
  const children = childrenOf(node);
  const name = children.find((child) => child.name === 'VariableName');
  const body = children.find((child) => child.name === 'Body');
  if (!name || !body) return;
  const list = children.find((child) => child.name === 'ArgList');
  const bases = list
    ? childrenOf(list).filter(
        (child, index, all) =>
          /^(?:VariableName|MemberExpression)$/.test(child.name) && all[index + 1]?.name !== 'AssignOp',
      )
    : [];
  const { scope } = run;
  const own: Scope = { names: new Map(), parent: scope };
  const members = new Map<string, PythonValue>();
  const value: PythonClass = {
    kind: 'class',
    name: sourceOf(run, name),
    bases: firstOf(bases, MAX_BASES, 'bases of a class').map((base) => run.evaluate(base, run)),
    decorators,
    members,
    range: { from: name.from, to: name.to },
  };
  const before = run.functions.length;
  run.scope = own;
  run.execute(body, run);
  run.scope = scope;
  // Methods are read with an object of their class.
  const others = run.functions.slice(before).filter((one) => one.scope !== own);
  run.functions.splice(before, run.functions.length - before, ...others);
  for (const [key, member] of own.names)
    members.set(key, member.kind === 'function' ? { ...member, owner: value } : member);
  scope.names.set(value.name, value);
  if (!exceeds(run.classes.length + 1, MAX_DEFINITIONS, 'classes of a program')) run.classes.push(value);
}
