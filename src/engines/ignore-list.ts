import { pathPattern, type PathPattern } from './path-pattern.ts';

/** Modules that a quantization config names, by path, by part of a path, by glob or by regular expression (`re:`). */
export interface IgnoreList {
  /** Whether a pattern names single layers, so that layers of one shape may differ. */
  readonly namesLayers: boolean;
  /** Patterns that could not be read; what they name is not known. */
  readonly unread: readonly string[];
  /** Whether the list names this module (`model.layers.3.self_attn.qkv_proj`), or a part that was fused into it. */
  matches(path: string): boolean;
}

const LONGEST_PATTERN = 300;
/** Globs and regular expressions are tried one by one; plain names are looked up. */
const MOST_PATTERNS = 2000;

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
  const names = new Set<string>();
  const tests: PathPattern[] = [];
  const unread: string[] = [];
  for (const pattern of patterns) {
    const inner = pattern.replace(ROOTS, '');
    if (!pattern.startsWith('re:') && !inner.includes('*')) {
      names.add(bare(inner));
      continue;
    }
    const fits = pattern.length <= LONGEST_PATTERN && tests.length < MOST_PATTERNS;
    const test = fits ? pathPattern(expressionOf(pattern)) : null;
    if (test) tests.push(test);
    else unread.push(pattern.slice(0, LONGEST_PATTERN));
  }
  const named = (path: string): boolean => partsOf(path).some((part) => names.has(part));
  const listed = (path: string): boolean =>
    spellings(path).some((spelling) => named(spelling) || tests.some((test) => test(spelling)));
  // A search asks for the same modules hundreds of times; a model has a few thousand.
  const known = new Map<string, boolean>();
  return {
    namesLayers: patterns.some((pattern) => /layers\\?\.(?:\(\?:|[([])?\d/.test(pattern.slice(0, LONGEST_PATTERN))),
    unread,
    matches: (path) => {
      const answer = known.get(path) ?? listed(path);
      known.set(path, answer);
      return answer;
    },
  };
}

/** AWQ lists parts of a path, often with the dot that ends them (`model.layers.0.`). */
function bare(name: string): string {
  return name.slice(name.startsWith('.') ? 1 : 0, name.endsWith('.') ? -1 : undefined);
}

function expressionOf(pattern: string): string {
  if (!pattern.startsWith('re:')) return pattern.replace(ROOTS, '').replaceAll('.', '\\.').replaceAll('*', '.*');
  const source = pattern.slice('re:'.length);
  const anchor = source.startsWith('^') ? '^' : '';
  return anchor + source.slice(anchor.length).replace(ROOTS, '');
}

/** Every run of parts of a path: `a.b.c` as `a`, `a.b`, `a.b.c`, `b`, `b.c`, `c`. */
function partsOf(path: string): readonly string[] {
  const parts = path.split('.').slice(0, 20);
  return parts.flatMap((_, from) =>
    parts.slice(from).map((__, length) => parts.slice(from, from + length + 1).join('.')),
  );
}

function spellings(path: string): readonly string[] {
  const [fused, parts] = FUSED.find(([name]) => path.endsWith(name)) ?? ['', []];
  const all = [path, ...parts.map((part) => path.slice(0, -fused.length) + part)];
  // Qwen and Llama 4 write their shared expert in the singular.
  return path.includes('shared_experts') ? [...all, ...all.map((one) => one.replace('experts', 'expert'))] : all;
}
