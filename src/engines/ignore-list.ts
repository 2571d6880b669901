/**
 * Matching of module paths against the ignore lists of quantization configs. The patterns come from repositories, so
 * they are not run as regular expressions: a `re:` pattern is read as literals, `.`, `.*`, `\d+` and alternatives,
 * and matched in linear time. Anything else in it makes the pattern match nothing.
 */
export interface IgnoreList {
  /** Whether a pattern names single layers, so that layers of one shape may differ. */
  readonly namesLayers: boolean;
  /** Whether the list names this module (`model.layers.3.self_attn.qkv_proj`), or a part that was fused into it. */
  matches(path: string): boolean;
}

const MOST_PATTERNS = 2000;
const LONGEST_PATTERN = 300;
const MOST_ALTERNATIVES = 64;

/** Parts that engines fuse into one module, experts in the names of both layouts. */
const FUSED: readonly (readonly [string, readonly string[]])[] = [
  ['qkv_proj', ['q_proj', 'k_proj', 'v_proj']],
  ['gate_up_proj', ['gate_proj', 'up_proj']],
  ['in_proj_qkvz', ['in_proj_qkv', 'in_proj_z']],
  ['in_proj_ba', ['in_proj_a', 'in_proj_b']],
  ['experts.w13', ['experts.0.gate_proj', 'experts.0.up_proj', 'experts.0.w1', 'experts.0.w3']],
  ['experts.w2', ['experts.0.down_proj', 'experts.0.w2']],
];

/** Prefixes that differ between checkpoints and engines and say nothing. */
const ROOTS = /^(?:(?:model|language_model|backbone)\\?\.)+/;

export function ignoreList(patterns: readonly string[]): IgnoreList {
  const tests = patterns
    .slice(0, MOST_PATTERNS)
    .filter((pattern) => pattern.length <= LONGEST_PATTERN)
    .map(testOf);
  return {
    namesLayers: patterns.some((pattern) => /layers\\?\.\(?\d/.test(pattern.slice(0, LONGEST_PATTERN))),
    matches: (path) => tests.length > 0 && spellings(path).some((spelling) => tests.some((test) => test(spelling))),
  };
}

function spellings(path: string): readonly string[] {
  const [fused, parts] = FUSED.find(([name]) => path.endsWith(name)) ?? ['', []];
  const all = [path, ...parts.map((part) => path.slice(0, -fused.length) + part)];
  // Qwen and Llama 4 write their shared expert in the singular.
  return path.includes('shared_experts') ? [...all, ...all.map((one) => one.replace('experts', 'expert'))] : all;
}

function testOf(pattern: string): (path: string) => boolean {
  if (pattern.startsWith('re:')) {
    const source = pattern.slice('re:'.length);
    const anchor = source.startsWith('^') ? '^' : '';
    return globTest(anchor + source.slice(anchor.length).replace(ROOTS, ''));
  }
  const inner = pattern.replace(ROOTS, '');
  if (inner.includes('*')) return globTest(inner.replaceAll('.', '\\.').replaceAll('*', '.*'));
  return (path) => `.${path}.`.includes(`.${inner}.`);
}

type Token = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'any' | 'anything' | 'digits' };

function globTest(source: string): (path: string) => boolean {
  const compiled = alternatives(source).map(tokensOf);
  const usable = compiled.filter((tokens) => tokens !== null);
  const anchored = source.startsWith('^');
  const closed = source.endsWith('$');
  return (path) => usable.some((tokens) => startsOf(path, anchored).some((start) => run(tokens, path, start, closed)));
}

/** A pattern is matched from the start of the path, or from the start of any of its parts below a different prefix. */
function startsOf(path: string, anchored: boolean): readonly number[] {
  const starts = [0];
  if (!anchored) for (let at = path.indexOf('.'); at !== -1; at = path.indexOf('.', at + 1)) starts.push(at + 1);
  return starts;
}

/** `a(b|c)d` as `abd` and `acd`; capped, without nesting. */
function alternatives(source: string): readonly string[] {
  const open = source.indexOf('(');
  const close = source.indexOf(')', open);
  if (open === -1 || close === -1) return [source];
  const before = source.slice(0, open);
  const inner = source
    .slice(open + 1, close)
    .replace(/^\?:/, '')
    .split('|')
    .slice(0, MOST_ALTERNATIVES);
  const rest = alternatives(source.slice(close + 1));
  return inner.flatMap((part) => rest.map((end) => before + part + end)).slice(0, MOST_ALTERNATIVES);
}

function tokensOf(source: string): readonly Token[] | null {
  const tokens: Token[] = [];
  const text = source.replace(/^\^/, '').replace(/\$$/, '');
  for (let at = 0; at < text.length; at++) {
    const rest = text.slice(at, at + 6);
    if (rest.startsWith('.*')) at = push(tokens, { kind: 'anything' }, at, 2);
    else if (rest.startsWith('\\d+')) at = push(tokens, { kind: 'digits' }, at, 3);
    else if (rest.startsWith('[0-9]+')) at = push(tokens, { kind: 'digits' }, at, 6);
    else if (rest.startsWith('\\') && rest.length > 1)
      at = push(tokens, { kind: 'literal', text: rest.charAt(1) }, at, 2);
    else if (rest.startsWith('.')) tokens.push({ kind: 'any' });
    else if (/^[A-Za-z0-9_:-]/.test(rest)) tokens.push({ kind: 'literal', text: rest.charAt(0) });
    else return null;
  }
  return tokens;
}

function push(tokens: Token[], token: Token, at: number, length: number): number {
  tokens.push(token);
  return at + length - 1;
}

/** Runs the tokens over the path as a set of positions, so that no input makes it backtrack. */
function run(tokens: readonly Token[], path: string, start: number, closed: boolean): boolean {
  let positions = new Set([start]);
  for (const token of tokens) {
    const next = new Set<number>();
    for (const position of positions) step(token, path, position, next);
    if (next.size === 0) return false;
    positions = next;
  }
  return !closed || positions.has(path.length);
}

function step(token: Token, path: string, position: number, next: Set<number>): void {
  switch (token.kind) {
    case 'literal':
      if (path.charAt(position) === token.text) next.add(position + 1);
      return;
    case 'any':
      if (position < path.length) next.add(position + 1);
      return;
    case 'anything':
      for (let end = position; end <= path.length; end++) next.add(end);
      return;
    case 'digits':
      for (let end = position; /\d/.test(path.charAt(end)); end++) next.add(end + 1);
  }
}
