import { error } from '@actions/core';
import type { Client } from '../github/client.ts';
import { type Changes, readAt } from '../github/files.ts';
import type { loadHardware } from '../hardware/gpus.ts';
import { FACTS_PATH } from '../models/facts-file.ts';
import { defaultPolicy, filesNamedBy, parsePolicy, type ReadBeside } from '../policy/parse.ts';
import type { Policy } from '../policy/policy.ts';
import { logSafe, plain } from '../report/escape.ts';
import type { SourceFile } from '../text.ts';
import type { Environment } from './environment.ts';
import type { Inputs } from './inputs.ts';

type Hardware = ReturnType<typeof loadHardware>;

/** GitHub keeps ten annotations of each kind per step (actions/runner, ExecutionContext); the last error is the verdict. */
const MAX_PROBLEMS = 9;

/** The policy of the base under the inputs, or why nothing can be judged. A pull request cannot raise its own limits. */
export async function policyAt(
  client: Client,
  { repository }: Environment,
  inputs: Inputs,
  baseSha: string,
  hardware: Hardware,
): Promise<Policy | { readonly problem: string }> {
  const file = await readAt(client, repository, inputs.policyPath, baseSha);
  const parsed =
    file === null
      ? { policy: defaultPolicy() }
      : parsePolicy(file, hardware, await beside(client, repository, file, baseSha));
  if ('problems' in parsed) {
    for (const { place, message, remedy } of parsed.problems.slice(0, MAX_PROBLEMS)) {
      error(plain(`${message}. ${remedy}`), { file: place.file, startLine: place.line, title: 'Headroom policy' });
    }
    return {
      problem: `the policy ${inputs.policyPath} of the base branch has ${parsed.problems.length} problem(s), so nothing was judged`,
    };
  }
  return inputs.failOn === null ? parsed.policy : { ...parsed.policy, failOn: inputs.failOn };
}

/** A policy that extends more files than this is none that anyone keeps. */
const MAX_POLICY_FILES = 20;

/** What a policy names and what those name, of the same commit; what is not there is told by the parser. */
async function beside(
  client: Client,
  repository: Environment['repository'],
  policy: SourceFile,
  sha: string,
): Promise<ReadBeside> {
  const found = new Map<string, SourceFile | null>();
  const open = [...filesNamedBy(policy)];
  for (let path = open.shift(); path !== undefined && found.size < MAX_POLICY_FILES; path = open.shift()) {
    if (found.has(path)) continue;
    const file = await readAt(client, repository, path, sha).catch(() => null);
    found.set(path, file);
    if (file) open.push(...filesNamedBy(file));
  }
  return (path) => found.get(path) ?? null;
}

/** What a reviewer must know about a change of the files that judge: it was not judged by them, and whether they are sound. */
export async function judgesChanged(
  client: Client,
  { repository }: Environment,
  inputs: Inputs,
  changes: Changes,
  headSha: string,
  hardware: Hardware,
): Promise<string[]> {
  const touches = (path: string): boolean =>
    changes.files.some((file) => file.path === path || file.previousPath === path);
  const notes: string[] = [];
  if (touches(inputs.policyPath)) {
    notes.push(
      `This change touches the policy ${inputs.policyPath}, waivers included. It was judged by the policy of the base; the new one holds once it is merged.`,
    );
    const next = await readAt(client, repository, inputs.policyPath, headSha).catch(() => null);
    const parsed = next && parsePolicy(next, hardware, await beside(client, repository, next, headSha));
    if (parsed && 'problems' in parsed) {
      const [first] = parsed.problems;
      notes.push(
        `The new policy is wrong, and would stop every check once it is merged: ${first ? `line ${first.place.line}: ${first.message}. ${first.remedy}` : ''}`,
      );
    }
  }
  if (touches(FACTS_PATH)) {
    notes.push(
      `This change touches ${FACTS_PATH}. It was judged by the facts of the base; the new ones hold once it is merged.`,
    );
  }
  return notes.map((note) => logSafe(plain(note)));
}
