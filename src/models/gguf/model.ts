import { baseName } from '../../text.ts';
import type { ModelFacts, Quantization } from '../architecture.ts';
import type { ModelCatalogue } from '../catalogue.ts';
import { ggufName } from './name.ts';
import { recipeNamed } from './recipe.ts';
import type { GgufStorage } from './storage.ts';
import { type ModelProblem, type ModelSources, resolveModel } from '../resolve.ts';

type Resolved = ModelFacts | { readonly problem: ModelProblem };

interface GgufRequest {
  /** As the launch names it: a path, an address, `repository:quantization`. */
  readonly written: string;
  /** The mix that the engine takes where the name says none, or null when it takes none by itself. */
  readonly defaultMix: string | null;
}

/**
 * The facts of a model that is kept as GGUF: from its header where the Hub or the facts file has it, else the model of
 * that name with the quantization that the name states. A policy's alias names the model, the file still its quantization.
 */
export function resolveGguf({ written, defaultMix }: GgufRequest, sources: ModelSources): Resolved {
  const asked = written.slice(0, 400);
  const name = ggufName(asked);
  const alias = sources.aliases.get(asked) ?? null;
  const aliased = alias === null ? null : ggufName(alias);
  const mix = name.mix ?? aliased?.mix ?? defaultMix;
  if (mix === null || recipeNamed(mix) === null) {
    const reason = `The name '${asked}' does not say how its weights are quantized.`;
    return { problem: { reason, remedy: REMEDY, suggestions: [] } };
  }
  const repository = aliased?.repository ?? name.repository;
  // Files that are published in MXFP4 are called by the type, not by llama-quantize's name of the mix.
  const called = mix === 'MXFP4_MOE' && !/mxfp4_moe/i.test(asked) ? 'MXFP4' : mix;
  const exact = repository === null ? null : fromHeader(repository, called, sources);
  if (exact) return 'problem' in exact ? exact : { ...exact, id: asked };
  const base =
    alias === null ? byName(name.models, sources.catalogue) : resolveModel(alias.split(':')[0] ?? alias, sources);
  if (!base || 'problem' in base) {
    const reason = `No model is known by the name '${(name.models[0] ?? asked).slice(0, 100)}'.`;
    return base ?? { problem: { reason, remedy: REMEDY, suggestions: [] } };
  }
  const stated = name.mix ?? aliased?.mix ?? null;
  return { ...asGguf(base, mix, { quantizationAware: name.quantizationAware, assumed: stated === null }), id: asked };
}

const REMEDY =
  'Map it under `models` in .github/headroom.yml to the model that it is, such as `Qwen/Qwen3-8B:Q4_K_M`, or let Headroom ask the Hub (`hub: true`) for `repository:quantization`.';

/** What the header says; null when nobody is to be asked or nobody has it, so that the name has to do. */
function fromHeader(repository: string, mix: string, sources: ModelSources): Resolved | null {
  const { hub, facts } = sources;
  if (!hub && !facts) return null;
  const found = resolveModel(`${repository}:${mix}`, sources);
  if (!('problem' in found)) return found.architecture.quantization?.gguf ? found : null;
  const waits = hub?.({ id: repository, revision: null, gguf: mix }) === null;
  return waits ? found : null;
}

/** The one model of the catalogue that is called so; the owner decides between several. */
function byName(names: readonly string[], catalogue: ModelCatalogue): Resolved | null {
  for (const name of names.filter((one) => one.includes('/'))) {
    const found = catalogue.find(name);
    if (found) return found;
  }
  for (const name of names.filter((one) => !one.includes('/'))) {
    const tail = name.toLowerCase();
    const ids = catalogue.ids.filter((id) => tailsOf(id).includes(tail));
    const bySource = new Map<string, ModelFacts>();
    for (const id of ids) {
      const found = catalogue.find(id);
      if (found) bySource.set(found.source, found);
    }
    const [only, ...others] = [...bySource.values()];
    if (only && others.length === 0) return only;
    if (only) {
      const reason = `Several models are called '${name.slice(0, 100)}': ${ids.slice(0, 5).join(', ')}.`;
      return { problem: { reason, remedy: REMEDY, suggestions: [] } };
    }
  }
  return null;
}

/** `Llama-2-13b-chat-hf` is `Llama-2-13b-chat` of everybody who converts it. */
function tailsOf(id: string): readonly string[] {
  const tail = baseName(id).toLowerCase();
  return tail.endsWith('-hf') ? [tail, tail.slice(0, -3)] : [tail];
}

/** A model as the file of one mix holds it. */
export function asGguf(
  base: ModelFacts,
  mix: string,
  { quantizationAware = false, assumed = false }: { quantizationAware?: boolean; assumed?: boolean } = {},
): ModelFacts {
  const expertsType = /mxfp4/.test(base.architecture.quantization?.method ?? '') ? 'MXFP4' : null;
  // What is published in MXFP4 has no other common file.
  const own = assumed && expertsType !== null ? 'MXFP4_MOE' : mix;
  const storage: GgufStorage = {
    kind: 'mix',
    mix: own,
    expertsType,
    quantizationAware,
    assumed: assumed && expertsType === null,
  };
  const sources = [
    { fact: 'config' as const, source: base.source },
    { fact: 'quantization' as const, source: assumed ? `${own}, by the engine's default` : `${own}, by the name` },
  ];
  return {
    id: base.id,
    architecture: { ...base.architecture, quantization: stored(storage) },
    source: `${base.source}, ${own} by the ${assumed ? "engine's default" : 'name'}`,
    sources,
    checkpointBytes: null,
  };
}

function stored(gguf: GgufStorage): Quantization {
  return {
    method: 'gguf',
    weightBits: 16,
    groupSize: -1,
    block: null,
    scaleBits: 0,
    zeroPointBits: 0,
    indexBits: 0,
    quantizesActivations: false,
    quantizesHead: true,
    onlyRoles: null,
    ignore: [],
    kvCacheDtype: null,
    groups: [],
    gguf,
  };
}
