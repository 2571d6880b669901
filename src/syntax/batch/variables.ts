import type { Interpolated, OpenRange } from '../interpolation.ts';
import { joinMapped, type MappedText, sliceMapped, usedAt } from '../mapped-text.ts';

/** What a script has set, by the name in lower case: names of variables have no case. */
export type BatchScope = Map<string, { readonly name: string; readonly value: Interpolated }>;

/** No command line of Windows is longer (docs: command prompt line string limitation); variables that hold each other grow without end. */
const MAX_CHARACTERS = 8_191;

const TOO_LONG = 'it is longer than any value';

/** `%%`, `%~dp0`, `%1`, `%*`, `%NAME%` and its parts (`%NAME:~0,3%`), `!NAME!` (docs: Windows commands, call, set, setlocal). */
const VARIABLE = /%%(?:~?[a-z]\b)?|%~[a-z$:]{0,20}\d|%[\d*]|%([\w.()-]{1,100})(:[^%\n]{1,100})?%|!([\w.()-]{1,100})!/gi;

/** The folder of the script, and the one that it works in: what lies in them is named by its path from there. */
const HERE = /^(?:%~d?p0\\?|%cd%\\)$/i;

/** Puts the variables in; those that nothing sets stay as they are written, and open. */
export function expanded(written: MappedText, scope: BatchScope): Interpolated {
  if (!/[%!]/.test(written.text)) return { text: written, open: [] };
  const parts: MappedText[] = [];
  const open: OpenRange[] = [];
  let length = 0;
  let at = 0;
  const add = (part: MappedText): void => {
    if (part.text !== '') parts.push(part);
    length += part.text.length;
  };
  for (const found of written.text.matchAll(VARIABLE)) {
    const [variable, plain, cut, delayed] = found;
    const end = found.index + variable.length;
    add(sliceMapped(written, at, found.index));
    at = end;
    if (HERE.test(variable) || HERE.test(variable + (written.text[end] ?? ''))) {
      if (written.text[end] === '\\') at++;
      continue;
    }
    // What whoever calls it adds: a script is judged as it is called without any.
    if (variable === '%*') continue;
    if (variable === '%%') {
      add(sliceMapped(written, end - 1, end));
      continue;
    }
    const used = sliceMapped(written, found.index, end);
    const known = cut === undefined ? scope.get((plain ?? delayed ?? '').toLowerCase())?.value : undefined;
    const whole = known?.open.find(({ start, end: last }) => start === 0 && last === known.text.text.length);
    if (known && !whole && length + known.text.text.length < MAX_CHARACTERS) {
      for (const range of known.open) open.push({ ...range, start: range.start + length, end: range.end + length });
      add(usedAt(known.text, used));
    } else {
      const reason = whole?.reason ?? (known ? TOO_LONG : reasonOf(variable, plain ?? delayed, cut));
      open.push({ start: length, end: length + variable.length, reason });
      add(used);
    }
  }
  add(sliceMapped(written, at, written.text.length));
  return { text: parts.length > 0 ? joinMapped(parts) : sliceMapped(written, 0, 0), open };
}

function reasonOf(variable: string, name: string | undefined, cut: string | undefined): string {
  if (/^%~?[a-z$:]*\d$/i.test(variable)) return 'it is an argument of the script';
  if (variable.startsWith('%%')) return 'it is one of several values';
  return cut === undefined ? `${name} is not set in this file` : 'it is cut out of another value';
}
