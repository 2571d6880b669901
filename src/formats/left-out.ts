import type { Unsupported } from '../deployment.ts';
import type { Unread } from '../syntax/unread.ts';
import { baseName, placeOf, type SourceFile, grouped } from '../text.ts';
import type { Extraction } from './format.ts';
import { SPEAKS_OF_LAUNCH } from './embedded/index.ts';
import { ENGINE_SIGN, STARTS } from './engine-signs.ts';
import { isPython } from './python/index.ts';

/** What the rest of a file has to say where nothing else of it launches anything. */
const LAUNCHES = new RegExp(`${SPEAKS_OF_LAUNCH.source}|^PARAMETER `, 'm');
/** What a part of a file that nobody has read says where it may launch an engine: its name, or one of the options that decide. */
const OURS = new RegExp(
  `${ENGINE_SIGN.source}|llama|gguf|OPTION_|max[-_]?model[-_]?len|gpu[-_]?memory[-_]?util|tensor[-_]?parallel|mem[-_]fraction`,
  'i',
);

/**
 * What a reader left out of a file because there is more than it takes, as launches that are not read: said where the rest
 * speaks of an engine, and of what stands nowhere in it where the file launches something.
 */
export function leftOut(
  unread: readonly Unread[],
  file: SourceFile,
  format: string,
  { deployments, unsupported }: Extraction,
): Unsupported[] {
  const isEmpty = deployments.length + unsupported.length === 0;
  const said = new Map<string, Unsupported>();
  for (const { what, most, place } of unread) {
    const isElsewhere = place !== null && place.file !== file.path;
    const isHere = place !== null && !isElsewhere;
    const from = isHere ? place.start : 0;
    const isOurs = isPython(file) ? STARTS : isEmpty && isHere ? LAUNCHES : OURS;
    if ((isHere || deployments.length === 0) && !isOurs.test(file.text.slice(from))) continue;
    const name = baseName(file.path);
    const whose = isElsewhere ? ` of ${place.file}` : '';
    const reason = `Headroom reads ${grouped(most)} ${what}${whose}; this has more, and the rest is not read.`;
    const remedy = isHere
      ? 'Split the file so that all of it is read, or check the rest by hand.'
      : 'Check the rest by hand.';
    const key = `${what} ${from}`;
    if (!said.has(key))
      said.set(key, { file: file.path, format, name, reason, remedy, place: placeOf(file, from, from) });
  }
  return [...said.values()];
}
