import type { Word } from '../../syntax/word.ts';
import { sliceMapped, writtenAs } from '../../syntax/mapped-text.ts';
import { table } from '../../table.ts';

/** Options of `python -m llama_cpp.server` (llama-cpp-python server/settings.py) → llama-server's own. */
const NAMES: Readonly<Record<string, string>> = table({
  n_ctx: '--ctx-size',
  n_batch: '--batch-size',
  n_ubatch: '--ubatch-size',
  n_gpu_layers: '--n-gpu-layers',
  main_gpu: '--main-gpu',
  model: '--model',
  hf_model_repo_id: '--hf-repo',
  clip_model_path: '--mmproj',
  host: '--host',
  port: '--port',
  n_threads: '--threads',
  n_threads_batch: '--threads-batch',
  model_alias: '--alias',
  chat_format: '--chat-template',
  api_key: '--api-key',
  seed: '--seed',
});

/** Switches that take `true` or `false` behind them. */
const SWITCHES: Readonly<Record<string, readonly [yes: string, no: string | null]>> = table({
  flash_attn: ['--flash-attn', null],
  offload_kqv: ['--kv-offload', '--no-kv-offload'],
  use_mmap: ['--mmap', '--no-mmap'],
  use_mlock: ['--mlock', null],
  embedding: ['--embedding', null],
  verbose: ['--verbose', null],
});

/** ggml's numbers of the types that a cache may have (ggml.h ggml_type). */
const TYPES: Readonly<Record<string, string>> = table({
  '0': 'f32',
  '1': 'f16',
  '2': 'q4_0',
  '3': 'q4_1',
  '6': 'q5_0',
  '7': 'q5_1',
  '8': 'q8_0',
  '20': 'iq4_nl',
  '30': 'bf16',
});

/**
 * The option of llama-server that the Python server reads from a variable (`N_CTX`): its settings are pydantic's, which takes
 * each from the variable of its own name, in letters of any case.
 */
export function optionOfPythonVariable(variable: string): string | null {
  if (!/^[A-Za-z_]{1,40}$/.test(variable)) return null;
  const name = variable.toLowerCase();
  if (name === 'type_k' || name === 'type_v') return `--cache-${name.replace('_', '-')}`;
  return NAMES[name] ?? SWITCHES[name]?.[0] ?? null;
}

/** The type of a cache by ggml's number of it, which the Python server takes; any other text as it is. */
export function cacheTypeOf(text: string): string {
  return TYPES[text] ?? text;
}

/** What the Python server sets where nobody says otherwise (llama-cpp-python server/settings.py); llama-server has other defaults. */
export const PYTHON_DEFAULTS = [
  { name: 'ctx_size', value: 2048 },
  { name: 'batch_size', value: 512 },
  { name: 'ubatch_size', value: 512 },
  { name: 'n_gpu_layers', value: 0 },
  { name: 'flash_attn', value: 'off' },
  { name: 'parallel', value: 1 },
] as const;

/** The words of the Python server as llama-server would have them, each at its own place. What has no counterpart is left out. */
export function asServerWords(words: readonly Word[]): Word[] {
  const out: Word[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (!word) break;
    const { text } = word.text;
    const [option, written] = /^--([a-z_-]{1,40})(?:=|$)/.exec(text) ?? [];
    const name = written?.replaceAll('-', '_') ?? null;
    if (option === undefined || name === null) continue;
    const inline = option.endsWith('=') ? { ...word, text: sliceMapped(word.text, option.length, text.length) } : null;
    const next = words[index + 1];
    const value = inline ?? (next && !/^--[a-z]/.test(next.text.text) ? next : null);
    const renamed = (as: string): Word => ({ ...word, text: writtenAs(word.text, as) });
    const plain = NAMES[name];
    const both = SWITCHES[name];
    if (plain !== undefined && value) out.push(renamed(plain), value);
    else if ((name === 'type_k' || name === 'type_v') && value) {
      const type = cacheTypeOf(value.text.text);
      out.push(renamed(`--cache-${name.replace('_', '-')}`), { ...value, text: writtenAs(value.text, type) });
    } else if (both) {
      const says = /^(?:false|0|no|off)$/i.test(value?.text.text ?? 'true') ? both[1] : both[0];
      if (says !== null) out.push(renamed(says));
    }
    // Models and their settings stand in a file of its own kind.
    else if (name === 'config_file' && value)
      out.push({ ...value, unresolved: value.unresolved ?? 'the models and their settings are in that file' });
    if (value && !inline) index++;
  }
  return out;
}
