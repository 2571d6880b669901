import { recordOf, type Fields } from './fields.ts';

/** Largest config.json that is read, in characters. Lists of every module that is not quantized reach some hundred thousand. */
export const LONGEST_CONFIG = 2_000_000;
/** Honest configs are some four levels deep; a text of brackets alone would exhaust the stack of whoever walks it. */
const DEEPEST = 64;

/**
 * A config.json as Python writes it: JSON, with `NaN` and `Infinity` where a float is one (Mamba's `time_step_limit`),
 * which are read as null.
 * @returns what is wrong with it, for what is no object.
 */
export function parseConfig(text: string): { readonly config: Fields } | { readonly problem: string } {
  if (text.length > LONGEST_CONFIG) return { problem: 'it is too large to be a config.json.' };
  if (depthOf(text) > DEEPEST) return { problem: 'it is nested deeper than any config.json.' };
  const value = parsed(text) ?? parsed(text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, withoutFloats));
  const config = recordOf(value);
  return config ? { config } : { problem: 'it is not a JSON object.' };
}

function withoutFloats(token: string): string {
  return token.startsWith('"') ? token : 'null';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Most brackets that are open at once; those in strings count too, which makes the answer too high at worst. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const character of text) {
    if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return deepest;
}

/**
 * A config with the quantization that older ModelOpt checkpoints state in a file of its own beside it (vLLM
 * transformers_utils/config.py reads `hf_quant_config.json` only where config.json says nothing of it).
 */
export function withQuantization(config: Fields, beside: Fields): Fields {
  return { ...config, quantization_config: { quant_method: 'modelopt', ...beside } };
}

/** Whether config.json itself says how the checkpoint is quantized. */
export function statesQuantization(config: Fields): boolean {
  const text = recordOf(config['text_config']);
  return [config, text].some((fields) => recordOf(fields?.['quantization_config'] ?? fields?.['compression_config']));
}

/** The file that may state the quantization beside config.json. */
export const QUANTIZATION_FILE = 'hf_quant_config.json';
