import type { ModelFacts } from '../../models/architecture.ts';
import { type ModelProblem, type ModelSources, resolveModel } from '../../models/resolve.ts';
import { table } from '../../table.ts';

/** Owners in NVIDIA's catalogue whose name on the Hub is another. */
const OWNERS: Readonly<Record<string, string>> = table({
  meta: 'meta-llama',
  ibm: 'ibm-granite',
  'mistral-nemo': 'mistralai',
});
/** What KServe's runtimes put in front of a model's name (nim-deploy, kserve). */
const RUNTIME = /^nvidia-nim-/;
/** Owners whose own releases a name without an owner may mean. */
const PUBLISHERS: ReadonlySet<string> = new Set([
  'meta-llama',
  'nvidia',
  'mistralai',
  'google',
  'microsoft',
  'qwen',
  'deepseek-ai',
  'openai',
  'ibm-granite',
]);

/**
 * Whether an id of the Hub is the model that NVIDIA's catalogue calls so: `meta/llama3-8b-instruct` is
 * `meta-llama/Meta-Llama-3-8B-Instruct`. Points, dashes and underscores come and go between the two.
 */
export function isSameModel(name: string, id: string): boolean {
  const [owner, tail] = halves(id.toLowerCase());
  const [asked, wanted] = halves(name.toLowerCase().replace(RUNTIME, ''));
  const isOwner = asked === null ? PUBLISHERS.has(owner ?? '') : (OWNERS[asked] ?? asked) === owner;
  return isOwner && plain(tail) === plain(wanted);
}

function halves(id: string): readonly [owner: string | null, name: string] {
  const slash = id.indexOf('/');
  return slash === -1 ? [null, id] : [id.slice(0, slash), id.slice(slash + 1)];
}

function plain(name: string): string {
  return name.replace(/^meta-/, '').replace(/[._-]/g, '');
}

/** The facts of a model by NVIDIA's name for it, where exactly one of the catalogue is called so; else by the name as it is. */
export function resolve(
  id: string,
  _args: unknown,
  sources: ModelSources,
): ModelFacts | { readonly problem: ModelProblem } {
  const isMapped = sources.aliases.has(id) || sources.catalogue.find(id) !== null;
  const same = isMapped ? [] : sources.catalogue.ids.filter((one) => isSameModel(id, one));
  // Several ids of one model have one source.
  const rows = new Set(same.map((one) => sources.catalogue.find(one)?.source));
  const [only] = same;
  if (only === undefined || rows.size > 1) return resolveModel(id, sources);
  const found = resolveModel(only, sources);
  if ('problem' in found) return found;
  return { ...found, id, source: `${found.source}, which NVIDIA calls ${id.slice(0, 100)}` };
}
