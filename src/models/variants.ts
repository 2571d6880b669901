import type { Gpu } from '../hardware/gpu.ts';
import { baseName } from '../text.ts';
import type { ModelFacts } from './architecture.ts';
import type { ModelCatalogue } from './catalogue.ts';

/** What publishers write behind a model's name for narrower weights. */
const SUFFIX =
  /[-_](?:awq(?:-int4|-4bit|-marlin)?|gptq(?:-int[48]|-[48]bit)?(?:-g\d{1,4})?|fp8(?:-dynamic|-block|-static|-kv)?|nvfp4|fp4|mxfp4|int[48]|w[48]a(?:8|16)(?:-fp8)?|quantized\.w\d{1,2}a\d{1,2}|bnb-4bit|4bit)$/i;
const MAX_VARIANTS = 4;
const MAX_EACH = 2;

/**
 * The same model with narrower weights, as the catalogue holds it: the same name with a quantization behind it, from any
 * publisher, and the same layers. The one with the widest weights first, which loses least. None for a model that is
 * quantized already.
 * @param gpus those that it must run on: of one width what they compute in goes before what they have to convert.
 */
export function variantsOf(
  model: ModelFacts,
  catalogue: ModelCatalogue,
  gpus: readonly Pick<Gpu, 'fp8' | 'fp4'>[] = [],
): readonly ModelFacts[] {
  if (model.architecture.quantization !== null) return [];
  const base = nameOf(model.id);
  if (base === '') return [];
  const own = ownerOf(model.id);
  const found = (narrowerOf(catalogue).get(base) ?? [])
    .flatMap((id) => catalogue.find(id) ?? [])
    .filter(({ architecture }) => architecture.quantization !== null && sameShape(model, architecture))
    // Copies of one model under several owners are one entry of the catalogue.
    .filter(({ source }, index, all) => all.findIndex((other) => other.source === source) === index);
  const bits = ({ architecture }: ModelFacts): number => architecture.quantization?.weightBits ?? 16;
  // Of one width the publisher's own goes before a copy by others.
  const rank = (facts: ModelFacts): number => (isForeign(facts, gpus) ? 2 : 0) + (ownerOf(facts.id) === own ? 0 : 1);
  const sorted = found.toSorted((a, b) => bits(b) - bits(a) || rank(a) - rank(b));
  // The best of each width: who cannot use that one is not helped by its copies.
  const widths = [...new Set(sorted.map(bits))];
  return widths
    .flatMap((width) => sorted.filter((facts) => bits(facts) === width).slice(0, MAX_EACH))
    .slice(0, MAX_VARIANTS);
}

const narrower = new WeakMap<ModelCatalogue, ReadonlyMap<string, readonly string[]>>();

/** Ids with a quantization behind the name, by the name without it. */
function narrowerOf(catalogue: ModelCatalogue): ReadonlyMap<string, readonly string[]> {
  const known = narrower.get(catalogue);
  if (known) return known;
  const made = new Map<string, string[]>();
  for (const id of catalogue.ids) {
    if (SUFFIX.test(id)) made.set(nameOf(id), [...(made.get(nameOf(id)) ?? []), id]);
  }
  narrower.set(catalogue, made);
  return made;
}

/** Whether weights are floats of a width that one of the GPUs has no instructions for. */
function isForeign({ architecture, id }: ModelFacts, gpus: readonly Pick<Gpu, 'fp8' | 'fp4'>[]): boolean {
  const method = `${architecture.quantization?.method ?? ''} ${id.toLowerCase()}`;
  if (/nvfp4|mxfp4|modelopt_fp4|[-_]fp4/.test(method)) return gpus.some(({ fp4 }) => !fp4);
  return /fp8/.test(method) && gpus.some(({ fp8 }) => !fp8);
}

function ownerOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('/'))).toLowerCase();
}

/** The last part of an id without what stands for a quantization, in small letters. */
function nameOf(id: string): string {
  const name = baseName(id).toLowerCase();
  const once = name.replace(SUFFIX, '');
  return once.replace(SUFFIX, '').replace(/^meta-/, '');
}

function sameShape({ architecture: a }: ModelFacts, b: ModelFacts['architecture']): boolean {
  return a.layers.length === b.layers.length && a.hiddenSize === b.hiddenSize && a.vocabSize === b.vocabSize;
}
