import { applyEdits } from '../edit.ts';
import type { ChangedFile } from '../github/files.ts';
import { hunksOf, inOneHunk } from '../github/hunks.ts';
import { MAX_COMMENTS, type ReviewComment } from '../github/review.ts';
import { editsByFile, type RecommendedEdit } from '../report/edits.ts';
import { markdownCode, markdownText } from '../report/escape.ts';
import { patchOf } from '../report/patch.ts';
import type { Report } from '../report/report.ts';
import { type Suggestion, suggestionBlock, suggestionsOf } from '../report/suggestion.ts';
import type { SourceFile } from '../text.ts';

/** The recommended edits in the forms in which a reviewer can take them. */
export interface Proposals {
  /** Suggestions that GitHub can anchor. */
  readonly comments: readonly ReviewComment[];
  /** Why some edits are in the patch alone. */
  readonly reasons: readonly string[];
  /** A patch of what the given suggestions do not carry. */
  patchWithout(carried: readonly ReviewComment[]): string;
}

/** Splits the edits into suggestions on lines of the diff and a patch of the others. */
export function proposalsOf(
  report: Report,
  files: ReadonlyMap<string, SourceFile>,
  changed: readonly ChangedFile[],
): Proposals {
  const comments: ReviewComment[] = [];
  const reasons: string[] = [];
  const carries = new Map<ReviewComment, ReadonlySet<unknown>>();
  const all = editsByFile(report);
  let left = 0;
  for (const { path, edits } of all) {
    const file = files.get(path);
    if (!file) continue;
    const suggestions = suggestionsOf(
      file,
      edits.map(({ edit }) => edit),
    );
    if ('reason' in suggestions) {
      reasons.push(`${suggestions.reason}.`);
      continue;
    }
    const hunks = hunksOf(changed.find((one) => one.path === path)?.patch);
    for (const suggestion of suggestions) {
      if (!inOneHunk(hunks, suggestion.startLine, suggestion.endLine)) continue;
      if (comments.length >= MAX_COMMENTS) {
        left++;
        continue;
      }
      const own = edits.filter(({ edit }) => suggestion.edits.includes(edit));
      const comment = reviewComment(
        suggestion,
        own,
        othersOf(
          own,
          all.flatMap((one) => one.edits),
        ),
      );
      comments.push(comment);
      carries.set(comment, new Set(suggestion.edits));
    }
  }
  if (left > 0)
    reasons.push(
      `${comments.length} of ${comments.length + left} suggestions were posted; the patch holds the others.`,
    );
  return {
    comments,
    reasons,
    patchWithout(carried) {
      const taken = new Set(carried.flatMap((comment) => [...(carries.get(comment) ?? [])]));
      return all
        .map(({ path, edits }) =>
          patchOfFile(
            files.get(path),
            edits.filter(({ edit }) => !taken.has(edit)),
          ),
        )
        .join('');
    },
  };
}

/** Every recommended edit as one patch for `git apply`; empty when there are none. */
export function wholePatch(report: Report, files: ReadonlyMap<string, SourceFile>): string {
  return editsByFile(report)
    .map(({ path, edits }) => patchOfFile(files.get(path), edits))
    .join('');
}

/** The report with the recommendations alone that make a deployment fit and can be written whole: half a change is none. */
export function committable(report: Report): Report {
  const deployments = report.deployments.filter(
    ({ recommendation }) =>
      recommendation?.fits === true && recommendation.changes.every(({ notEditable }) => notEditable === null),
  );
  return { ...report, deployments };
}

/** What stands for bytes that are no UTF-8: written back, they would be lost. */
const REPLACEMENT = '\uFFFD';

/** The files as all recommended edits make them, but for those whose text is not all that they hold. */
export function editedFiles(report: Report, files: ReadonlyMap<string, SourceFile>): SourceFile[] {
  return editsByFile(report).flatMap(({ path, edits }) => {
    const file = files.get(path);
    return file && !file.text.includes(REPLACEMENT)
      ? [
          {
            path,
            text: applyEdits(
              file.text,
              edits.map(({ edit }) => edit),
            ),
          },
        ]
      : [];
  });
}

/** `max_model_len: 40960 → 25600`, each once, for a commit message. */
export function changeLines(report: Report): string[] {
  const lines = editsByFile(report).flatMap(({ path, edits }) =>
    edits.map(({ argument, from, value }) => `${path}: ${argument}: ${from} → ${value}`),
  );
  return [...new Set(lines)];
}

function patchOfFile(file: SourceFile | undefined, edits: readonly RecommendedEdit[]): string {
  return file
    ? patchOf(
        file,
        edits.map(({ edit }) => edit),
      )
    : '';
}

/** How many further changes the same deployments need. */
function othersOf(own: readonly RecommendedEdit[], all: readonly RecommendedEdit[]): number {
  const deployments = new Set(own.map(({ deployment }) => deployment));
  const changes = (edits: readonly RecommendedEdit[]): Set<string> =>
    new Set(edits.filter((one) => deployments.has(one.deployment)).map((one) => `${one.deployment}\n${one.argument}`));
  const mine = changes(own);
  return [...changes(all)].filter((change) => !mine.has(change)).length;
}

function reviewComment(
  { path, startLine, endLine, lines }: Suggestion,
  edits: readonly RecommendedEdit[],
  others: number,
): ReviewComment {
  const changes = [...new Map(edits.map((edit) => [edit.argument, edit])).values()];
  const what = changes.map(
    ({ argument, from, value, cost }) =>
      `- ${markdownCode(argument)}: ${markdownCode(from)} → **${markdownCode(value)}**, at the cost of: ${markdownText(cost)}`,
  );
  const summaries = [...new Set(edits.map((edit) => edit.summary))].map((text) => markdownText(text));
  const more =
    others === 0
      ? []
      : [
          `It takes ${others === 1 ? 'one other change' : `${others} other changes`} too: see the comment of Headroom on this pull request.`,
        ];
  return {
    path,
    startLine,
    endLine,
    body: [summaries.join('\n\n'), what.join('\n'), ...more, suggestionBlock(lines)].join('\n\n'),
    identity: edits.map(({ deployment, argument, value }) => `${deployment} ${argument}=${value}`).join('\n'),
  };
}
