import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { inFolder } from '../../paths.ts';

/** Files of a folder that are looked through for what one names. */
const MAX_FILES = 40;

/** Manifests of a folder that speak of a kind, where people keep what stands beside a workload. */
export function manifestsNear(
  folder: string,
  kind: string,
  { read, list }: Pick<FormatContext, 'read' | 'list'>,
): readonly SourceFile[] {
  return (list?.(folder) ?? [])
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .slice(0, MAX_FILES)
    .flatMap((name) => {
      const file = read(inFolder(folder, name));
      return file?.text.includes(kind) ? [file] : [];
    });
}
