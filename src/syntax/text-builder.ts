import type { Interpolated, OpenRange } from './interpolation.ts';
import { joinMapped, type MappedText, sliceMapped, usedAt } from './mapped-text.ts';

/** Puts a text together from another one, with values in the place of its variables. */
export interface TextBuilder {
  /** Characters so far. */
  length(): number;
  /** Takes what stands in front of a variable as it is written, and goes on behind it. */
  passTo(start: number, end: number): void;
  add(part: MappedText): void;
  /** A value in the place of a variable; what is open in it stays open. */
  put(value: Interpolated, variable: MappedText): void;
  /** A text whose value is not known, and why. */
  leave(written: MappedText, reason: string): void;
  /** All of it, what stands behind the last variable included. */
  built(): Interpolated;
}

/** What stands between the variables of `source` is taken as `plain` gives it. */
export function textBuilder(source: MappedText, plain: (run: MappedText) => MappedText = (run) => run): TextBuilder {
  const parts: MappedText[] = [];
  const open: OpenRange[] = [];
  let length = 0;
  let at = 0;
  const add = (part: MappedText): void => {
    if (part.text !== '' || parts.length === 0) parts.push(part);
    length += part.text.length;
  };
  return {
    length: () => length,
    passTo(start, end) {
      if (start > at || parts.length === 0) add(plain(sliceMapped(source, at, start)));
      at = end;
    },
    add,
    put(value, variable) {
      for (const one of value.open) open.push({ ...one, start: one.start + length, end: one.end + length });
      add(usedAt(value.text, variable));
    },
    leave(written, reason) {
      open.push({ start: length, end: length + written.text.length, reason });
      add(written);
    },
    built() {
      add(plain(sliceMapped(source, at, source.text.length)));
      return { text: joinMapped(parts), open };
    },
  };
}
