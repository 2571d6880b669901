import type { Interpolated } from '../interpolation.ts';
import { type MappedText, sliceMapped } from '../mapped-text.ts';
import { textBuilder } from '../text-builder.ts';

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
  const text = textBuilder(written);
  for (const found of written.text.matchAll(VARIABLE)) {
    const [variable, plain, cut, delayed] = found;
    const end = found.index + variable.length;
    const isHere = HERE.test(variable) || HERE.test(variable + (written.text[end] ?? ''));
    text.passTo(found.index, isHere && written.text[end] === '\\' ? end + 1 : end);
    // What whoever calls it adds: a script is judged as it is called without any.
    if (isHere || variable === '%*') continue;
    if (variable === '%%') {
      text.add(sliceMapped(written, end - 1, end));
      continue;
    }
    const used = sliceMapped(written, found.index, end);
    const known = cut === undefined ? scope.get((plain ?? delayed ?? '').toLowerCase())?.value : undefined;
    const whole = known?.open.find(({ start, end: last }) => start === 0 && last === known.text.text.length);
    if (known && !whole && text.length() + known.text.text.length < MAX_CHARACTERS) text.put(known, used);
    else text.leave(used, whole?.reason ?? (known ? TOO_LONG : reasonOf(variable, plain ?? delayed, cut)));
  }
  return text.built();
}

function reasonOf(variable: string, name: string | undefined, cut: string | undefined): string {
  if (/^%~?[a-z$:]*\d$/i.test(variable)) return 'it is an argument of the script';
  if (variable.startsWith('%%')) return 'it is one of several values';
  return cut === undefined ? `${name} is not set in this file` : 'it is cut out of another value';
}
