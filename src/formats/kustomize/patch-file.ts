import type { Deployment } from '../../deployment.ts';
import type { YamlValue } from '../../syntax/yaml.ts';
import type { FormatContext } from '../format.ts';
import { folderOf } from '../../paths.ts';
import { build, kustomizationIn } from './overlay.ts';
import { launchesChangedBy } from './changed.ts';

/** Launches that a patch file changes, read with the base that the kustomization beside or above it names; null without one. */
export function launchesOfPatch(document: YamlValue, context: FormatContext): readonly Deployment[] | null {
  const folder = folderOf(document.file.path);
  for (const candidate of new Set([folder, folderOf(folder)])) {
    const kustomization = kustomizationIn(candidate, context);
    const built = kustomization && build(kustomization, context);
    const found = built ? launchesChangedBy(document.file.path, built, context) : [];
    if (found.length > 0) return found;
  }
  return null;
}
