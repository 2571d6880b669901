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

/** The first `limit` items as a list, and how many more there are. */
export function bullets(items: readonly string[], limit: number): string {
  const shown = items.slice(0, limit).map((item) => `- ${item}`);
  if (items.length > limit) shown.push(`- and ${items.length - limit} more`);
  return shown.join('\n');
}
