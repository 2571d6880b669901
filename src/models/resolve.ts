import { nearestModels } from '../nearest.ts';
import { baseName, type SourceFile } from '../text.ts';
import type { FactSource, ModelFacts, Remake } from './architecture.ts';
import type { Ask } from './asker.ts';
import type { ModelCatalogue } from './catalogue.ts';
import { architectureOf } from './config/config.ts';
import { parseConfig, QUANTIZATION_FILE, statesQuantization, withQuantization } from './config/text.ts';
import { type FactsFile, findFacts, requestOfKey } from './facts/file.ts';
import { isCommit, type ModelReference, referenceOf } from './reference.ts';
import { factsOf, type ModelRequest, type Refusal } from './stated-facts.ts';

/** Why a model is not known, what to do, and names near it. */
export interface ModelProblem extends Refusal {
  readonly suggestions: readonly string[];
}

/** Where models may come from. */
export interface ModelSources {
  read(path: string): SourceFile | null;
  readonly aliases: ReadonlyMap<string, string>;
  readonly catalogue: ModelCatalogue;
  /** The committed facts file, or null when there is none. */
  readonly facts?: FactsFile | null;
  /** What the Hub said, null while it has not been asked. Absent: nothing is fetched. */
  readonly hub?: Ask;
}

type Resolved = ModelFacts | { readonly problem: ModelProblem };

const REMEDY = 'Map it under `models` in .github/headroom.yml to a Hub id, or to a config.json in this repository.';
const ASK_THE_HUB =
  'Or let Headroom ask the Hub: `hub: true` in the policy, `--hub` on the command line; `headroom facts lock` commits its answer.';

/**
 * The facts of a model, from the first that has them: the policy's alias, config.json in the repository, the committed
 * facts file, the catalogue, the only model that is called like a path's last part, the Hub.
 * @param pinned the revision that the launch asks for, or null.
 */
export function resolveModel(id: string, sources: ModelSources, pinned: string | null = null): Resolved {
  const asked = id.slice(0, 300);
  const written = referenceOf(asked);
  const alias = aliasOf(asked, written, sources.aliases);
  const reference = alias === null ? written : referenceOf(alias);
  const revision = alias === null ? (pinned ?? reference.revision) : reference.revision;
  const names: FactSource[] = [];
  if (alias !== null) names.push({ fact: 'name', source: `'${asked}' is '${alias}' by the policy's models` });
  if (reference.reading !== null && reference.hubId !== null)
    names.push({ fact: 'name', source: `'${reference.hubId}', read from ${reference.reading}` });
  const found = fromRepository(alias ?? asked, sources) ?? fromOutside(asked, reference, onMain(revision), sources);
  if ('problem' in found) return found;
  const aloud = alias === null ? '' : ', as the policy maps it';
  return { ...found, id: asked, source: found.source + aloud, sources: [...names, ...sourcesOf(found)] };
}

/** The default branch by its name is no pin. */
function onMain(revision: string | null): string | null {
  return revision === 'main' || revision === '' ? null : revision;
}

function aliasOf(asked: string, { path }: ModelReference, aliases: ModelSources['aliases']): string | null {
  return aliases.get(asked) ?? aliases.get(asked.replace(/\/{1,300}$/, '')) ?? aliases.get(path) ?? null;
}

/** Who says what, for facts whose source is one. */
function sourcesOf({ source, sources, checkpointBytes }: ModelFacts): readonly FactSource[] {
  if (sources) return sources;
  return checkpointBytes === null
    ? [{ fact: 'config', source }]
    : [
        { fact: 'config', source },
        { fact: 'checkpoint size', source },
      ];
}

function fromOutside(
  asked: string,
  reference: ModelReference,
  revision: string | null,
  sources: ModelSources,
): Resolved {
  const { catalogue, facts, hub } = sources;
  const { gguf } = reference;
  const name = gguf === null ? (reference.hubId ?? reference.path) : reference.path;
  const request: ModelRequest = { id: reference.hubId ?? name, revision, ...(gguf === null ? {} : { gguf }) };
  const locked = facts ? findFacts(facts, request) : null;
  if (locked) {
    if (!('problem' in locked)) return locked;
    return problem(locked.problem, 'Run `headroom facts lock` again.');
  }
  const known = catalogue.find(name) ?? byTail(reference, sources);
  const answer = hub && reference.hubId !== null ? (): Resolved => fromHub(request, hub) : null;
  if (known && 'problem' in known) return known;
  if (known && revision === null) {
    const told = known.heaviest && answer ? answer() : known;
    return 'problem' in told ? known : told;
  }
  if (known) return answer?.() ?? atOtherRevision(asked, known, revision ?? '');
  const listed = catalogue.problemOf(name);
  if (listed !== null && !answer) return problem(`The model '${asked}' is known, but: ${listed}`, '');
  if (answer) return answer();
  const suggestions = nearestModels(name, catalogue.ids);
  const remedy = reference.hubId === null || hub ? REMEDY : `${REMEDY} ${ASK_THE_HUB}`;
  return { problem: { reason: `The model '${asked}' is not known.`, remedy, suggestions } };
}

