import { isMap, isNode, isScalar, parseDocument } from 'yaml';
import type { HardwareCatalogue } from '../hardware/lookup.ts';
import { type Place, placeOf, type SourceFile } from '../text.ts';
import { parseBaseline } from './baseline.ts';
import { excerptOf } from './excerpt.ts';
import { mergedPolicy } from './merge.ts';
import type { Policy, PolicyProblem } from './policy.ts';
import { problemsOf } from './problems.ts';
import { type Resolving, resolvePolicy } from './resolve.ts';
import { type PolicyFile, policySchema } from './schema.ts';

/** A policy is written by hand; nothing honest comes near this. */
const MAX_POLICY_CHARACTERS = 256 * 1024;
/** A policy that extends one that extends another, so deep. */
const MAX_EXTENDS_DEPTH = 5;

export type ParsedPolicy = { readonly policy: Policy } | { readonly problems: readonly PolicyProblem[] };

/** Another file of the repository that a policy names, of the same commit; null when there is none. */
export type ReadBeside = (path: string) => SourceFile | null;

/** The policy of a repository that has none: GPUs that the configs name themselves, else a survey for information. */
export function defaultPolicy(): Policy {
  const nowhere = {
    hardware: { gpus: [], instances: [] },
    placeAt: (): Place => ({ file: '', start: 0, end: 0, line: 1 }),
  };
  const resolved = resolvePolicy(policySchema.parse({}), null, nowhere);
  if ('problems' in resolved) throw new Error('the default policy is a policy');
  return resolved.policy;
}

/**
 * Reads `.github/headroom.yml` and the policies that it extends. Every problem names its place, the value and what to
 * write instead, with the line; a policy with a problem is never half used.
 */
export function parsePolicy(
  file: SourceFile,
  hardware: HardwareCatalogue,
  read: ReadBeside = () => null,
): ParsedPolicy {
  return parsed(file, hardware, read, []);
}

/** Paths that a policy names and that must be read with it: those it extends, and its baseline. None where it cannot be read. */
export function filesNamedBy(file: SourceFile): readonly string[] {
  const document = file.text.length > MAX_POLICY_CHARACTERS ? null : validated(file);
  return document === null || 'problems' in document ? [] : namedIn(document.data);
}

function namedIn({ extends: bases, baseline }: PolicyFile): readonly string[] {
  return baseline === undefined ? bases : [...bases, baseline];
}

interface Validated extends Pick<Resolving, 'placeAt'> {
  readonly data: PolicyFile;
  readonly written: ReadonlySet<string>;
}

function parsed(
  file: SourceFile,
  hardware: HardwareCatalogue,
  read: ReadBeside,
  above: readonly string[],
): ParsedPolicy {
  const found = validated(file);
  if ('problems' in found) return { problems: found.problems.map((problem) => shown(problem, file)) };
  const { data, written, placeAt } = found;
  const own = resolvePolicy(data, file.path, { hardware, placeAt });
  const problems: PolicyProblem[] = 'problems' in own ? own.problems.map((problem) => shown(problem, file)) : [];
  const say = (key: string, message: string, remedy: string): void =>
    void problems.push(shown({ place: placeAt([key]), message, remedy }, file));
  let policy = 'policy' in own ? own.policy : null;
  const bases: Policy[] = [];
  for (const path of data.extends) {
    const chain = [...above, file.path];
    const base = chain.includes(path) ? null : read(path);
    if (chain.includes(path) || chain.length > MAX_EXTENDS_DEPTH) {
      say('extends', `'${path}' extends what extends it`, 'Take one of them out.');
    } else if (base === null) {
      const remedy =
        'Name a file of this repository by its path from the root. A policy of elsewhere must be checked in: nothing is fetched, and submodules are not read.';
      say('extends', `'${path}' is not in the repository`, remedy);
    } else {
      const inherited = parsed(base, hardware, read, chain);
      if ('problems' in inherited) problems.push(...inherited.problems);
      else bases.push(inherited.policy);
    }
  }
  if (data.baseline !== undefined) {
    const baseline = read(data.baseline);
    const known = baseline === null ? null : parseBaseline(baseline.text);
    // A baseline that is gone hides nothing, so everything counts: that is safe, but it must be said.
    if (known === null) {
      const remedy = 'Write it with headroom check --write-baseline, or take the key out.';
      say('baseline', `'${data.baseline}' is no baseline that can be read`, remedy);
    } else if (policy !== null) policy = { ...policy, baseline: known };
  }
  if (problems.length > 0 || policy === null) return { problems };
  const [first, ...more] = bases;
  if (!first) return { policy };
  const joined = more.reduce((sum, base) => mergedPolicy(sum, base, ALL_KEYS), first);
  return { policy: mergedPolicy(joined, policy, written) };
}

const ALL_KEYS: ReadonlySet<string> = new Set(Object.keys(policySchema.shape));

function validated(file: SourceFile): Validated | { readonly problems: readonly PolicyProblem[] } {
  const whole = (message: string, remedy: string): { readonly problems: readonly PolicyProblem[] } => ({
    problems: [{ place: placeOf(file, 0, 0), message, remedy }],
  });
  if (file.text.length > MAX_POLICY_CHARACTERS) {
    const message = `${file.text.length} characters is more than a policy may have`;
    return whole(message, `Keep it under ${MAX_POLICY_CHARACTERS}.`);
  }
  // The parser's warnings quote the file on stderr, past all escaping; what they say of is a problem below.
  const document = parseDocument(file.text, { uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        place: placeOf(file, error.pos[0], error.pos[1]),
        message: `not valid YAML: ${error.message}`,
        remedy: 'Correct the YAML at this place.',
      })),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    return whole('its YAML aliases expand without bound', 'Write the values out instead of using aliases.');
  }
  const placeAt = (path: readonly PropertyKey[], part?: 'key'): Place => {
    const parent = part === 'key' ? (path.length > 1 ? document.getIn(path.slice(0, -1)) : document.contents) : null;
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : null;
    if (isScalar(pair?.key) && pair.key.range) return placeOf(file, pair.key.range[0], pair.key.range[1]);
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return placeOf(file, node.range[0], node.range[1]);
    }
    return placeOf(file, 0, 0);
  };
  const keys = isMap(document.contents)
    ? document.contents.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []))
    : [];
  const checked = policySchema.safeParse(value);
  if (checked.success) return { data: checked.data, written: new Set(keys), placeAt };
  const problems = checked.error.issues.flatMap((issue) => problemsOf(issue, value, placeAt));
  return { problems: problems.toSorted((a, b) => a.place.start - b.place.start) };
}

function shown(problem: PolicyProblem, file: SourceFile): PolicyProblem {
  const excerpt = excerptOf(file, problem.place);
  return excerpt === '' ? problem : { ...problem, excerpt };
}
