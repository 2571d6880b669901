/** JSON with comments (as editors and JSON5 have it) as JSON of the same length: comments are blank. */
export function withoutComments(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length;) {
    const unit = text[at];
    if (unit === '"' || unit === "'") at = quoteEnd(text, at);
    else if (unit === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const end = commentEnd(text, at);
      kept.push(text.slice(from, at), text.slice(at, end).replace(/[^\r\n]/g, ' '));
      from = end;
      at = end;
    } else at++;
  }
  kept.push(text.slice(from));
  return kept.join('');
}

/** Behind the text in quotes that begins at an offset; one that is never closed ends with its line. */
function quoteEnd(text: string, start: number): number {
  const quote = text[start];
  let at = start + 1;
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function commentEnd(text: string, start: number): number {
  const isLine = text[start + 1] === '/';
  const end = text.indexOf(isLine ? '\n' : '*/', start + 2);
  return end === -1 ? text.length : isLine ? end : end + 2;
}
