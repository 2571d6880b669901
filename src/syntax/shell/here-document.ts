import type { HereDoc, Redirect, Word as ShellWord, WordPart } from 'unbash';
import { encodedThrough, joinMapped, type MappedText, replacedIn, sliceMapped, writtenAs } from '../mapped-text.ts';
import type { Word } from '../word.ts';

/** Where the input and the output of a command are in the script. */
export interface Redirected {
  /** What it gets to read that stands in the script itself (`<<EOF`), with its variables put in. */
  readonly document?: MappedText;
  /** The file that its output goes to (`> FILE`). */
  readonly output?: Word;
  /** Whether that goes behind what the file holds (`>> FILE`). */
  readonly appends?: boolean;
}

/** How the script's own words and variables are put in. */
export interface Expander {
  readonly text: MappedText;
  part(part: WordPart): MappedText;
  word(word: ShellWord): Word;
}

/** The redirections among what stands behind a command (bash manual, "Here Documents"). */
export function redirectedBy(suffix: readonly { readonly type: string }[], expander: Expander): Redirected {
  const found: { document?: MappedText; output?: Word; appends?: boolean } = {};
  for (const entry of suffix) {
    if (entry.type === 'HereDoc') found.document = documentOf(entry as HereDoc, expander);
    if (entry.type !== 'Redirect') continue;
    const { operator, target } = entry as Redirect;
    if (!target || !/^(?:>|>>|>\||&>)$/.test(operator)) continue;
    found.output = expander.word(target);
    found.appends = operator === '>>';
  }
  return found;
}

function documentOf({ body, operator, delimiter }: HereDoc, { text, part }: Expander): MappedText {
  const written = delimiter?.quoted ? sliceMapped(text, body.pos, body.end) : expanded(body, text, part);
  return operator === '<<-' ? withoutTabs(written) : written;
}

/** Variables are put in, and a backslash takes what is special about a sign (bash manual, "Here Documents"). */
function expanded({ parts, pos, end }: HereDoc['body'], text: MappedText, part: Expander['part']): MappedText {
  if (parts === undefined) return unescaped(sliceMapped(text, pos, end));
  return joinMapped(parts.map((one) => (one.type === 'Literal' ? unescaped(part(one)) : inBraces(one, part(one)))));
}

/** A variable that stays as it is written stands in braces, in which all readers of the document know it. */
function inBraces({ text }: WordPart, put: MappedText): MappedText {
  return put.text === text && /^\$[A-Za-z_]\w*$/.test(text) ? writtenAs(put, `\${${text.slice(1)}}`) : put;
}

function unescaped(written: MappedText): MappedText {
  const decoded = replacedIn(written, /\\([$`\\])/g, ([, sign = '']) => sign);
  return encodedThrough(decoded, (value) => value.replace(/[$`]/g, '\\$&'));
}

/** `<<-` takes the tabs in front of every line away. */
function withoutTabs(document: MappedText): MappedText {
  return replacedIn(document, /(?<![^\n])\t+/g, () => '');
}
