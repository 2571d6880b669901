import type { Engine } from '../engines/engine.ts';
import type { Word } from '../syntax/word.ts';

/** Options and keys, by the engines' own names, that no other kind of server or program has. */
const TELLING: ReadonlySet<string> = new Set([
  'max_model_len',
  'gpu_memory_utilization',
  'max_num_seqs',
  'max_num_batched_tokens',
  'mem_fraction_static',
  'max_running_requests',
  'chunked_prefill_size',
  'n_gpu_layers',
  'n_cpu_moe',
  'ctx_size',
  'max_total_tokens',
  'max_batch_prefill_tokens',
  'cache_max_entry_count',
  'session_len',
  'kv_cache_config.free_gpu_memory_fraction',
  'max_num_tokens',
  'free_gpu_memory_fraction',
  'kv_cache_free_gpu_memory_fraction',
]);

/** Whether an argument (canonical name) is one by which an engine is told from everything else. */
export function isTelling(name: string): boolean {
  return TELLING.has(name);
}

/** Options that may be shortened (`--max-model`), which only reading them tells. */
const MAX_SHORTENED = 2;

/** Options that every server has. */
const EVERY_SERVER = /^(?:host|port|api[-_]key)$/;

/**
 * The engine whose options words are, where neither command nor image says it: all of them are that engine's and one
 * changes its memory. `strict`: a model and an option that no other kind of server has, too.
 */
export function engineOfOptions(words: readonly Word[], strict: boolean, engines: readonly Engine[]): Engine | null {
  if (words.length < 2) return null;
  const options = words.flatMap(({ text }) => /^--([A-Za-z][\w-]*)/.exec(text.text)?.[1] ?? []);
  const entrypoint = namesModel(words) ? 'serve' : 'api_server';
  const found = engines.find(({ parseWords, affectsMemory, knowsArgument }) => {
    // Most programs have an option that the engine has not; finding that out is cheaper than reading them all. Names of a
    // single word are anyone's, and tell nothing before they are read.
    const isOther = (option: string): boolean =>
      !knowsArgument(option) && !knowsArgument(option.replace(/^no-/, '')) && !EVERY_SERVER.test(option);
    const telling = options.filter((option) => /[-_]/.test(option.replace(/^no-/, '')));
    const others = telling.filter(isOther).length;
    if (others > MAX_SHORTENED || (others > 0 && others === telling.length)) return false;
    const { arguments: read, unresolved, problems, model } = parseWords(words, entrypoint);
    const names = [...read.keys(), ...unresolved.map(({ name }) => name)];
    if (problems.some(({ code }) => code === 'unknown-argument')) return false;
    if (!strict && names.includes('more_arguments')) return false;
    if (strict) return (model !== null || names.includes('model')) && names.some((name) => isTelling(name));
    return names.length + (model === null ? 0 : 1) >= 2 && names.some((name) => affectsMemory(name));
  });
  return found ?? null;
}

/** A model in front of the options (`"$MODEL" --max-model-len 8192`), as `vllm serve` takes it; a program is none. */
function namesModel([first]: readonly Word[]): boolean {
  const written = first?.text.text ?? '';
  if (written.startsWith('-') || /\.(?:py|sh|bash|js|jar)["']?$/.test(written)) return false;
  return first?.unresolved === null
    ? /^[\w.-]+\/[\w.-]+$/.test(written)
    : /^"?\$\{?[A-Za-z_]*MODEL\w*\}?"?$/.test(written);
}
