import { nearest } from '../nearest.ts';
import type { SourceFile } from '../text.ts';
import type { ModelFacts } from './architecture.ts';
import type { ModelCatalogue } from './catalogue.ts';
import { architectureOf } from './config.ts';

/** Why a model is not known, what to do, and names near it. */
export interface ModelProblem {
  readonly reason: string;
  readonly remedy: string;
  readonly suggestions: readonly string[];
}

/** Where models may come from. */
export interface ModelSources {
  read(path: string): SourceFile | null;
  readonly aliases: ReadonlyMap<string, string>;
  readonly catalogue: ModelCatalogue;
}

const LONGEST_CONFIG = 2_000_000;
const REMEDY = 'Map it under `models` in .github/headroom.yml to a Hub id, or to a config.json in this repository.';

/** Policy alias, config.json in the repository, catalogue, then the only catalogue id with the path's last part. */
export function resolveModel(id: string, sources: ModelSources): ModelFacts | { readonly problem: ModelProblem } {
  const asked = id.slice(0, 300);
  const plain = asked
    .replace(/^hf:\/\//, '')
    .replace(/\/{1,20}$/, '')
    .replace(/@[^/@]*$/, '');
  const name = sources.aliases.get(asked) ?? sources.aliases.get(plain) ?? plain;
  const local = fromRepository(asked, name, sources);
  if (local) return local;
  const facts = sources.catalogue.find(name);
  if (facts) return { ...facts, id: asked };
  const named = byTail(name, sources.catalogue);
  if (named) return { ...named, id: asked, source: `${named.source}, by the name of the path` };
  const listed = sources.catalogue.problemOf(name);
  if (listed !== null)
    return { problem: { reason: `The model '${asked}' is known, but: ${listed}`, remedy: '', suggestions: [] } };
  const suggestions = nearest(name, sources.catalogue.ids);
  return { problem: { reason: `The model '${asked}' is not known.`, remedy: REMEDY, suggestions } };
}

/** `/models/Qwen3-8B` or `gpt-oss-20b` → the one model whose id ends so; null for a Hub id, and when several models share the name. */
function byTail(path: string, catalogue: ModelCatalogue): ModelFacts | null {
  if (!/^[./~]/.test(path) && /^[^/]+\/[^/]+$/.test(path)) return null;
  const tail = path.split('/').at(-1)?.toLowerCase() ?? '';
  const same = catalogue.ids.filter((id) => id.split('/').at(-1)?.toLowerCase() === tail);
  // Copies of one model under several owners are one entry of the catalogue, and have one source.
  const bySource = new Map(
    same.map((id) => catalogue.find(id)).flatMap((facts) => (facts ? [[facts.source, facts] as const] : [])),
  );
  const [only, ...others] = bySource.values();
  return only && others.length === 0 ? only : null;
}

function fromRepository(id: string, name: string, { read }: ModelSources): ReturnType<typeof resolveModel> | null {
  const folder = name.replace(/^\.\//, '');
  if (folder.startsWith('/') || folder.includes('..')) return null;
  const path = folder.endsWith('.json') ? folder : `${folder}/config.json`;
  const file = read(path);
  if (!file) return null;
  const made = file.text.length > LONGEST_CONFIG ? { problem: 'it is too large.' } : architectureOf(parse(file.text));
  if ('problem' in made) return { problem: { reason: `${path}: ${made.problem}`, remedy: REMEDY, suggestions: [] } };
  return { id, architecture: made, source: `${path} in the repository`, checkpointBytes: null };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
