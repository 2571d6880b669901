/**
 * Pictures for the documents, made from the program's own output: the comment and the page as PNG by a headless Chromium, the
 * terminal as SVG. `npm run screenshots` after the build; CHROMIUM names the browser's program (default `chromium`), and a
 * font with emoji has to be there.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { commentPage } from './screenshots/comment-page.ts';
import { terminalPicture } from './screenshots/terminal-picture.ts';

const root = new URL('../', import.meta.url);
const EXAMPLE = 'examples/does-not-fit';
const THEMES = ['light', 'dark'] as const;
/** Bytes that a picture may have, so that a clone stays small. */
const MOST_BYTES = 200_000;

const scratch = mkdtempSync(join(tmpdir(), 'headroom-pictures-'));
const folder = new URL('docs/images/', root).pathname;
mkdirSync(folder, { recursive: true });

const comment = micromark(headroom('--format', 'markdown'), {
  allowDangerousHtml: true,
  extensions: [gfm()],
  htmlExtensions: [gfmHtml()],
});
const page = headroom('--format', 'html');
const terminal = headroom();

for (const theme of THEMES) {
  shoot(`comment-${theme}`, commentPage(comment, theme), 960, 1190);
  shoot(`report-${theme}`, themed(page, theme), 1000, 1000);
  save(`terminal-${theme}.svg`, terminalPicture(terminal, `headroom check ${EXAMPLE}`, theme));
}
rmSync(scratch, { recursive: true });

/** What `headroom check` prints of the example that does not fit. It ends with exit code 1, as it should. */
function headroom(...flags: readonly string[]): string {
  const words = [new URL('dist/headroom.js', root).pathname, 'check', EXAMPLE, ...flags];
  const env = { ...process.env, FORCE_COLOR: '1', COLUMNS: '110' };
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { cwd: root, env, encoding: 'utf8' });
  if (status !== 1 || stdout === '') throw new Error(`headroom check ended with ${status}: ${stderr}`);
  return stdout;
}

/** The page in one of its two colourings, which follow the reader's system. */
function themed(html: string, theme: (typeof THEMES)[number]): string {
  const kept = theme === 'dark' ? 'all' : 'not all';
  return html.replaceAll('(prefers-color-scheme:dark)', kept).replaceAll('(prefers-color-scheme: dark)', kept);
}

function shoot(name: string, html: string, width: number, height: number): void {
  const source = join(scratch, `${name}.html`);
  writeFileSync(source, html);
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
    `--user-data-dir=${join(scratch, 'profile')}`,
    `--window-size=${width},${height}`,
    `--screenshot=${join(folder, `${name}.png`)}`,
    `file://${source}`,
  ];
  execFileSync(process.env['CHROMIUM'] ?? 'chromium', flags, { stdio: 'ignore', timeout: 60_000 });
  within(`${name}.png`);
}

function save(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  within(name);
}

function within(name: string): void {
  const { size } = statSync(join(folder, name));
  if (size > MOST_BYTES) throw new Error(`${name} has ${size} bytes`);
  process.stdout.write(`docs/images/${name}: ${Math.round(size / 1000)} kB\n`);
}
