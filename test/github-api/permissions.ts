import type { Permissions } from './world.ts';

/**
 * What each operation needs of a GITHUB_TOKEN (docs: permissions required for GitHub Apps), as GitHub names it in
 * `x-accepted-github-permissions`.
 */
const NEEDED: Readonly<Record<string, readonly [keyof Permissions, 'read' | 'write']>> = {
  'pulls/get': ['pull_requests', 'read'],
  'pulls/list': ['pull_requests', 'read'],
  'pulls/list-files': ['pull_requests', 'read'],
  'pulls/create': ['pull_requests', 'write'],
  'pulls/create-review': ['pull_requests', 'write'],
  'pulls/create-review-comment': ['pull_requests', 'write'],
  'pulls/delete-review-comment': ['pull_requests', 'write'],
  'issues/create-comment': ['pull_requests', 'write'],
  'issues/update-comment': ['pull_requests', 'write'],
  'issues/delete-comment': ['pull_requests', 'write'],
  'git/get-blob': ['contents', 'read'],
  'git/get-tree': ['contents', 'read'],
  'git/create-ref': ['contents', 'write'],
  'git/update-ref': ['contents', 'write'],
  'repos/get-content': ['contents', 'read'],
  'repos/get-commit': ['contents', 'read'],
  'repos/compare-commits-with-basehead': ['contents', 'read'],
  'actions/list-workflow-run-artifacts': ['actions', 'read'],
  'actions/download-artifact': ['actions', 'read'],
};
const RANK = { none: 0, read: 1, write: 2 } as const;

/** The header that says what is missing, or null when the token may do it. */
export function missingPermission(operation: string, permissions: Permissions): string | null {
  const needed = NEEDED[operation];
  if (!needed) return null;
  const [name, access] = needed;
  return RANK[permissions[name]] >= RANK[access] ? null : `${name}=${access}`;
}
