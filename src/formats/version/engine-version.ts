import type { EngineReference, Located } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Installed } from './install-command.ts';
import { combined } from './statement.ts';

/** Installations in one script that are looked at. */
export const MAX_INSTALLS = 50;

/**
 * The version of a launch by what it says itself: what it installs before what its image says. Nothing is said of an image
 * of the team's own or where there is none; files beside may then tell.
 */
export function engineReference(
  engine: Engine,
  installs: readonly Installed[],
  image: Located<string> | null,
  file: string,
): EngineReference {
  const { id } = engine;
  const installed = combined(installs.map(({ statement }) => statement));
  const inside = image === null ? null : engine.versionOfImage(image.value);
  const inImage = inside?.version ?? null;
  const by = inside?.by ?? null;
  const called = image === null ? '' : `image ${image.value}${by === null ? '' : `, by ${by}`}`;
  if (installed !== null && (installed.version !== null || installed.replaces || inImage === null)) {
    const { version, text, place } = installed;
    const where = `${text} at line ${place.line}${place.file === file ? '' : ` of ${place.file}`}`;
    const over = inImage !== null && inImage !== version ? `, over ${called}` : '';
    const versionSource = version === null ? `${where} names no one version${over}` : `${where}${over}`;
    return { id, version, versionSource, versionPlace: place };
  }
  if (image === null || inside === null) return { id, version: null, versionSource: null, versionPlace: null };
  const versionSource = inImage === null ? `${called} states no release` : called;
  return { id, version: inImage, versionSource, versionPlace: image.place };
}
