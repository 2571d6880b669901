import type { Word } from '../word.ts';
import { exceeds } from '../unread.ts';
import type { FunctionBody, Variable, Walk } from './walk.ts';

/** Calls of functions in one script. */
const MAX_CALLS = 5_000;
/** Functions that are called by functions. */
const MAX_NESTED = 20;

/** Keeps what a function does for where it is called; false where it is defined again within itself. */
export function keepFunction(node: object, walk: Walk): boolean {
  const { name, body } = node as { name?: { value?: string }; body?: object };
  if (name?.value === undefined || body === undefined || walk.within.includes(name.value)) return false;
  // The same name for something else, as it is in the branches of `if`: what was there is read where nobody calls it.
  walk.functions.delete(name.value);
  walk.functions.set(name.value, { body, text: walk.text, borrowed: walk.borrowed });
  return true;
}

/** The function that a command calls by its name. */
export function bodyCalledBy([first]: readonly Word[], walk: Walk): FunctionBody | null {
  const name = first?.unresolved === null ? first.text.text : '';
  const body = walk.functions.get(name);
  if (!body || walk.within.includes(name) || exceeds(walk.within.length, MAX_NESTED, 'functions within functions'))
    return null;
  return exceeds(++walk.spent.calls, MAX_CALLS, 'calls of functions') ? null : body;
}

/** Goes through a function with what it is called with as its `$1`, `$2` and `$@`. */
export function callOf(
  [name, ...args]: readonly Word[],
  { body, text, borrowed }: FunctionBody,
  walk: Walk,
  go: (inside: Walk) => void,
): void {
  walk.called.add(body);
  const before = POSITIONS.map((position) => [position, walk.scope.get(position)] as const);
  place(args, walk);
  go({ ...walk, text, borrowed: walk.borrowed && borrowed, within: [...walk.within, name?.text.text ?? ''] });
  for (const [position, value] of before) {
    if (value) walk.scope.set(position, value);
    else walk.scope.delete(position);
  }
}

const POSITIONS = ['@', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** What stands behind a word that may be several (`"$@"` of the script itself) is at no known place. */
function place(args: readonly Word[], { scope }: Walk): void {
  for (const position of POSITIONS) scope.delete(position);
  scope.set('@', args);
  const known = args.findIndex(({ text, unresolved }) => unresolved !== null && /[@*]/.test(text.text));
  const placed: Variable = known === -1 ? args : args.slice(0, known);
  placed.slice(0, 9).forEach((word, index) => scope.set(String(index + 1), [word]));
}

/**
 * `set -- vllm serve "$@"`: the words are the arguments from here on. What a branch adds to them may or may not be there.
 * @returns whether the command is `set`, which starts nothing.
 */
export function keepArguments(words: readonly Word[], walk: Walk, branches: number): boolean {
  if (words[0]?.text.text !== 'set') return false;
  const dashes = words.findIndex(({ text }) => text.text === '--');
  if (dashes === -1) return true;
  const args = words.slice(dashes + 1);
  const before = walk.scope.get('@') ?? [];
  const grows = before.length > 0 && before.every(({ text }, index) => args[index]?.text === text);
  const kept = branches === 0 ? args.length : grows ? before.length : 0;
  const added = args.slice(kept).map((word) => ({ ...word, unresolved: 'it is set in a branch of the script' }));
  place([...args.slice(0, kept), ...added], walk);
  return true;
}

/** `shift` of arguments that are known. What a loop or a branch shifts is not followed. */
export function shifted(words: readonly Word[], walk: Walk, branches: number): boolean {
  if (words[0]?.text.text !== 'shift' || (walk.within.length === 0 && !walk.scope.has('@'))) return false;
  const args = walk.scope.get('@') ?? [];
  const count = Number(words[1]?.text.text ?? 1);
  if (branches === 0 && Number.isInteger(count)) place(args.slice(count), walk);
  else for (const position of POSITIONS) walk.scope.delete(position);
  return true;
}

/** The functions that nothing calls, those first that no other function calls. */
export function uncalled({ functions, called }: Walk): readonly FunctionBody[] {
  const own = [...functions].filter(([, { body, borrowed }]) => !borrowed && !called.has(body));
  const named = new Set(own.flatMap(([, { body }]) => commandsIn(body)));
  const isNamed = ([name]: (typeof own)[number]): boolean => named.has(name);
  return [...own.filter((one) => !isNamed(one)), ...own.filter(isNamed)].map(([, body]) => body);
}

/** The first words of the commands in a statement. */
function commandsIn(body: object): readonly string[] {
  const names: string[] = [];
  const open: unknown[] = [body];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const { type, name } = node as { type?: string; name?: { value?: string } };
    if (type === 'Command' && name?.value !== undefined) names.push(name.value);
    else if (type !== 'Word') open.push(...Object.values(node));
  }
  return names;
}
