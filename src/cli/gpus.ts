import { gibCell } from '../report/figures.ts';
import type { Arguments } from './args.ts';
import { loadHardware } from '../hardware/gpus.ts';
import { findGpu } from '../hardware/lookup.ts';
import { matchesFilter, noMatch, printListing } from './listing.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

/** `headroom gpus`: the GPUs of the catalogue, smallest first. */
export function runGpus(args: Arguments, surroundings: Surroundings): ExitCode {
  const [filter] = args.positionals;
  const hardware = loadHardware();
  const match = findGpu(filter ?? '', hardware);
  const listed = hardware.gpus
    .filter((gpu) => matchesFilter([gpu.id, ...gpu.names], filter))
    .sort((a, b) => a.visibleBytes - b.visibleBytes || (a.id < b.id ? -1 : 1));
  // An instance type, a virtual GPU or another spelling is what no name in the list contains.
  const gpus = listed.length === 0 && 'gpu' in match ? [match.gpu] : listed;
  if (gpus.length === 0) {
    const near = 'gpu' in match ? [] : match.suggestions.slice(0, 3);
    return complain(surroundings, {
      problem: `no GPU is called '${filter}'`,
      remedy: noMatch(filter, [], near, 'headroom gpus lists them all.'),
    });
  }
  const listing = {
    head: ['id', 'name', 'GiB that CUDA shows', 'compute capability', 'figure'],
    rows: gpus.map(({ id, names, visibleBytes, computeCapability, visibleMeasured }) => [
      id,
      names[0] ?? id,
      gibCell(visibleBytes),
      computeCapability ?? '–',
      visibleMeasured ? 'measured' : 'derived',
    ]),
    left: [0, 1, 4],
    values: gpus,
  };
  return printListing(listing, args, surroundings);
}
