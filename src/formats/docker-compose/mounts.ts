import { interpolate, type Lookup, wordOf } from '../../syntax/interpolation.ts';
import { at, itemsOf, textOf } from '../../syntax/yaml.ts';
import type { Placed } from '../started-script.ts';
import { pathIn } from '../../paths.ts';
import { directoryOf, type Service, valuesIn } from './services.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** Mounts of one service that are looked at. */
const MAX_MOUNTS = 100;

/** Files and folders of the repository that a service mounts (`./start.sh:/start.sh:ro`, or the long form of a bind). */
export function mountsOf(service: Service, variables: Lookup): Placed[] {
  return valuesIn(service, 'volumes').flatMap((declared) =>
    firstOf(itemsOf(declared), MAX_MOUNTS, 'mounts of a service', placeOfValue).flatMap((item) => {
      const folder = directoryOf(service, declared);
      const short = item.kind === 'scalar' ? wordOf(interpolate(item.text, variables)) : null;
      const [source, target] = short
        ? short.text.text.split(':', 2)
        : [textOf(at(item, 'source')), textOf(at(item, 'target'))];
      if (!source || !target || !/^\.{1,2}(?:\/|$)/.test(source)) return [];
      const path = pathIn(folder, source);
      return path === null ? [] : [{ sources: [path], target }];
    }),
  );
}
