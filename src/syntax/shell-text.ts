import { decodedFrom, encodedThrough, type MappedText } from './mapped-text.ts';

/** CRLF files are read as LF ones; every character keeps its place. */
export function withoutCarriageReturns(source: MappedText): MappedText {
  if (!source.text.includes('\r\n')) return source;
  const froms: number[] = [];
  for (let at = 0; at < source.text.length; at++) if (!source.text.startsWith('\r\n', at)) froms.push(at);
  const tos = froms.map((from) => from + 1);
  return decodedFrom(source, source.text.replaceAll('\r\n', '\n'), froms, tos);
}

/** Unquoted text: nothing that the shell would take for more than itself. */
export function unquotedText(text: string): string | null {
  return /^[\w./:,=@%+-]*$/.test(text) ? text : null;
}

export function doubleQuotedText(text: string): string | null {
  return text.includes('\n') ? null : text.replace(/["\\$`]/g, '\\$&');
}

export function singleQuotedText(text: string): string | null {
  return text.includes("'") ? null : text;
}

/**
 * What stands inside the double quotes of a word as it is written, for a script that holds values of the run
 * (`sh -c "TOKEN=$(cat …) serve …"`): those stay what they are, and are open in the script itself. Null for any other word.
 */
export function insideDoubleQuotes(written: MappedText): MappedText | null {
  const { text } = written;
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return null;
  const froms: number[] = [];
  const tos: number[] = [];
  let decoded = '';
  for (let at = 1; at < text.length - 1; at++) {
    const from = at;
    if (text[at] === '\\' && /["\\\n]/.test(text[at + 1] ?? '')) at++;
    if (at > from && text[at] === '\n') continue;
    decoded += text[at] ?? '';
    froms.push(from);
    tos.push(at + 1);
  }
  return encodedThrough(decodedFrom(written, decoded, froms, tos), (value) => value.replace(/["\\]/g, '\\$&'));
}
