import { type Noted, readOnce } from '../../syntax/unread.ts';
import { at, readYamlBetween, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { claimsIn } from './claims.ts';
import { manifestsNear } from './manifests-near.ts';

/**
 * Claims of devices that are named and that stand in other files of the same folder, where people keep them; one that several files
 * have is left out. Those of the file itself go before.
 */
export function withClaimsNear(
  names: readonly (string | null)[],
  own: readonly YamlValue[],
  folder: string,
  context: Pick<FormatContext, 'read' | 'list'>,
): readonly YamlValue[] {
  const known = new Set(own.map(nameOf));
  const wanted = new Set(names.filter((name) => name !== null && !known.has(name)));
  if (wanted.size === 0) return own;
  const found = manifestsNear(folder, 'ResourceClaim', context)
    .flatMap((file) => readOnce(claims, file, () => claimsOf(file)))
    .filter((one) => wanted.has(nameOf(one)));
  const single = found.filter((one) => found.filter((other) => nameOf(other) === nameOf(one)).length === 1);
  return [...own, ...single];
}

/** Every workload of a folder asks for the claims of the same files. */
const claims = new WeakMap<SourceFile, Noted<readonly YamlValue[]>>();

function claimsOf(file: SourceFile): readonly YamlValue[] {
  const yaml = readYamlBetween(file, 0, file.text.length);
  return 'reason' in yaml ? [] : claimsIn(yaml.documents);
}

function nameOf(document: YamlValue): string | null {
  return textOf(at(document, 'metadata', 'name'));
}