/**
 * The catalogue holds the default branch. Commits of a model change its words far more often than its sizes; a branch of
 * another name is mostly another quantization.
 */
function atOtherRevision(asked: string, facts: ModelFacts, revision: string): Resolved {
  if (isCommit(revision))
    return { ...facts, source: `${facts.source}, not read at the pinned ${revision.slice(0, 8)}` };
  return problem(
    `The model '${asked}' is known, but not its revision '${revision.slice(0, 100)}', which may be another quantization.`,
    ASK_THE_HUB.replace('Or let', 'Let'),
  );
}

/**
 * `/models/Qwen3-8B` or `gpt-oss-20b` → the one model whose id ends so; null for a Hub id. With several of that name the
 * folder before it may be the owner (`/models/Qwen/Qwen3-8B`).
 */
function byTail(reference: ModelReference, { catalogue, facts }: ModelSources): Resolved | null {
  if (reference.hubId?.includes('/')) return null;
  // ModelScope's cache writes the dots of a name as `___` (modelscope/hub/snapshot_download.py).
  const parts = reference.path.toLowerCase().replaceAll('___', '.').split('/');
  const tail = parts.at(-1) ?? '';
  if (tail === '') return null;
  const endsSo = (id: string): boolean => baseName(id).toLowerCase() === tail;
  const locked = [...(facts?.entries.keys() ?? [])].map(requestOfKey).filter(({ id }) => endsSo(id));
  // Copies of one model under several owners are one entry of the catalogue, and have one source.
  const bySource = new Map<string, readonly [string, ModelFacts]>();
  for (const request of locked) {
    const found = facts ? findFacts(facts, request) : null;
    if (found && !('problem' in found)) bySource.set(request.id.toLowerCase(), [request.id, found]);
  }
  for (const id of catalogue.ids.filter(endsSo)) {
    const found = catalogue.find(id);
    // The source names the first id of the row: what is locked under it is that model.
    const first = found ? /\(([^()]+)\)$/.exec(found.source)?.[1]?.toLowerCase() : undefined;
    if (found && !bySource.has(first ?? found.source)) bySource.set(first ?? found.source, [id, found]);
  }
  const all = [...bySource.values()];
  const owned = all.filter(([id]) => id.toLowerCase() === parts.slice(-2).join('/'));
  const [only, ...others] = owned.length === 1 ? owned : all;
  if (!only) return null;
  if (others.length > 0) {
    const names = all.map(([id]) => id).slice(0, 5);
    return problem(`Several models are called '${tail.slice(0, 100)}': ${names.join(', ')}.`, REMEDY);
  }
  return { ...only[1], source: `${only[1].source}, by the name of the path` };
}

function fromHub(request: ModelRequest, hub: Ask): Resolved {
  const { id } = request;
  const answer = hub(request);
  if (answer === null) return problem(`The Hub has not been asked for '${id}'.`, REMEDY);
  if ('reason' in answer) return problem(answer.reason, answer.remedy);
  const facts = factsOf(id, answer, 'Hub');
  return 'problem' in facts ? problem(`The Hub's config.json of '${id}': ${facts.problem}`, REMEDY) : facts;
}

/** `models/own`, `./models/own` or `models/own/config.json`, as the engine started in the repository's root would find it. */
function fromRepository(name: string, { read }: ModelSources): Resolved | null {
  const folder = name
    .replace(/^\.\//, '')
    .replace(/\/{1,300}$/, '')
    .replace(/@[^/@]*$/, '');
  if (folder === '' || folder.startsWith('/') || folder.includes('..') || folder.includes('://')) return null;
  const path = folder.endsWith('.json') ? folder : `${folder}/config.json`;
  const file = read(path);
  if (!file) return null;
  const parsed = parseConfig(file.text);
  if ('problem' in parsed) return problem(`${path}: ${parsed.problem}`, REMEDY);
  const { config } = parsed;
  const source = `${path} in the repository`;
  const besidePath = path.replace(/[^/]*$/, QUANTIZATION_FILE);
  const beside = statesQuantization(config) ? null : read(besidePath);
  const quantization = beside ? parseConfig(beside.text) : null;
  if (quantization && 'problem' in quantization) return problem(`${besidePath}: ${quantization.problem}`, REMEDY);
  const whole = quantization ? withQuantization(config, quantization.config) : config;
  const made = architectureOf(whole);
  if ('problem' in made) return problem(`${path}: ${made.problem}`, REMEDY);
  const sources: FactSource[] = [{ fact: 'config', source }];
  if (quantization) sources.push({ fact: 'quantization', source: `${besidePath} in the repository` });
  const remade: Remake = (change) => architectureOf(change(whole));
  return { id: name, architecture: made, source, sources, checkpointBytes: null, remade };
}

function problem(reason: string, remedy: string): { readonly problem: ModelProblem } {
  return { problem: { reason, remedy, suggestions: [] } };
}
