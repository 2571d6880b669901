import type { ArgumentValue, Located } from '../../deployment.ts';
import { computedText } from '../../syntax/python/text.ts';
import { asText, openReason, reasonOf } from '../../syntax/python/concat.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { type Plain, plainOf } from '../../syntax/python/plain.ts';
import { argumentAt, knownText, type PythonMade, type PythonValue, type Range } from '../../syntax/python/values.ts';
import type { Word } from '../../syntax/word.ts';
import { type Place, placeOf, type SourceFile } from '../../text.ts';

/** A value as an engine's argument. */
export interface ArgumentOf {
  readonly value: ArgumentValue;
  readonly place: Place;
  readonly unresolved: string | null;
}

/** Where a value stands; `range` for one that stands nowhere itself. */
export function placeOfValue(value: PythonValue, range: Range, file: SourceFile): Place {
  const text = 'text' in value ? value.text : null;
  if (text !== null && text.segments.length > 0) return placeOfMapped(text);
  const own = value.kind === 'open' ? value.range : value.kind === 'dict' ? (value.literal ?? range) : range;
  return placeOf(file, own.from, own.to);
}

/** A whole number or a name with its place; null for anything else. */
export function countOf(value: PythonValue | null, file: SourceFile): Located<number> | null {
  const written =
    value?.kind === 'text'
      ? Number(knownText(value)?.text.trim())
      : value?.kind === 'number'
        ? value.value
        : Number.NaN;
  if (value === null || !Number.isInteger(written) || written < 1 || written > 100_000) return null;
  return { value: written, place: placeOfValue(value, { from: 0, to: 0 }, file) };
}

/** How many GPUs there are, as a program asks for it. */
function isGpuCount(value: PythonValue): boolean {
  return value.kind === 'made' && /^torch\.(?:cuda|accelerator)\.device_count$/.test(value.path);
}

/** A value as an argument: text as it is written, so that `"8k"` and numbers in quotes are read as the engine's own. */
export function argumentOf(
  value: PythonValue,
  range: Range,
  gpus: Located<number> | null,
  file: SourceFile,
): ArgumentOf {
  const place = placeOfValue(value, range, file);
  const open = (reason: string): ArgumentOf => ({
    value: file.text.slice(range.from, range.to).slice(0, 120),
    place,
    unresolved: reason,
  });
  if (isGpuCount(value)) {
    return gpus
      ? { value: gpus.value, place: gpus.place, unresolved: null }
      : open('it is the number of GPUs that there are');
  }
  if (value.kind === 'text') {
    const [part] = value.open;
    return part ? open(part.reason) : { value: value.text.text, place, unresolved: null };
  }
  // `torch.bfloat16`
  if (value.kind === 'reference' && /^torch\.\w+$/.test(value.path))
    return { value: value.path.slice('torch.'.length), place, unresolved: null };
  const plain = dataOf(value);
  if (plain === undefined) return open(reasonOf(value));
  return { value: plain, place, unresolved: null };
}

/** Plain data; a config object (`CompilationConfig(level=3)`) as what it is given. */
function dataOf(value: PythonValue): Plain | undefined {
  if (value.kind === 'none') return null;
  if (value.kind !== 'made') return plainOf(value);
  const isConfig = /(?:^|\.)[A-Z]\w*(?:Config|Args)$/.test(value.path) && value.given.positional.length === 0;
  return isConfig ? plainOf(value.given.keywords) : undefined;
}

/** The model that a value names: an id or a path, or what is downloaded from the Hub under that name. */
export function modelWord(value: PythonValue, range: Range, file: SourceFile, depth = 0): Word {
  if (value.kind === 'made' && depth < 4) {
    const downloaded = downloadOf(value);
    if (downloaded) return modelWord(downloaded, range, file, depth + 1);
  }
  const text = asText(value, range, file);
  return { text: text.text, unresolved: openReason(text.text, text.open) ?? text.open[0]?.reason ?? null };
}

/** `snapshot_download("org/model")`, `HuggingFaceModel("org/model")`: the Hub takes a name in any case. */
function downloadOf({ path, given }: PythonMade): PythonValue | null {
  if (!/(?:^|\.)(?:snapshot_download|HuggingFaceModel|hf_hub_download)$/.test(path)) return null;
  const named = argumentAt(given, 'repo_id', 0) ?? argumentAt(given, 'model_id') ?? argumentAt(given, 'model_dir');
  return named?.kind === 'text' ? (named.written ?? named) : named;
}

/** An item of a command as a word of it. */
export function wordOf(value: PythonValue, range: Range, gpus: Located<number> | null, file: SourceFile): Word {
  if (isGpuCount(value)) {
    if (gpus) {
      const { start, end } = gpus.place;
      return {
        text: computedText(file, { from: start, to: end }, String(gpus.value), (text) =>
          /^\d+$/.test(text) ? text : null,
        ),
        unresolved: null,
      };
    }
    return { text: asText(value, range, file).text, unresolved: 'it is the number of GPUs that there are' };
  }
  return modelWord(value, range, file);
}
