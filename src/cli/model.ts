import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ModelCatalogue } from '../models/catalogue.ts';
import { LONGEST_CONFIG } from '../models/config-text.ts';
import type { FactsFile } from '../models/facts-file.ts';
import { type ModelSources, type Resolved, resolveModel } from '../models/resolve.ts';
import { jsonText, logSafe } from '../report/escape.ts';
import type { SourceFile } from '../text.ts';
import { type Arguments, single } from './args.ts';
import { loadCatalogues } from './catalogues.ts';
import { loadFacts } from './facts-path.ts';
import { hubOf } from './hub.ts';
import { modelCard } from './model-card.ts';
import { renderCard } from './model-card-text.ts';
import { loadPolicy } from './policy-file.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';
import { readFrom, rootOf } from './workspace.ts';

/** `headroom model`: what is known about one model, and who says it. */
export async function runModel(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const [id] = args.positionals;
  if (id === undefined) {
    return complain(surroundings, {
      problem: 'no model is named',
      remedy: 'Write headroom model Qwen/Qwen3-8B, or the path of a folder with a config.json.',
    });
  }
  const { hardware, models } = loadCatalogues();
  const root = rootOf('.', surroundings.cwd);
  if (typeof root !== 'string') return complain(surroundings, root);
  const policy = loadPolicy(single(args, 'policy'), root, surroundings.cwd, hardware);
  if ('problem' in policy) return complain(surroundings, policy);
  const facts = loadFacts(root);
  if (facts !== null && 'problem' in facts) return complain(surroundings, facts);
  const hub = await hubOf(args, policy.hub, surroundings);
  if (hub !== null && 'problem' in hub) return complain(surroundings, hub);
  const sources: ModelSources = {
    read: (path) => readFrom(root, path),
    aliases: policy.models,
    catalogue: models,
    facts,
  };
  const revision = single(args, 'revision');
  const resolved =
    onDisk(id, surroundings.cwd, models, facts) ??
    (hub
      ? await hub.settle((ask) => resolveModel(id, { ...sources, hub: ask }, revision))
      : resolveModel(id, sources, revision));
  if ('problem' in resolved) {
    const { reason, remedy, suggestions } = resolved.problem;
    const near = suggestions.length > 0 ? `Near: ${suggestions.join(', ')}. ` : '';
    return complain(surroundings, { problem: reason, remedy: near + remedy });
  }
  const card = modelCard(resolved);
  surroundings.out(
    single(args, 'format') === 'json' ? `${jsonText(card)}\n` : logSafe(renderCard(card, surroundings.columns)),
  );
  return 0;
}

/** A folder or a config.json that the user points at, wherever it lies: links in the Hub's own cache are followed. */
function onDisk(name: string, cwd: string, catalogue: ModelCatalogue, facts: FactsFile | null): Resolved | null {
  const path = resolve(cwd, name);
  const folder = name.endsWith('.json') ? resolve(path, '..') : path;
  if (!existsSync(name.endsWith('.json') ? path : join(path, 'config.json'))) return null;
  const read = (within: string): SourceFile | null => {
    const file = join(folder, within);
    if (!existsSync(file) || statSync(file).size > LONGEST_CONFIG) return null;
    return { path: within, text: readFileSync(file, 'utf8') };
  };
  const config = name.endsWith('.json') ? (path.split(/[\\/]/).at(-1) ?? '') : 'config.json';
  const resolved = resolveModel(`./${config}`, { read, aliases: new Map(), catalogue, facts });
  if ('problem' in resolved) return resolved;
  const source = `${join(folder, config)}`;
  const sources = (resolved.sources ?? []).map((one) => ({
    ...one,
    source: one.fact === 'config' ? source : join(folder, one.source.replace(/ in the repository$/, '')),
  }));
  return { ...resolved, id: name, source, sources };
}
