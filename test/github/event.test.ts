import { describe, expect, it } from 'vitest';
import { occasionOf } from '../../src/github/event.ts';
import payloads from './payloads.json' with { type: 'json' };

// What is expected stands in GitHub's own sample payloads.
describe('a payload as GitHub sends it', () => {
  it('of pull_request and pull_request_target names the commits', () => {
    for (const event of ['pull_request', 'pull_request_target']) {
      expect(occasionOf(event, payloads.pull_request, null, '')).toEqual({
        kind: 'pull_request',
        number: 2,
        baseSha: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e',
        headSha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
        changedFiles: 1,
      });
    }
  });

  it('of merge_group names both ends of the queue', () => {
    expect(occasionOf('merge_group', payloads.merge_group, null, '')).toMatchObject({
      kind: 'range',
      headSha: '2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d',
    });
  });

  it('of push says when a branch is made or deleted, in which nothing is to be compared', () => {
    const reasons = payloads.push.map((push) => occasionOf('push', push, null, ''));
    expect(reasons).toMatchObject(
      payloads.push.map(({ deleted }) => ({
        kind: 'nothing',
        reason: expect.stringContaining(deleted ? 'deletes a branch' : 'makes a branch'),
      })),
    );
    const [made, gone] = [payloads.push[0]?.after, payloads.push[1]?.before];
    expect(occasionOf('push', { before: gone, after: made }, null, '')).toMatchObject({ kind: 'range', headSha: made });
  });

  it('of workflow_run is taken up only for a run of pull_request', () => {
    expect(occasionOf('workflow_run', payloads.workflow_run, null, '')).toMatchObject({ kind: 'nothing' });
    const run = { ...payloads.workflow_run.workflow_run, event: 'pull_request' };
    expect(occasionOf('workflow_run', { workflow_run: run }, null, '')).toEqual({
      kind: 'workflow_run',
      runId: 1_589_141_559,
      headSha: '5779607b49aab1200488439f02372c57b4f75444',
      headBranch: 'main',
      headRepository: 'octo-org/octo-repo',
    });
  });

  it('of workflow_dispatch is about a pull request that is named, else about the commit as a whole', () => {
    const sha = 'a'.repeat(40);
    for (const event of ['workflow_dispatch', 'schedule'])
      expect(occasionOf(event, payloads.workflow_dispatch, null, sha)).toEqual({ kind: 'commit', headSha: sha });
    expect(occasionOf('workflow_dispatch', payloads.workflow_dispatch, 3, sha)).toEqual({
      kind: 'pull_request_number',
      number: 3,
    });
  });
});

describe('anything else', () => {
  it.each([null, 7, 'x', [], { pull_request: null }, { pull_request: { number: -1, base: { sha: 'x' } } }])(
    '%j is nothing, with a reason',
    (payload) => {
      for (const event of ['pull_request', 'merge_group', 'push', 'workflow_run', 'release', '']) {
        expect(occasionOf(event, payload, null, '')).toMatchObject({ kind: 'nothing', reason: expect.any(String) });
      }
    },
  );
});
