import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckInput } from '../check.ts';
import { applyEdits, type TextEdit } from '../edit.ts';
import { overlaps } from '../report/edits.ts';
import type { DeploymentResult, Report } from '../report/report.ts';
import type { SourceFile } from '../text.ts';
import type { UsageProblem } from './surroundings.ts';

/** One recommendation that can be written as it stands. */
export interface Fix {
  readonly result: DeploymentResult;
  readonly edits: readonly TextEdit[];
}

export interface Fixes {
  readonly fixes: readonly Fix[];
  /** What has to be changed by hand, with why. */
  readonly byHand: readonly { readonly result: DeploymentResult; readonly why: string }[];
}

/** The recommendations of a report that make a deployment fit and whose every change can be written; half a change is none. */
export function fixesOf({ deployments }: Report): Fixes {
  const fixes: Fix[] = [];
  const byHand: { result: DeploymentResult; why: string }[] = [];
  const taken: TextEdit[] = [];
  for (const result of deployments) {
    const { recommendation } = result;
    if (!recommendation) continue;
    const { changes, fits, summary, caution } = recommendation;
    const open = changes.find(({ notEditable }) => notEditable !== null);
    const edits = changes.flatMap((change) => change.edits);
    if (!fits || caution !== undefined) byHand.push({ result, why: summary });
    else if (open) byHand.push({ result, why: `${open.argument} cannot be written: ${open.notEditable}. ${summary}` });
    else if (edits.some((edit) => taken.some((other) => other.file === edit.file && overlaps(other, edit))))
      byHand.push({ result, why: 'the same place is changed for another deployment; run it again' });
    else {
      taken.push(...edits);
      fixes.push({ result, edits });
    }
  }
  return { fixes, byHand };
}

/** The files that edits change as they are: files of the check, and those that hold a value of one (an `.env`). */
export function filesToEdit(
  input: Pick<CheckInput, 'files' | 'read'>,
  edits: readonly TextEdit[],
): readonly SourceFile[] {
  const paths = new Set(edits.map(({ file }) => file));
  return [...paths]
    .toSorted()
    .flatMap((path) => input.files.find((file) => file.path === path) ?? input.read(path) ?? []);
}

/** The files with edits in their texts. */
export function editedFiles(files: readonly SourceFile[], edits: readonly TextEdit[]): readonly SourceFile[] {
  return files.map(({ path, text }) => ({
    path,
    text: applyEdits(
      text,
      edits.filter(({ file }) => file === path),
    ),
  }));
}

/** The same check on other texts of some files. */
export function withTexts(input: CheckInput, changed: readonly SourceFile[]): CheckInput {
  const byPath = new Map(changed.map((file) => [file.path, file]));
  return {
    ...input,
    files: input.files.map((file) => byPath.get(file.path) ?? file),
    read: (path) => byPath.get(path) ?? input.read(path),
  };
}

/** Writes files of the workspace in place. A link is never followed. */
export function writeFiles(root: string, files: readonly SourceFile[]): UsageProblem | null {
  for (const { path, text } of files) {
    const absolute = join(root, path);
    try {
      if (!lstatSync(absolute).isFile()) throw new Error('a link is never followed');
      writeFileSync(absolute, text);
    } catch {
      return { problem: `cannot write ${path}`, remedy: 'It must be a plain file that you may write.' };
    }
  }
  return null;
}
