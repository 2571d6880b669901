import { type ModelSources, resolveModel } from '../models/resolve.ts';
import { jsonText, logSafe } from '../report/escape.ts';
import { type Arguments, single } from './args.ts';
import { loadCatalogues } from './catalogues.ts';
import { loadFacts } from './facts-path.ts';
import { hubOf } from './hub.ts';
import { modelCard } from './model-card.ts';
import { renderCard } from './model-card-text.ts';
import { modelOnDisk } from './model-folder.ts';
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
  const own = modelOnDisk(id, surroundings.cwd);
  if (own && 'problem' in own)
    return complain(surroundings, { ...own, remedy: 'Point at a folder with a config.json.' });
  const resolved =
    own ??
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
