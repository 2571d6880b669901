import type { Architecture } from '../architecture.ts';
import { ggmlBytes, type GgmlType, ggmlTypeNamed } from './ggml-types.ts';
import type { GgufShape } from './tensors.ts';
import { table } from '../../table.ts';

/** How llama-quantize mixes types under one name (llama.cpp src/llama-quant.cpp, llama_tensor_get_type_impl). */
export interface Recipe {
  /** In upper case: `Q4_K_M`. */
  readonly name: string;
  /** The type of what no rule names. */
  readonly base: string;
  /** Somebody's own choice of types per tensor under the name of a common recipe (Unsloth's `UD-`). */
  readonly dynamic: boolean;
  /** Embeddings and output in 8 bits (bartowski's `_L`). */
  readonly largeTables: boolean;
  /** The type in which the model was published and its experts stay, or null. */
  readonly expertsType: string | null;
}

const BASES: Readonly<Record<string, string>> = table({
  IQ3_XS: 'IQ3_S',
  IQ3_M: 'IQ3_S',
  IQ2_S: 'IQ2_XS',
  IQ2_M: 'IQ2_S',
  MXFP4_MOE: 'MXFP4',
  Q8_K: 'Q8_0',
  Q4_0_4_4: 'Q4_0',
  Q4_0_4_8: 'Q4_0',
  Q4_0_8_8: 'Q4_0',
});

/** The recipe of a name as files and repositories carry it (`q4_k_m`, `UD-Q4_K_XL`, `Q6_K_L`); null for no such name. */
export function recipeNamed(written: string, expertsType: string | null = null): Recipe | null {
  const upper = written.toUpperCase();
  const dynamic = upper.startsWith('UD-') || upper.endsWith('_XL');
  const name = upper.replace(/^UD-/, '').replace(/_XL$/, '');
  const largeTables = /^Q\dk?_K_L$/i.test(name) && name !== 'Q3_K_L';
  const plain = largeTables ? name.slice(0, -2) : name;
  // `Q4_K_L` and `Q4_K_XL` are the medium mix and more.
  const mixed = /^Q[345]_K$/.test(plain) ? `${plain}_M` : plain;
  const base = BASES[mixed] ?? mixed.replace(/_[SML]$/, (suffix) => (/_K_[SML]$/.test(mixed) ? '' : suffix));
  if (ggmlTypeNamed(base) === null) return null;
  return { name: mixed, base, dynamic, largeTables, expertsType };
}

const TINY = /^(?:IQ2_XXS|IQ2_XS|IQ1_S|IQ2_S|IQ2_M|IQ1_M)$/;

/** Bytes of a tensor under a recipe. `valueIndex` counts the tensors of values in front of it, of `values` in all. */
export function recipeBytes(
  tensor: GgufShape,
  recipe: Recipe,
  architecture: Architecture,
  valueIndex: number,
  values: number,
): number {
  return ggmlBytes(typeOf(tensor, recipe, architecture, valueIndex, values), tensor.elements);
}

function typeOf(
  tensor: GgufShape,
  recipe: Recipe,
  architecture: Architecture,
  valueIndex: number,
  values: number,
): GgmlType {
  const wanted = typeName(tensor, recipe, architecture, valueIndex, values);
  return fitting(ggmlTypeNamed(wanted) ?? F32, tensor.columns);
}

const F32: GgmlType = { name: 'F32', weights: 1, bytes: 4 };
const F16: GgmlType = { name: 'F16', weights: 1, bytes: 2 };

/** What takes the place of a type whose blocks a row is no multiple of (tensor_type_fallback). */
function fitting(type: GgmlType, columns: number): GgmlType {
  if (columns % type.weights === 0) return type;
  const name =
    type.name === 'Q4_K'
      ? 'Q5_0'
      : type.name === 'Q5_K'
        ? 'Q5_1'
        : type.name === 'Q6_K'
          ? 'Q8_0'
          : type.name.startsWith('IQ')
            ? 'IQ4_NL'
            : 'Q4_0';
  const other = ggmlTypeNamed(name) ?? F16;
  return columns % other.weights === 0 ? other : F16;
}

