import type { Located } from '../../deployment.ts';
import { joinMapped, sliceMapped, writtenAs } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { table } from '../../table.ts';
import type { Override } from '../platform-launch.ts';

/** What KServe's Hugging Face server makes of its own options (kserve python/huggingfaceserver/__main__.py). */
export interface ServerWords {
  /** The words as vLLM's parser has them. */
  readonly words: readonly Word[];
  readonly model: Word | null;
  /** The folder of the model, which stands in for an id. */
  readonly folder: Word | null;
  readonly backend: string | null;
}

/** Options of the server itself; with a value unless listed among the flags. */
const OWN =
  /^(?:model[-_]name|model[-_]dir|model[-_]id|model[-_]revision|backend|task|tensor[-_]input[-_]names|max[-_]log[-_]len|http[-_]port|grpc[-_]port|workers|max[-_]threads|max[-_]asyncio[-_]workers|enable[-_]grpc|enable[-_]docs[-_]url|enable[-_]latency[-_]logging|configure[-_]logging|log[-_]config[-_]file|access[-_]log[-_]format|predictor[-_][\w-]+|disable[-_]lower[-_]case|disable[-_]special[-_]tokens|return[-_]token[-_]type[-_]ids|return[-_]probabilities)$/;
const RENAMED: Readonly<Record<string, string>> = table({ 'max-length': '--max-model-len' });

/** Takes the server's own options out of the words and writes those that it renames in vLLM's way. */
export function serverWords(words: readonly Word[]): ServerWords {
  const kept: Word[] = [];
  let model: Word | null = null;
  let folder: Word | null = null;
  let backend: string | null = null;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as Word;
    const written = word.text.text;
    const equals = written.indexOf('=');
    const name = (equals === -1 ? written : written.slice(0, equals)).replace(/^--/, '');
    if (!written.startsWith('--')) {
      kept.push(word);
      continue;
    }
    const renamed = RENAMED[name.replaceAll('_', '-')];
    if (renamed !== undefined) {
      const end = equals === -1 ? written.length : equals;
      const head = writtenAs(sliceMapped(word.text, 0, end), renamed);
      const rest = equals === -1 ? [] : [sliceMapped(word.text, equals, written.length)];
      kept.push({ text: joinMapped([head, ...rest]), unresolved: word.unresolved });
      continue;
    }
    if (!OWN.test(name)) {
      kept.push(word);
      continue;
    }
    const next = words[index + 1];
    const apart = equals === -1 && next && !/^--?[A-Za-z]/.test(next.text.text) ? next : null;
    if (apart) index++;
    const value = equals === -1 ? apart : { ...word, text: sliceMapped(word.text, equals + 1, written.length) };
    if (/^model[-_]id$/.test(name)) model = value;
    if (/^model[-_]dir$/.test(name)) folder = value;
    if (name === 'backend') backend = value?.text.text ?? null;
  }
  return { words: kept, model, folder, backend };
}

/** Whether an image is that server's, which starts vLLM where it can. */
export function isHuggingfaceServer(image: string | null): boolean {
  return image !== null && /huggingfaceserver/.test(image.slice(0, 1_000));
}

/** What Headroom calls the server's other way to run a model. */
export const TRANSFORMERS = 'the transformers backend of KServe’s Hugging Face server';

/** huggingfaceserver sets tensor_parallel_size to the number of GPUs that it sees (vllm/vllm_model.py). */
export function visibleGpus(count: Located<number> | null): Override[] {
  if (count === null) return [];
  const reason = `KServe’s server takes the ${count.value} GPU${count.value === 1 ? '' : 's'} that its container asks for`;
  return [{ name: 'tensor_parallel_size', value: count.value, place: count.place, reason }];
}
