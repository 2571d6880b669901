import type { TextEdit } from '../edit.ts';
import { argumentText } from './figures.ts';
import type { Report } from './report.ts';

/** The recommended edits of one file, with the deployments and changes they come from. */
export interface FileEdits {
  readonly path: string;
  readonly edits: readonly RecommendedEdit[];
}

export interface RecommendedEdit {
  readonly edit: TextEdit;
  readonly deployment: string;
  readonly argument: string;
  /** The value before and the new one as a person reads them. */
  readonly from: string;
  readonly value: string;
  readonly cost: string;
  readonly summary: string;
}

/**
 * Every recommended edit by file, sorted. Where two deployments want one place (a shared anchor, a variable), the first
 * keeps it: what it gets is checked again on the next run.
 */
export function editsByFile(report: Report): FileEdits[] {
  const files = new Map<string, RecommendedEdit[]>();
  for (const { deployment, recommendation } of report.deployments) {
    // What needs a look at its neighbours first is no click.
    if (recommendation?.caution !== undefined) continue;
    for (const { argument, from, to, cost, edits } of recommendation?.changes ?? []) {
      for (const edit of edits) {
        const list = files.get(edit.file) ?? [];
        files.set(edit.file, list);
        if (list.some((other) => overlaps(other.edit, edit))) continue;
        list.push({
          edit,
          deployment: deployment.name,
          argument,
          from: argumentText(from),
          value: to === null ? 'removed' : argumentText(to),
          cost,
          summary: recommendation?.summary ?? '',
        });
      }
    }
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, edits]) => ({ path, edits }));
}

/** Whether two edits of one file cannot both be made. */
export function overlaps(a: TextEdit, b: TextEdit): boolean {
  if (a.start === b.start && a.end === b.end) return a.newText === b.newText || a.start !== a.end;
  return a.start < b.end && b.start < a.end;
}
