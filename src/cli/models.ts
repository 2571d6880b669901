import { nearestModels } from '../nearest.ts';
import type { Arguments } from './args.ts';
import { loadCatalogues } from './catalogues.ts';
import { matchesFilter, noMatch, printListing } from './listing.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

/** `headroom models`: the models of the catalogue, by id. */
export function runModels(args: Arguments, surroundings: Surroundings): ExitCode {
  const [filter] = args.positionals;
  const { models } = loadCatalogues();
  const found = models.ids
    .filter((id) => matchesFilter([id], filter))
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
    .flatMap((id) => {
      const architecture = models.find(id)?.architecture;
      if (!architecture) return [];
      const { modelType, task, dtype, quantization, layers } = architecture;
      return [{ id, modelType, task, dtype, quantization: quantization?.method ?? null, layers: layers.length }];
    });
  if (found.length === 0) {
    return complain(surroundings, {
      problem: `no model of the catalogue is called '${filter}'`,
      remedy: noMatch(
        filter,
        models.ids,
        nearestModels(filter ?? '', models.ids, 3),
        'headroom models lists them all; headroom model --hub ID asks the Hub about any other.',
      ),
    });
  }
  const listing = {
    head: ['id', 'model type', 'task', 'dtype', 'quantization', 'layers'],
    rows: found.map(({ id, modelType, task, dtype, quantization, layers }) => [
      id,
      modelType,
      task,
      dtype,
      quantization ?? '–',
      String(layers),
    ]),
    left: [0, 1, 2, 3, 4],
    values: found,
  };
  return printListing(listing, args, surroundings);
}