function typeName(
  { category, layer, columns, experts }: GgufShape,
  { name, base, largeTables, expertsType }: Recipe,
  architecture: Architecture,
  valueIndex: number,
  values: number,
): string {
  const { moe, tiedEmbeddings, kvHeads, attentionHeads } = architecture;
  const layers = architecture.layers.length;
  const at = layer ?? 0;
  if (category === 'f32') return 'F32';
  // Models that are released so keep their experts; nothing is made of them by quantizing again.
  if (experts && expertsType !== null) return expertsType;
  if (/^(?:F32|F16|BF16)$/.test(base)) return base;
  if (category === 'output' || (category === 'token_embd' && tiedEmbeddings)) {
    if (largeTables || base === 'MXFP4' || columns % (ggmlTypeNamed(base)?.weights ?? 1) !== 0) return 'Q8_0';
    if (TINY.test(name) || name === 'IQ3_XXS') return 'Q5_K';
    return base === 'Q8_0' ? base : 'Q6_K';
  }
  if (base === 'MXFP4') return experts ? 'MXFP4' : 'Q8_0';
  if (category === 'token_embd') {
    if (largeTables) return 'Q8_0';
    if (/^(?:IQ2_XXS|IQ2_XS|IQ1_S|IQ1_M)$/.test(name)) return 'Q2_K';
    if (/^(?:IQ2_S|IQ2_M|IQ3_XXS)$/.test(name)) return 'IQ3_S';
    return /^(?:TQ1_0|TQ2_0|Q2_0)$/.test(name) ? 'Q4_K' : base;
  }
  const grouped = kvHeads > 0 && attentionHeads / kvHeads >= 4;
  const eight = moe?.experts === 8;
  const isValue = category === 'attn_v' || category === 'attn_qkv';
  const early = at < Math.floor(layers / 8);
  if (TINY.test(name)) {
    const small = /^IQ2_[SM]$/.test(name);
    if (isValue) return grouped || (moe?.experts ?? 0) >= 4 ? 'Q4_K' : small ? 'IQ3_S' : 'Q2_K';
    if (category === 'attn_k' && eight) return 'Q4_K';
    if (category === 'ffn_down') return early ? (small ? 'IQ3_S' : 'Q2_K') : base;
    if (category === 'attn_output') return eight ? 'Q5_K' : small ? 'IQ3_S' : name.startsWith('IQ1') ? 'IQ2_XXS' : base;
    return base;
  }
  if (isValue) {
    if (eight) return 'Q8_0';
    const type = valueType(name, base, grouped, valueIndex, values);
    // Llama and Qwen of 70B: values are small there.
    return layers === 80 && moe === null && (type === 'Q3_K' || type === 'Q4_K') ? 'Q5_K' : type;
  }
  const smallQuery = name === 'IQ3_XS' ? 'IQ3_XXS' : name === 'IQ3_XXS' ? 'IQ2_S' : base;
  if (category === 'attn_k') return eight ? 'Q8_0' : smallQuery;
  if (category === 'attn_q') return smallQuery;
  if (category === 'ffn_down') return downType(name, base, at, layers, eight);
  if (category === 'attn_output') return outputType(name, base, eight);
  const middle = at >= Math.floor(layers / 8) && at < Math.floor((7 * layers) / 8);
  if ((category === 'ffn_gate' || category === 'ffn_up') && name === 'IQ3_XS' && middle) return 'IQ3_XXS';
  return base;
}

/** The first and the last eighth, and every third between. */
function moreBits(index: number, count: number): boolean {
  const eighth = Math.floor(count / 8);
  return index < eighth || index >= Math.floor((7 * count) / 8) || (index - eighth) % 3 === 2;
}

function valueType(name: string, base: string, grouped: boolean, index: number, count: number): string {
  switch (name) {
    case 'Q2_K':
      return grouped ? 'Q4_K' : 'Q3_K';
    case 'Q2_K_S':
    case 'IQ3_XXS':
    case 'IQ3_XS':
    case 'IQ3_S':
      return grouped ? 'Q4_K' : base;
    case 'IQ3_M':
      return 'Q4_K';
    case 'Q3_K_M':
      return index < 2 ? 'Q5_K' : 'Q4_K';
    case 'Q3_K_L':
      return 'Q5_K';
    case 'IQ4_NL':
    case 'IQ4_XS':
      return grouped ? 'Q5_K' : base;
    case 'Q4_K_M':
    case 'Q5_K_M':
      return moreBits(index, count) ? 'Q6_K' : base;
    case 'Q4_K_S':
      return index < 4 ? 'Q5_K' : base;
    default:
      return base;
  }
}

function downType(name: string, base: string, at: number, layers: number, eight: boolean): string {
  const early = at < Math.floor(layers / 8);
  switch (name) {
    case 'Q2_K':
      return 'Q3_K';
    case 'Q2_K_S':
      return early ? 'Q4_K' : base;
    case 'Q3_K_M':
      return at < Math.floor(layers / 16) ? 'Q5_K' : 'Q4_K';
    case 'IQ3_M':
      return early || (eight && moreBits(at, layers)) ? 'Q4_K' : base;
    case 'Q3_K_L':
      return 'Q5_K';
    case 'Q4_K_M':
    case 'Q5_K_M':
      return moreBits(at, layers) ? 'Q6_K' : base;
    case 'Q4_K_S':
      return early ? 'Q5_K' : base;
    case 'Q5_K_S':
      return base;
    default:
      return base;
  }
}

function outputType(name: string, base: string, eight: boolean): string {
  if (eight) return /^(?:Q2_K|IQ3_|Q3_K_[SM]|IQ4_|Q4_K_)/.test(name) ? 'Q5_K' : base;
  switch (name) {
    case 'Q2_K':
      return 'Q3_K';
    case 'IQ3_XXS':
      return 'IQ3_S';
    case 'Q3_K_M':
    case 'IQ3_M':
      return 'Q4_K';
    case 'Q3_K_L':
      return 'Q5_K';
    default:
      return base;
  }
}
