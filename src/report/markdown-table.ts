/** A GitHub table. Cells must be escaped already; `right` names the columns that hold figures. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: (column: number) => boolean = () => false,
): string {
  const rule = head.map((_, column) => (right(column) ? '---:' : '---'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Something that unfolds. GitHub reads the body as markdown only after a blank line. */
export function folded(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** The first `limit` items as a list, as many as `roomBytes` hold, and how many more there are. */
export function bullets(items: readonly string[], limit: number, roomBytes = Number.POSITIVE_INFINITY): string {
  const encoder = new TextEncoder();
  const shown: string[] = [];
  let room = roomBytes;
  for (const item of items.slice(0, limit)) {
    room -= encoder.encode(item).length + '- \n'.length;
    if (room < 0) break;
    shown.push(`- ${item}`);
  }
  if (items.length > shown.length) shown.push(`- and ${items.length - shown.length} more`);
  return shown.join('\n');
}
