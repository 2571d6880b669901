import { baseName } from '../text.ts';
/** An image reference, its digest left out. */
export interface ImageName {
  /** Registry, path and name, in lower case. */
  readonly name: string;
  /** What stands behind the last slash of the name. */
  readonly last: string;
  /** Empty without one. */
  readonly tag: string;
}

/** References longer than this name no image. */
const MAX_CHARACTERS = 1_000;

export function imageName(image: string): ImageName {
  const bare = image.slice(0, MAX_CHARACTERS).trim().split('@')[0] ?? '';
  const colon = bare.lastIndexOf(':');
  const tagged = colon > bare.lastIndexOf('/');
  const name = (tagged ? bare.slice(0, colon) : bare).toLowerCase();
  return { name, last: baseName(name), tag: tagged ? bare.slice(colon + 1) : '' };
}

/** Parts of image names that hold something beside an engine, not the engine. */
const BESIDE =
  /router|bench|dashboard|proxy|client|exporter|operator|controller|ui|gateway|epp|scheduler|mock|sim|simulator|tester?$/;

/** Whether the last part of an image's name is of something that stands beside an engine. */
export function isBesideEngine(last: string): boolean {
  return BESIDE.test(last);
}
