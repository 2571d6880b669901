import type { ArgumentValue } from '../../deployment.ts';
import type { Place } from '../../text.ts';

/** A text as a string literal. */
export function quoted(text: string, quote: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\n', '\\n');
  return quote + escaped + quote;
}

/** A number, a boolean or None as Python writes it; null for what has no such form. */
export function bareLiteral(value: ArgumentValue): string | null {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? String(value) : null;
}

/** The quote that opens in front of a place, or null where the place is a bare literal or an expression. */
export function quoteAt(text: string, { start }: Place): string | null {
  const before = text[start - 1] ?? '';
  return before === '"' || before === "'"
    ? before
    : /[\w\s/.:,={}-]/.test(before) && insideQuotes(text, start)
      ? '"'
      : null;
}

/** Whether an odd number of quotes stands in front of an offset on its line. */
function insideQuotes(text: string, at: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  const quotes = line.match(/(?<!\\)["']/g)?.length ?? 0;
  return quotes % 2 === 1;
}
