import type { Verdict } from '../estimate.ts';
import type { Severity } from '../finding.ts';

/** SGR codes of the sixteen basic colours, which every terminal theme keeps readable. */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof CODES;

/** Wraps text in a style, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

export function painter(colour: boolean): Paint {
  return (style, text) => (colour && text !== '' ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
}

export const VERDICT_STYLES: Readonly<Record<Verdict, Style>> = {
  fits: 'green',
  tight: 'yellow',
  degraded: 'yellow',
  fails: 'red',
  unknown: 'cyan',
};

export const SEVERITY_STYLES: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', info: 'cyan' };
