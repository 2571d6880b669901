import type { Architecture } from '../architecture.ts';
import { recipeBytes, recipeNamed } from './recipe.ts';
import { type GgufShape, ggufShapes } from './tensors.ts';

/** A tensor of a GGUF file with its bytes, and between which bounds they lie. */
export interface GgufWeight {
  readonly name: string;
  /** Number of its layer; null for what stands before and behind the layers. */
  readonly layer: number | null;
  readonly place: 'input' | 'layer' | 'output';
  readonly bytes: number;
  readonly low: number;
  readonly high: number;
}

/**
 * How far files of one name are from the recipe: `llama-quantize` mixes by an importance matrix or not and has changed its
 * rules between builds (Q4_0's first layers, IQ mixes); makers of `UD-` files choose types themselves (sizes of
 * unsloth's and bartowski's repositories for the same models).
 */
const SPREAD = {
  plain: [0.995, 1.01],
  mixed: [0.97, 1.03],
  dynamic: [0.88, 1.15],
  // What is no expert costs little and is kept at 4 to 6 bits even under the name of 1 or 2.
  dynamicBesideExperts: [0.88, 1.6],
} as const;

const kept = new WeakMap<Architecture, readonly GgufWeight[]>();

/** The tensors of a GGUF model, exact where its header is known, else by the recipe of its name; null where neither is. */
export function ggufWeights(architecture: Architecture): readonly GgufWeight[] | null {
  const known = kept.get(architecture);
  if (known) return known;
  const made = make(architecture);
  if (made) kept.set(architecture, made);
  return made;
}

function make(architecture: Architecture): readonly GgufWeight[] | null {
  const storage = architecture.quantization?.gguf;
  if (!storage) return null;
  if (storage.kind === 'tensors') {
    return storage.tensors.map(({ name, bytes }) => {
      const layer = /^blk\.(\d{1,4})\./.exec(name)?.[1];
      const number = layer === undefined ? null : Number(layer);
      return { name, layer: number, place: placeOf(name, number), bytes, low: bytes, high: bytes };
    });
  }
  const recipe = recipeNamed(storage.mix, storage.expertsType);
  if (!recipe) return null;
  const shapes = ggufShapes(architecture);
  const values = shapes.filter(isValue).length;
  const plain = /^(?:F32|F16|BF16|Q8_0|Q4_0|Q4_1|Q5_0|Q5_1|Q6_K)$/.test(recipe.name);
  const experts = shapes.some((shape) => shape.experts);
  let index = 0;
  return shapes.map((shape) => {
    const bytes = recipeBytes(shape, recipe, architecture, index, values);
    const dynamic = experts && !shape.experts ? SPREAD.dynamicBesideExperts : SPREAD.dynamic;
    const [low, high] = recipe.dynamic ? dynamic : plain ? SPREAD.plain : SPREAD.mixed;
    if (isValue(shape)) index++;
    const fixed = shape.category === 'f32';
    // Repositories without the default mix often hold 8 bits alone.
    // Files of models that were trained for it keep their embeddings in 16 bits, or do not.
    const whole = storage.quantizationAware && shape.category === 'token_embd' ? 2 * shape.elements : bytes * high;
    // Unsloth's mixes of Qwen3.5 keep all but the experts in 8 bits under llama-quantize's own names (Q4_K_M of the 122B).
    const eightBits = storage.assumed || (experts && !shape.experts && !plain) ? (shape.elements * 34) / 32 : 0;
    return {
      name: shape.name,
      layer: shape.layer,
      place: placeOf(shape.name, shape.layer),
      bytes,
      low: fixed ? bytes : Math.floor(bytes * low),
      high: fixed ? bytes : Math.ceil(Math.max(bytes, whole, eightBits)),
    };
  });
}

function isValue({ category }: GgufShape): boolean {
  return category === 'attn_v' || category === 'attn_qkv';
}

/** Embeddings and what belongs to them are llama.cpp's input, `output` and its norm its output layer (src/llama-model.cpp). */
function placeOf(name: string, layer: number | null): GgufWeight['place'] {
  if (layer !== null) return 'layer';
  return name.startsWith('output') ? 'output' : 'input';
}
