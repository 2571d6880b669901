import { check, type CheckInput } from '../check.ts';
import { askerOf } from '../models/asker.ts';
import { makeModelCatalogue, type ModelCatalogue } from '../models/catalogue.ts';
import { factsKey } from '../models/facts/file.ts';
import { isHubId } from '../models/reference.ts';
import { resolveModel } from '../models/resolve.ts';
import type { ModelRequest } from '../models/stated-facts.ts';

/** The models that the configs of a repository name and that a Hub would be asked for, each once, by key. */
export interface NamedModels {
  /** What the catalogue does not hold, or holds at another revision than a config pins. */
  readonly unknown: ReadonlyMap<string, ModelRequest>;
  /** What the catalogue holds. */
  readonly known: ReadonlyMap<string, ModelRequest>;
}

/** Asks the check itself, with nothing but the repository to answer, so that what is locked is what is looked up. */
export function namedModels(input: CheckInput, catalogue: ModelCatalogue, more: readonly string[]): NamedModels {
  const asked: ModelRequest[] = more.filter(isHubId).map((id) => ({ id, revision: null }));
  const nothing = makeModelCatalogue({ configs: [], models: [] });
  check({ ...input, models: nothing, facts: null, hub: askerOf(() => null, asked) });
  const unknown = new Map<string, ModelRequest>();
  const known = new Map<string, ModelRequest>();
  for (const request of asked) {
    const resolved = resolveModel(request.id, { catalogue, aliases: new Map(), read: () => null });
    // What the catalogue assumes of a checkpoint, the Hub knows.
    const held = request.revision === null && !('problem' in resolved) && resolved.heaviest === undefined;
    // A name without its owner is none that a Hub knows.
    if (held && !request.id.includes('/')) continue;
    (held && !more.includes(request.id) ? known : unknown).set(factsKey(request), request);
  }
  return { unknown, known };
}
