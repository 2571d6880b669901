import { getInput } from '@actions/core';
import { z } from 'zod';
import { COMMENT_MODES, type CommentMode } from '../github/comment.ts';
import { MARKER_ID } from '../github/marker.ts';
import { GATE_WORDS } from '../policy/schema.ts';

/** Where a policy is looked for that no input names, as the command line does. */
export const USUAL_POLICIES = ['.github/headroom.yml', '.github/headroom.yaml'];

/** The inputs of action.yml. An input that is not set arrives as an empty string. */
const inputsSchema = z.object({
  'github-token': z.string().min(1, 'is empty: pass `${{ github.token }}` or leave the input out'),
  policy: z.string().max(1_000),
  'fail-on': z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    )
    .pipe(
      z.union([z.tuple([z.literal('never')]).transform(() => []), z.array(z.enum(GATE_WORDS))], {
        error: `must be a comma-separated list of ${GATE_WORDS.join(', ')}, or never`,
      }),
    ),
  comment: z
    .string()
    .transform((text) => text || 'always')
    .pipe(z.enum(['always', 'on-problem', 'never'], { error: 'must be always, on-problem or never' })),
  'comment-id': z
    .string()
    .refine((id) => id === '' || MARKER_ID.test(id), 'must be small letters, digits and single dashes, at most 64'),
  'comment-mode': z
    .string()
    .transform((text) => text || 'update')
    .pipe(z.enum(COMMENT_MODES, { error: `must be one of ${COMMENT_MODES.join(', ')}` })),
  commit: z
    .string()
    .transform((text) => text || 'off')
    .pipe(z.enum(['off', 'push', 'pull-request'], { error: 'must be off, push or pull-request' })),
  'report-artifact': z
    .string()
    .max(200)
    .transform((text) => text || 'headroom-report'),
  suggestions: z
    .string()
    .transform((text) => text || 'true')
    .pipe(z.enum(['true', 'false'], { error: 'must be true or false' })),
  'pull-request': z
    .string()
    .refine((text) => text === '' || /^[1-9]\d{0,9}$/.test(text), 'must be the number of a pull request'),
  hub: z.enum(['', 'true', 'false'], { error: 'must be true or false' }),
  'hub-token': z.string().max(1_000),
  'hub-cache': z.string().max(1_000),
});

export interface Inputs {
  readonly token: string;
  /** Null: the usual ones. */
  readonly policyPath: string | null;
  /** Null: as the policy says. */
  readonly failOn: readonly (typeof GATE_WORDS)[number][] | null;
  readonly comment: 'always' | 'on-problem' | 'never';
  /** `off` where no comment is wanted at all. */
  readonly commentMode: CommentMode;
  readonly commentId: string | null;
  readonly commit: 'off' | 'push' | 'pull-request';
  /** Artifact in which the first step left its report (`workflow_run`). */
  readonly reportArtifact: string;
  readonly suggestions: boolean;
  readonly pullRequest: number | null;
  /** Null: as the policy says. */
  readonly hub: boolean | null;
  readonly hubToken: string | null;
  readonly hubCache: string | null;
}

/** Reads and validates every input; a bad one is named with what it may be. */
export function readInputs(): Inputs | { readonly problem: string } {
  const names = Object.keys(inputsSchema.shape);
  const written = Object.fromEntries(names.map((name) => [name, getInput(name)]));
  const parsed = inputsSchema.safeParse(written);
  if (!parsed.success) {
    return { problem: parsed.error.issues.map(({ path, message }) => `input ${path.join('.')} ${message}`).join('; ') };
  }
  const inputs = parsed.data;
  return {
    token: inputs['github-token'],
    policyPath: inputs.policy || null,
    failOn: written['fail-on'] === '' ? null : inputs['fail-on'],
    comment: inputs.comment,
    commentMode: inputs.comment === 'never' ? 'off' : inputs['comment-mode'],
    commentId: inputs['comment-id'] || null,
    commit: inputs.commit,
    reportArtifact: inputs['report-artifact'],
    suggestions: inputs.suggestions === 'true',
    pullRequest: inputs['pull-request'] === '' ? null : Number(inputs['pull-request']),
    hub: inputs.hub === '' ? null : inputs.hub === 'true',
    hubToken: inputs['hub-token'] || null,
    hubCache: inputs['hub-cache'] || null,
  };
}
