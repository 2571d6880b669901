import { decodedFrom, type MappedText } from './mapped-text.ts';

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
