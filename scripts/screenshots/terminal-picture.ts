/** Colours of a terminal by the codes that Headroom writes (SGR 1, 2, 31 to 36). */
const COLOURS = {
  light: {
    back: '#ffffff',
    text: '#1f2328',
    line: '#d1d9e0',
    31: '#cf222e',
    32: '#116329',
    33: '#7d4e00',
    34: '#0969da',
    35: '#8250df',
    36: '#1b7c83',
  },
  dark: {
    back: '#0d1117',
    text: '#e6edf3',
    line: '#3d444d',
    31: '#ff7b72',
    32: '#3fb950',
    33: '#d29922',
    34: '#58a6ff',
    35: '#bc8cff',
    36: '#39c5cf',
  },
} as const;

/** Width of a character and height of a line of a 13 px monospaced font, in pixels. */
const CHARACTER = 7.83;
const LINE = 17;
const MARGIN = 14;

/** The output of a command in a terminal, as SVG: text with a colour for each run. */
export function terminalPicture(output: string, command: string, theme: keyof typeof COLOURS): string {
  const colours = COLOURS[theme];
  const lines = [`$ ${command}`, ...output.trimEnd().split('\n')];
  const longest = Math.max(...lines.map((line) => plain(line).length));
  const [width, height] = [Math.ceil(longest * CHARACTER) + 2 * MARGIN, lines.length * LINE + 2 * MARGIN];
  const rows = lines.map(
    (line, index) => `<text x="${MARGIN}" y="${MARGIN + 12 + index * LINE}">${runs(line, theme)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(command)}</title>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colours.back}" stroke="${colours.line}"/>
<g font-family="ui-monospace,SFMono-Regular,Menlo,'DejaVu Sans Mono',monospace" font-size="13" fill="${colours.text}" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`;
}

/** A line as runs of one look, each at the column where it stands, so that another font does not move the columns. */
function runs(line: string, theme: keyof typeof COLOURS): string {
  let codes: readonly string[] = [];
  let column = 0;
  const made: string[] = [];
  for (const part of line.split(ESCAPES)) {
    const code = ESCAPE.exec(part)?.[1];
    if (code !== undefined) {
      codes = code === '' || code === '0' ? [] : [...codes, ...code.split(';')];
      continue;
    }
    // Words apart, so that columns of a table stay where they are.
    for (const { 0: word, index } of part.matchAll(/\S+(?: \S+)*/g)) {
      const x = (MARGIN + (column + index) * CHARACTER).toFixed(1);
      const length = (word.length * CHARACTER).toFixed(1);
      made.push(
        `<tspan x="${x}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${look(codes, theme)}>${escaped(word)}</tspan>`,
      );
    }
    column += part.length;
  }
  return made.join('');
}

function look(codes: readonly string[], theme: keyof typeof COLOURS): string {
  const colours: Readonly<Record<string, string>> = COLOURS[theme];
  const colour = codes.map((code) => (/^3\d$/.test(code) ? colours[code] : undefined)).findLast(Boolean);
  const bold = codes.includes('1') ? ' font-weight="bold"' : '';
  const dim = codes.includes('2') ? ' opacity=".65"' : '';
  return `${colour === undefined ? '' : ` fill="${colour}"`}${bold}${dim}`;
}

const ESCAPES = new RegExp(`(${'\\u001b'}\\[[\\d;]*m)`, 'g');
const ESCAPE = new RegExp(`^${'\\u001b'}\\[([\\d;]*)m$`);

function plain(line: string): string {
  return line.replaceAll(ESCAPES, '');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
