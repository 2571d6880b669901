import { error } from '@actions/core';
import type { Client } from '../github/client.ts';
import { type Changes, readAt } from '../github/files.ts';
import type { loadHardware } from '../hardware/gpus.ts';
import { FACTS_PATH } from '../models/facts/file.ts';
import { defaultPolicy, filesNamedBy, type ParsedPolicy, parsePolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/policy.ts';
import { logSafe, plain } from '../report/escape.ts';
import { plural } from '../report/headline.ts';
import type { SourceFile } from '../text.ts';
import type { Environment } from './environment.ts';
import { type Inputs, USUAL_POLICIES } from './inputs.ts';

type Hardware = ReturnType<typeof loadHardware>;

/** GitHub keeps ten annotations of each kind per step (actions/runner, ExecutionContext); the last error is the verdict. */
const MAX_PROBLEMS = 9;
/** Policies that one extends, and baselines. */
const MAX_NAMED_FILES = 20;

/** What judges: the policy under the inputs, and the paths of the files that it was read from. */
export interface Judges {
  readonly policy: Policy;
  readonly paths: readonly string[];
}

/** The policy of a commit (of the base: a pull request cannot raise its own limits), or why nothing can be judged. */
export async function policyAt(
  client: Client,
  environment: Environment,
  inputs: Inputs,
  sha: string,
  hardware: Hardware,
): Promise<Judges | { readonly problem: string }> {
  const found = await parsedAt(client, environment, inputs, sha, hardware);
  const paths = found?.paths ?? policyPaths(inputs);
  const parsed = found?.parsed ?? { policy: defaultPolicy() };
  if ('problems' in parsed) {
    for (const { place, message, remedy } of parsed.problems.slice(0, MAX_PROBLEMS)) {
      error(plain(`${message}. ${remedy}`), { file: place.file, startLine: place.line, title: 'Headroom policy' });
    }
    return {
      problem: `the policy ${paths[0]} of the base has ${plural(parsed.problems.length, 'problem')}, so nothing was judged`,
    };
  }
  const policy = inputs.failOn === null ? parsed.policy : { ...parsed.policy, failOn: inputs.failOn };
  return { policy, paths };
}

function policyPaths({ policyPath }: Inputs): readonly string[] {
  return policyPath === null ? USUAL_POLICIES : [policyPath];
}

/** The policy of a commit with what it names: those that it extends, and its baseline. Null when there is none. */
async function parsedAt(
  client: Client,
  { repository }: Environment,
  inputs: Inputs,
  sha: string,
  hardware: Hardware,
): Promise<{ readonly parsed: ParsedPolicy; readonly paths: readonly string[] } | null> {
  let first: SourceFile | null = null;
  for (const path of policyPaths(inputs)) first ??= await readAt(client, repository, path, sha);
  if (first === null) return null;
  const files = new Map<string, SourceFile | null>([[first.path, first]]);
  const open = [...filesNamedBy(first)];
  for (let path = open.shift(); path !== undefined && files.size <= MAX_NAMED_FILES; path = open.shift()) {
    if (files.has(path)) continue;
    const file = await readAt(client, repository, path, sha);
    files.set(path, file);
    if (file) open.push(...filesNamedBy(file));
  }
  return { parsed: parsePolicy(first, hardware, (path) => files.get(path) ?? null), paths: [...files.keys()] };
}

/** What a reviewer must know about a change of the files that judge: it was not judged by them, and whether they are sound. */
export async function judgesChanged(
  client: Client,
  environment: Environment,
  inputs: Inputs,
  changes: Changes,
  headSha: string,
  { paths }: Judges,
  hardware: Hardware,
): Promise<string[]> {
  const touched = new Set(changes.files.flatMap(({ path, previousPath }) => [path, previousPath ?? path]));
  const notes: string[] = [];
  const own = [...new Set([...paths, ...policyPaths(inputs)])].filter((path) => touched.has(path));
  if (own.length > 0) {
    notes.push(
      `This change touches the policy (${own.join(', ')}), waivers included. It was judged by the policy of the base; the new one holds once it is merged.`,
    );
    const next = await parsedAt(client, environment, inputs, headSha, hardware).catch(() => null);
    if (next && 'problems' in next.parsed) {
      const [first] = next.parsed.problems;
      const what = first ? `${first.place.file}:${first.place.line}: ${first.message}. ${first.remedy}` : '';
      notes.push(`The new policy is wrong, and would stop every check once it is merged: ${what}`);
    }
  }
  if (touched.has(FACTS_PATH)) {
    notes.push(
      `This change touches ${FACTS_PATH}. It was judged by the facts of the base; the new ones hold once it is merged.`,
    );
  }
  return notes.map((note) => logSafe(plain(note)));
}
