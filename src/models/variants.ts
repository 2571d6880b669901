import type { ModelFacts } from './architecture.ts';
import type { ModelCatalogue } from './catalogue.ts';

/** What publishers write behind a model's name for narrower weights. */
const SUFFIX =
  /[-_](?:awq(?:-int4|-4bit|-marlin)?|gptq(?:-int[48]|-[48]bit)?(?:-g\d{1,4})?|fp8(?:-dynamic|-block|-static|-kv)?|nvfp4|fp4|mxfp4|int[48]|w[48]a(?:8|16)(?:-fp8)?|quantized\.w\d{1,2}a\d{1,2}|bnb-4bit|4bit)$/i;
const MAX_VARIANTS = 4;

/**
 * The same model with narrower weights, as the catalogue holds it: the same name with a quantization behind it, from any
 * publisher, and the same layers. The one with the widest weights first, which loses least. None for a model that is
 * quantized already.
 */
export function variantsOf(model: ModelFacts, catalogue: ModelCatalogue): readonly ModelFacts[] {
  if (model.architecture.quantization !== null) return [];
  const base = nameOf(model.id);
  if (base === '') return [];
  const own = ownerOf(model.id);
  const found = catalogue.ids
    .filter((id) => SUFFIX.test(id) && nameOf(id) === base)
    .flatMap((id) => catalogue.find(id) ?? [])
    .filter(({ architecture }) => architecture.quantization !== null && sameShape(model, architecture));
  const bits = ({ architecture }: ModelFacts): number => architecture.quantization?.weightBits ?? 16;
  // Of one width the publisher's own goes before a copy by others.
  const rank = (facts: ModelFacts): number => (ownerOf(facts.id) === own ? 0 : 1);
  return found.toSorted((a, b) => bits(b) - bits(a) || rank(a) - rank(b)).slice(0, MAX_VARIANTS);
}

function ownerOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('/'))).toLowerCase();
}

/** The last part of an id without what stands for a quantization, in small letters. */
function nameOf(id: string): string {
  const name = id.slice(id.lastIndexOf('/') + 1).toLowerCase();
  const once = name.replace(SUFFIX, '');
  return once.replace(SUFFIX, '').replace(/^meta-/, '');
}

function sameShape({ architecture: a }: ModelFacts, b: ModelFacts['architecture']): boolean {
  return a.layers.length === b.layers.length && a.hiddenSize === b.hiddenSize && a.vocabSize === b.vocabSize;
}
