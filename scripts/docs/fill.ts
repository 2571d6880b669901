/** A generator of the text between `<!-- generated:name -->` and `<!-- /generated:name -->`. */
export type Generators = Readonly<Record<string, () => string>>;

const BLOCK = /(<!-- generated:([a-z-]+) -->\n)[\s\S]*?(<!-- \/generated:\2 -->)/g;

/** A document with every generated block made anew. Fails on a block that nothing generates. */
export function fillDocument(text: string, generators: Generators): string {
  return text.replaceAll(BLOCK, (_block, open: string, name: string, close: string) => {
    const generate = generators[name];
    if (!generate) throw new Error(`nothing generates '${name}'`);
    return `${open}\n${generate().trim()}\n\n${close}`;
  });
}

/** A markdown table; cells may hold code spans, so only what splits a row is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
