import { applyEdits, type TextEdit } from '../edit.ts';
import type { ChangedFile } from '../github/files.ts';
import { hunksOf, inOneHunk } from '../github/hunks.ts';
import { MAX_BODY_CHARACTERS, MAX_COMMENTS, MAX_FILE_COMMENTS, type ReviewComment } from '../github/review.ts';
import { editsByFile, type FileEdits, type RecommendedEdit } from '../report/edits.ts';
import { plural } from '../report/headline.ts';
import { patchOf } from '../report/patch.ts';
import type { Report } from '../report/report.ts';
import { hasCarriageReturns, type Suggestion, suggestionBlock, suggestionsOf } from '../report/suggestion.ts';
import type { SourceFile } from '../text.ts';
import { fileText, suggestionText } from './review-bodies.ts';

/** The recommended edits in the forms in which a reviewer can take them. */
export interface Proposals {
  /** Suggestions that GitHub can anchor, and comments on changed files for what lies beyond their hunks. */
  readonly comments: readonly ReviewComment[];
  /** Why some edits are in the patch alone. */
  readonly reasons: readonly string[];
  /** Which files have their edits in the patch that is written as a file alone, or nowhere; and why. */
  readonly asides: readonly string[];
  /** A patch of what the given suggestions do not carry, to be copied. */
  patchWithout(carried: readonly ReviewComment[]): string;
}

/** Splits the edits into suggestions on lines of the diff, comments on changed files and a patch. */
export function proposalsOf(
  report: Report,
  files: ReadonlyMap<string, SourceFile>,
  changed: readonly ChangedFile[],
): Proposals {
  const all = writable(report, files);
  const everything = all.flatMap(({ edits }) => edits);
  const suggested: ReviewComment[] = [];
  const onFiles: ReviewComment[] = [];
  const reasons: string[] = [];
  const carries = new Map<ReviewComment, ReadonlySet<TextEdit>>();
  let [left, leftFiles] = [0, 0];
  for (const { path, edits } of all) {
    const file = files.get(path);
    if (!file) continue;
    const { suggestions, beyond } = split(file, edits, changed);
    for (const suggestion of suggestions) {
      const own = edits.filter(({ edit }) => suggestion.edits.includes(edit));
      const comment = suggestionComment(suggestion, own, othersOf(own, everything));
      if (suggested.length >= MAX_COMMENTS || comment.body.length > MAX_BODY_CHARACTERS) {
        left++;
        continue;
      }
      suggested.push(comment);
      carries.set(comment, new Set(suggestion.edits));
    }
    if (beyond.length === 0 || !changed.some((one) => one.path === path && one.status !== 'removed')) continue;
    const comment = fileComment(file, beyond);
    if (onFiles.length < MAX_FILE_COMMENTS && comment.body.length <= MAX_BODY_CHARACTERS) onFiles.push(comment);
    else leftFiles++;
  }
  if (left > 0)
    reasons.push(
      `${plural(left, 'suggestion')} more than GitHub takes at once, or longer; the patch holds the values.`,
    );
  if (leftFiles > 0)
    reasons.push(`The values of ${plural(leftFiles, 'file')} more lie beyond the diff; the patch holds them.`);
  const copied = all.filter(({ path }) => copies(files.get(path)));
  return {
    comments: [...suggested, ...onFiles],
    reasons,
    asides: editsByFile(report).flatMap(({ path }) => asideOf(files.get(path))),
    patchWithout(carried) {
      const taken = new Set(carried.flatMap((comment) => [...(carries.get(comment) ?? [])]));
      return copied
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

/** The edits of a file that GitHub can anchor, and those that lie beyond its hunks or in lines that no suggestion can stand for. */
function split(
  file: SourceFile,
  edits: readonly RecommendedEdit[],
  changed: readonly ChangedFile[],
): { readonly suggestions: readonly Suggestion[]; readonly beyond: readonly RecommendedEdit[] } {
  const possible = suggestionsOf(
    file,
    edits.map(({ edit }) => edit),
  );
  if (possible === null) return { suggestions: [], beyond: edits };
  const hunks = hunksOf(changed.find((one) => one.path === file.path)?.patch);
  const suggestions = possible.filter(({ startLine, endLine }) => inOneHunk(hunks, startLine, endLine));
  const outside = new Set(possible.filter((one) => !suggestions.includes(one)).flatMap((one) => one.edits));
  return { suggestions, beyond: edits.filter(({ edit }) => outside.has(edit)) };
}

function copies(file: SourceFile | undefined): boolean {
  return file !== undefined && !hasCarriageReturns(file);
}

function asideOf(file: SourceFile | undefined): string[] {
  if (!file) return [];
  if (file.text.includes(REPLACEMENT))
    return [`${file.path} holds bytes that are no UTF-8, so its values are written nowhere; set them by hand.`];
  return copies(file)
    ? []
    : [
        `${file.path} has CRLF line endings, which neither suggestions nor copied text keep; the file that the output patch names holds its values.`,
      ];
}

/** Every recommended edit as one patch for `git apply`; empty when there are none. */
export function wholePatch(report: Report, files: ReadonlyMap<string, SourceFile>): string {
  return writable(report, files)
    .map(({ path, edits }) => patchOfFile(files.get(path), edits))
    .join('');
}

/** The same without the files of which a copy would not apply. */
export function copiedPatch(report: Report, files: ReadonlyMap<string, SourceFile>): string {
  return wholePatch(report, new Map([...files].filter(([, file]) => copies(file))));
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

/** The recommended edits of the files that are read, but for those whose text is not all that they hold. */
function writable(report: Report, files: ReadonlyMap<string, SourceFile>): readonly FileEdits[] {
  return editsByFile(report).filter(({ path }) => files.get(path)?.text.includes(REPLACEMENT) === false);
}

/** The files as all recommended edits make them. */
export function editedFiles(report: Report, files: ReadonlyMap<string, SourceFile>): SourceFile[] {
  return writable(report, files).map(({ path, edits }) => ({
    path,
    text: applyEdits(
      files.get(path)?.text ?? '',
      edits.map(({ edit }) => edit),
    ),
  }));
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

function suggestionComment(
  { path, startLine, endLine, lines }: Suggestion,
  edits: readonly RecommendedEdit[],
  others: number,
): ReviewComment {
  return {
    kind: 'lines',
    path,
    startLine,
    endLine,
    body: suggestionText(edits, others, suggestionBlock(lines)),
    identity: edits.map(({ deployment, argument, value }) => `${deployment} ${argument}=${value}`).join('\n'),
  };
}

/** Known again by its diff, wherever in the file that lies by then. */
function fileComment(file: SourceFile, edits: readonly RecommendedEdit[]): ReviewComment {
  const diff = patchOfFile(file, edits);
  return {
    kind: 'file',
    path: file.path,
    body: fileText(edits, diff, copies(file)),
    identity: diff.replace(/^@@ .*/gm, '@@'),
  };
}
