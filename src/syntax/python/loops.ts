import { assignTo, unpacked } from './assign.ts';
import { branchesMerged } from './merge.ts';
import { childrenOf } from './nodes.ts';
import { alternatives, type Run } from './run.ts';
import { openValue, type PythonNode, type PythonValue, type Scope, truthOf } from './values.ts';
import { exceeds } from '../unread.ts';

/** Loops over a short list that the file holds are followed item by item. */
const MAX_TURNS = 24;

export function loop(node: PythonNode, run: Run): boolean {
  const children = childrenOf(node);
  const at = children.findIndex(({ name }) => name === 'in');
  const targets = children.slice(0, at).filter(({ name }) => !/^(?:async|for|,)$/.test(name));
  const body = children.find(({ name }) => name === 'Body');
  const source = children[at + 1];
  if (at === -1 || !body || !source) return false;
  const items = itemsOf(run.evaluate(source, run));
  if (items !== null && items.length * run.turns <= MAX_TURNS) {
    const { turns } = run;
    run.turns *= Math.max(1, items.length);
    for (const value of items) {
      const [target] = targets;
      if (targets.length === 1 && target) assignTo(target, value, run);
      else unpacked(targets, value, source, run);
      turn(body, run);
    }
    run.turns = turns;
    return false;
  }
  const once = (): boolean => {
    for (const target of targets) assignTo(target, openValue('it is one of several values', target), run);
    turn(body, run);
    return false;
  };
  alternatives(run, [once, () => false], node);
  return false;
}

/** The items of a list that is known as a whole, or the keys of such a dict. */
function itemsOf(value: PythonValue): PythonValue[] | null {
  if (value.kind === 'list') {
    const sure = value.items.every(({ doubt, spread }) => doubt === null && spread !== true);
    return sure ? value.items.map((item) => item.value) : null;
  }
  return null;
}

export function whileLoop(node: PythonNode, run: Run): boolean {
  const body = childrenOf(node).find(({ name }) => name === 'Body');
  const test = childrenOf(node).find(({ name }) => name !== 'while');
  const truth = test ? truthOf(run.evaluate(test, run)) : null;
  if (!body || truth === false) return false;
  if (truth === true) turn(body, run);
  else alternatives(run, [() => turn(body, run), () => false], node);
  return false;
}

/** Ways out of one turn; what is longer is no config. */
const MAX_EXITS = 50;

/** One turn of a loop. What a branch sets before it leaves by `break` or `continue` may be what holds behind. */
function turn(body: PythonNode, run: Run): false {
  const outer = run.leaving;
  const own = { scope: run.scope, heap: run.heap, exits: [] };
  run.leaving = own;
  run.execute(body, run);
  const { exits }: NonNullable<Run['leaving']> = own;
  run.leaving = outer;
  if (exits.length === 0) return false;
  const as = (): Scope => ({ names: new Map(), parent: null });
  branchesMerged(run.scope, [as(), ...exits.map(({ names }) => names)], body);
  branchesMerged(run.heap, [as(), ...exits.map(({ attributes }) => attributes)], body);
  return false;
}

/** Keeps what is set where a turn is left in a branch; where it surely is, what is set stands in the loop's own names. */
export function leaveTurn(run: Run): void {
  const { leaving, scope, heap } = run;
  if (!leaving || scope === leaving.scope) return;
  if (exceeds(leaving.exits.length + 1, MAX_EXITS, 'ways out of a loop')) return;
  leaving.exits.push({ names: setSince(scope, leaving.scope), attributes: setSince(heap, leaving.heap) });
}

function setSince(from: Scope, to: Scope): Scope {
  const layers: Scope[] = [];
  for (let at: Scope | null = from; at !== null && at !== to; at = at.parent) layers.unshift(at);
  return { names: new Map(layers.flatMap(({ names }) => [...names])), parent: null };
}
