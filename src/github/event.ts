/** What a run is about, read from the event alone. */
export type Occasion =
  | {
      readonly kind: 'pull_request';
      readonly number: number;
      readonly baseSha: string;
      readonly headSha: string;
      /** Files changed, as the payload counts them; null when it does not say. */
      readonly changedFiles: number | null;
    }
  /** A run of another workflow on a pull request, whose report is to be written up (the second step for forks). */
  | {
      readonly kind: 'workflow_run';
      readonly runId: number;
      readonly headSha: string;
      readonly headBranch: string;
      /** `owner/name` of the repository that the head is in. */
      readonly headRepository: string;
    }
  /** Two commits without a pull request to comment on: a merge queue, a push. */
  | { readonly kind: 'range'; readonly baseSha: string; readonly headSha: string; readonly name: string }
  /** One commit as a whole, with nothing to compare it with: a run by hand or by the clock. */
  | { readonly kind: 'commit'; readonly headSha: string }
  /** A pull request that only its number is known of (`workflow_dispatch`). */
  | { readonly kind: 'pull_request_number'; readonly number: number }
  | { readonly kind: 'nothing'; readonly reason: string };

/** A commit that does not exist: the `before` of a push that makes a branch. */
const NO_COMMIT = /^0+$/;
const SHA = /^[0-9a-f]{40,64}$/;

/**
 * Reads the webhook payload as the runner hands it over. Nothing in it is trusted to have the shape that
 * GitHub documents.
 * @param pullRequest the input of that name, for runs started by hand.
 * @param sha the commit that the run is about, for events that name none.
 */
export function occasionOf(eventName: string, payload: unknown, pullRequest: number | null, sha: string): Occasion {
  const at = (...path: string[]): unknown => path.reduce(fieldOf, payload);
  switch (eventName) {
    case 'pull_request':
    case 'pull_request_target': {
      const [number, baseSha, headSha] = [
        at('pull_request', 'number'),
        at('pull_request', 'base', 'sha'),
        at('pull_request', 'head', 'sha'),
      ];
      if (!isNumber(number) || !isSha(baseSha) || !isSha(headSha)) break;
      const changed = at('pull_request', 'changed_files');
      return { kind: 'pull_request', number, baseSha, headSha, changedFiles: isNumber(changed) ? changed : null };
    }
    case 'merge_group': {
      const [baseSha, headSha] = [at('merge_group', 'base_sha'), at('merge_group', 'head_sha')];
      if (!isSha(baseSha) || !isSha(headSha)) break;
      return { kind: 'range', baseSha, headSha, name: 'the merge group' };
    }
    case 'push': {
      const [baseSha, headSha] = [at('before'), at('after')];
      if (!isSha(headSha) || NO_COMMIT.test(headSha)) return { kind: 'nothing', reason: 'this push deletes a branch' };
      if (!isSha(baseSha) || NO_COMMIT.test(baseSha)) {
        return {
          kind: 'nothing',
          reason: 'this push makes a branch, so there is nothing to compare it with; its pull request will be checked',
        };
      }
      return { kind: 'range', baseSha, headSha, name: 'the push' };
    }
    case 'workflow_run': {
      if (at('workflow_run', 'event') !== 'pull_request') {
        return { kind: 'nothing', reason: 'the workflow run that ended was not started by pull_request' };
      }
      const [runId, headSha] = [at('workflow_run', 'id'), at('workflow_run', 'head_sha')];
      const [headBranch, headRepository] = [
        at('workflow_run', 'head_branch'),
        at('workflow_run', 'head_repository', 'full_name'),
      ];
      if (!isNumber(runId) || !isSha(headSha) || !isText(headBranch) || !isText(headRepository)) break;
      return { kind: 'workflow_run', runId, headSha, headBranch, headRepository };
    }
    case 'workflow_dispatch':
      if (pullRequest !== null) return { kind: 'pull_request_number', number: pullRequest };
      if (!isSha(sha)) break;
      return { kind: 'commit', headSha: sha };
    case 'schedule':
      if (!isSha(sha)) break;
      return { kind: 'commit', headSha: sha };
    default:
      return {
        kind: 'nothing',
        reason: `the event ${eventName} is not supported; run on pull_request, pull_request_target, merge_group, push, workflow_dispatch, schedule or workflow_run`,
      };
  }
  return { kind: 'nothing', reason: `the payload of ${eventName} names no commits` };
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 300;
}

function isSha(value: unknown): value is string {
  return typeof value === 'string' && SHA.test(value);
}
