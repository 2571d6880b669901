import type { Located } from '../deployment.ts';
import type { Engine } from '../engines/engine.ts';
import type { Place } from '../text.ts';

/** An image, with the place of its name where the tag stands apart. */
export type NamedImage = Located<string> & { readonly named?: Place };

/** The model that an image is made for, at the image's name; null where it takes any, or is none of this engine's. */
export function modelOfImage(image: NamedImage | null, engine: Engine): Located<string> | null {
  const value = image === null ? null : (engine.modelOfImage?.(image.value) ?? null);
  return image === null || value === null ? null : { value, place: image.named ?? image.place };
}
