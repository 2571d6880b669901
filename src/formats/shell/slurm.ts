import type { GpuRequest, Located } from '../../deployment.ts';
import { type MappedText, placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { exceeds, firstOf, placeIn } from '../../syntax/unread.ts';

/** Directives stand in front of the first command (sbatch manual); scripts have no more of them. */
const MAX_DIRECTIVES = 200;
const MAX_OPTIONS = 40;

/** What a job or a step asks Slurm for; null where it says nothing of GPUs. */
interface Asked {
  name: Located<string> | null;
  /** Of each node. */
  count: Located<number> | null;
  /** Of the whole job. */
  total: Located<number> | null;
  nodes: number;
  /** Features of the nodes that it may run on. Sites name them as they like, mostly after the GPU. */
  features: readonly Located<string>[];
}

/** The GPUs that the `#SBATCH` lines of a script ask for; null where they ask for none. */
export function gpusOfJob(script: MappedText): GpuRequest | null {
  const asked: Asked = { name: null, count: null, total: null, nodes: 1, features: [] };
  let at = 0;
  for (let lines = 0; at < script.text.length; lines++) {
    const end = script.text.indexOf('\n', at) === -1 ? script.text.length : script.text.indexOf('\n', at);
    const line = script.text.slice(at, end);
    if (!/^\s*(?:#.*)?$/.test(line)) break;
    const directive = /^#SBATCH\s+/.exec(line);
    const here = at;
    if (directive && exceeds(lines + 1, MAX_DIRECTIVES, 'lines of directives', () => placeIn(script, here))) break;
    if (directive) readOptions(wordsIn(sliceMapped(script, at + directive[0].length, end)), asked);
    at = end + 1;
  }
  return requestOf(asked);
}

/** The GPUs that `srun` asks for in front of what it starts; null for any other command, and where it asks for none. */
export function gpusOfStep([first, ...rest]: readonly Word[]): GpuRequest | null {
  if (!/(?:^|\/)(?:srun|salloc)$/.test(first?.text.text ?? '')) return null;
  const asked: Asked = { name: null, count: null, total: null, nodes: 1, features: [] };
  readOptions(rest.flatMap(({ text, unresolved }) => (unresolved === null ? [text] : [])).slice(0, MAX_OPTIONS), asked);
  return requestOf(asked);
}

/** A feature that is no GPU is none to the catalogue either, so that all of them may stand as what the job allows. */
function requestOf({ name, count, total, nodes, features }: Asked): GpuRequest | null {
  const share = total && total.value % nodes === 0 ? { ...total, value: total.value / nodes } : null;
  const each = count ?? share;
  if (each === null && name === null) return null;
  const alternatives = name === null ? features.map((feature) => ({ name: feature, count: each })) : [];
  return { name, count: each, nodes, ...(alternatives.length > 0 && { alternatives }) };
}

/** The words of a directive, up to a comment behind them. */
function wordsIn(line: MappedText): MappedText[] {
  const comment = /\s#/.exec(line.text)?.index ?? line.text.length;
  return firstOf([...line.text.slice(0, comment).matchAll(/\S+/g)], MAX_OPTIONS, 'options of a directive').map(
    ({ 0: word, index }) => sliceMapped(line, index, index + word.length),
  );
}

/** `--gres=gpu:h100:4`, `--gres gpu:2`, `--gpus-per-node=8`, `-G a100:4`, `--nodes=2`, `--constraint="a100|h100"` (sbatch and srun manuals). */
function readOptions(words: readonly MappedText[], asked: Asked): void {
  for (const [index, word] of words.entries()) {
    const [written, name = '', equals] = /^(--[a-z-]+|-[GNC])(=?)/.exec(word.text) ?? [];
    if (written === undefined) continue;
    const value =
      equals === '=' || written.length < word.text.length
        ? sliceMapped(word, written.length, word.text.length)
        : words[index + 1];
    if (!value) continue;
    if (name === '--nodes' || name === '-N') asked.nodes = Math.max(1, Number(/^\d{1,4}$/.exec(value.text)?.[0] ?? 1));
    else if (name === '--gres') gpus(value, GRES, 'count', asked);
    else if (name === '--gpus-per-node') gpus(value, OF_KIND, 'count', asked);
    else if (name === '--gpus' || name === '-G') gpus(value, OF_KIND, 'total', asked);
    else if (name === '--constraint' || name === '-C') asked.features = featuresIn(value);
  }
}

/** The names in `"[a100|h100]"`, `a100&ib`, `gpu*2`. */
function featuresIn(value: MappedText): Located<string>[] {
  const words = firstOf([...value.text.matchAll(/[A-Za-z][\w.-]{0,80}/g)], MAX_OPTIONS, 'features of a node');
  return words.map(({ 0: word, index }) => ({
    value: word,
    place: placeOfMapped(sliceMapped(value, index, index + word.length)),
  }));
}

/** Up to the end of an entry: of `gpu:{count}` nobody knows how many. A kind may begin with a digit (`gpu:2g.20gb:1`). */
const GRES = /(?:^|,)gpu(?::((?!\d{1,4}(?![\w.-]))[\w.-]{1,80}))?(?::(\d{1,4}))?(?=$|[,(])/;
const OF_KIND = /^(?:((?!\d{1,4}(?![\w.-]))[\w.-]{1,80})(?::|(?=$|[,(])))?(\d{1,4})?(?=$|[,(])/;

function gpus(value: MappedText, form: RegExp, key: 'count' | 'total', asked: Asked): void {
  const found = form.exec(value.text);
  const [all, kind, digits] = found ?? [];
  if (!found || all === '' || all === undefined) return;
  const from = (part: string): MappedText => {
    const at = found.index + all.lastIndexOf(part);
    return sliceMapped(value, at, at + part.length);
  };
  // `--gres=gpu` is one.
  const count = digits === undefined ? 1 : Number(digits);
  if (count === 0) return;
  asked[key] = { value: count, place: placeOfMapped(digits === undefined ? value : from(digits)) };
  if (kind !== undefined) asked.name = { value: kind, place: placeOfMapped(from(kind)) };
}
