import type { Deployment } from '../../deployment.ts';
import type { Extraction } from '../format.ts';

/**
 * Launches of values that partly stand in other files, as those of the file that lays its own over them; those of which it
 * says nothing are read where they stand.
 */
export function withPlacesHere({ deployments, unsupported }: Extraction, path: string): Extraction {
  return {
    deployments: deployments.flatMap((one) => {
      const lines = linesIn(one, path);
      if (one.file === path) return [one];
      return lines.length === 0 ? [] : [{ ...one, file: path, line: Math.min(...lines) }];
    }),
    unsupported: unsupported.filter(({ place }) => place.file === path),
  };
}

function linesIn({ model, arguments: found, unresolved, engine }: Deployment, path: string): number[] {
  const places = [model?.place, engine.versionPlace, ...[...found.values(), ...unresolved].map(({ place }) => place)];
  return places.flatMap((place) => (place?.file === path ? [place.line] : []));
}
