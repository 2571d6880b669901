import type { Unsupported } from '../deployment.ts';
import { type MappedText, placeOfMapped } from '../syntax/mapped-text.ts';

/** A launch of an engine that is recognised and not modelled. */
export function notModelled(engine: string, name: string, format: string, anchor: MappedText): Unsupported {
  const reason = `Headroom does not model ${engine} yet, so this launch is not judged.`;
  return cannotRead(reason, 'Check it by hand until it does.', name, format, anchor);
}

/** A launch that is ours and cannot be read where it stands. */
export function cannotRead(
  reason: string,
  remedy: string,
  name: string,
  format: string,
  anchor: MappedText,
): Unsupported {
  const place = placeOfMapped(anchor);
  return { file: place.file, format, name, reason, remedy, place };
}
