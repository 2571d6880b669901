import type { HereDoc, Redirect, Word as ShellWord, WordPart } from 'unbash';
import { decodedFrom, joinMapped, type MappedText, sliceMapped } from './mapped-text.ts';
import type { Word } from './word.ts';

/** Where the input and the output of a command are in the script. */
export interface Redirected {
  /** What it gets to read that stands in the script itself (`<<EOF`), with its variables put in. */
  readonly document?: MappedText;
  /** The file that its output goes to (`> FILE`). */
  readonly output?: Word;
}

/** How the script's own words and variables are put in. */
interface Expander {
  readonly text: MappedText;
  part(part: WordPart): MappedText;
  word(word: ShellWord): Word;
}

/** The redirections among what stands behind a command (bash manual, "Here Documents"). */
export function redirectedBy(suffix: readonly { readonly type: string }[], expander: Expander): Redirected {
  const found: { document?: MappedText; output?: Word } = {};
  for (const entry of suffix) {
    if (entry.type === 'HereDoc') found.document = documentOf(entry as HereDoc, expander);
    if (entry.type !== 'Redirect') continue;
    const { operator, target } = entry as Redirect;
    if (target && /^(?:>|>>|>\||&>)$/.test(operator)) found.output = expander.word(target);
  }
  return found;
}

function documentOf({ body, operator }: HereDoc, { text, part }: Expander): MappedText {
  const written = body.parts === undefined ? sliceMapped(text, body.pos, body.end) : joinMapped(body.parts.map(part));
  return operator === '<<-' ? withoutTabs(written) : written;
}

/** `<<-` takes the tabs in front of every line away. */
function withoutTabs(document: MappedText): MappedText {
  const froms: number[] = [];
  let kept = '';
  let inFront = true;
  for (let at = 0; at < document.text.length; at++) {
    const unit = document.text[at] ?? '';
    if (inFront && unit === '\t') continue;
    inFront = unit === '\n';
    kept += unit;
    froms.push(at);
  }
  const tos = froms.map((from) => from + 1);
  return decodedFrom(document, kept, froms, tos);
}
