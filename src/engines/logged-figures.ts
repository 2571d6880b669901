import { GIB, MIB } from '../bytes.ts';
import type { Memory } from '../estimate.ts';
import type { LogLine } from './log-lines.ts';

type Figure = keyof Memory;

/** A figure that an engine prints, with the line (from 1) that says it. */
export interface LoggedFigure {
  readonly value: number;
  readonly line: number;
}

export type LoggedFigures = Readonly<Partial<Record<Figure, LoggedFigure>>>;

/** A line that carries figures: one group of the pattern for each, null for one that is not kept. */
export interface FigureLine {
  readonly pattern: RegExp;
  readonly figures: readonly (Figure | null)[];
  /** What the numbers are counted in. */
  readonly unit: number;
}

/** Which of several ranks' figures decides: the smallest of what is left, the largest of a cost. */
const SMALLEST: ReadonlySet<Figure> = new Set([
  'kvCacheBytes',
  'kvCacheTokens',
  'maxConcurrency',
  'maxModelLenThatFits',
]);

const NUMBER = String.raw`(-?[\d.,]{1,30})`;

/** A figure line whose numbers stand as `#` in the text. */
export function figureLine(text: string, figures: FigureLine['figures'], unit = GIB): FigureLine {
  return { pattern: new RegExp(text.replaceAll('#', NUMBER)), figures, unit };
}

/** What PyTorch says of the card where it runs out of memory, as releases from 2.1 on and before print it. */
export const CARD_LINES: readonly FigureLine[] = [
  figureLine('total capac(?:i)?ty of # GiB', ['totalBytes']),
  figureLine('; # GiB total capacity;', ['totalBytes']),
];

/** Collects figures line by line; of several ranks that of the fullest counts. */
export interface FigureCollector {
  readonly figures: ReadonlyMap<Figure, LoggedFigure>;
  /** Keeps a figure, unless one of a fuller rank is known. */
  keep(figure: Figure, value: number, line: number): void;
  /** Sets a figure, whatever was known. */
  set(figure: Figure, value: number, line: number): void;
  /** Reads one line and what follows it, in case a terminal broke it. */
  read(line: LogLine, next: LogLine | undefined): void;
}

export function collectFigures(table: readonly FigureLine[]): FigureCollector {
  const figures = new Map<Figure, LoggedFigure>();
  const keep = (figure: Figure, value: number, line: number): void => {
    if (!Number.isFinite(value)) return;
    const before = figures.get(figure)?.value;
    if (before !== undefined && (SMALLEST.has(figure) ? before <= value : before >= value)) return;
    figures.set(figure, { value, line });
  };
  return {
    figures,
    keep,
    set: (figure, value, line) => void figures.set(figure, { value, line }),
    read(line, next) {
      const whole = joined(line, next);
      for (const { pattern, figures: names, unit } of table) {
        const found = pattern.exec(whole);
        if (!found || found.index > line.text.length) continue;
        for (const [at, name] of names.entries())
          if (name !== null) keep(name, numberOf(found[at + 1] ?? '') * unit, line.number);
      }
    },
  };
}

/** A line with the next behind it: a message that a terminal or a person broke goes on there. */
export function joined(line: LogLine, next: LogLine | undefined): string {
  return `${line.text} ${next?.text.trim() ?? ''}`;
}

function numberOf(written: string): number {
  return Number(written.replaceAll(',', '').replace(/\.$/, ''));
}

/** Bytes of `1.74 GiB`, `605.88 MiB` as PyTorch prints them; null for what is none. */
export function printedBytes(written: string): number | null {
  const found = /^([\d.]{1,20}) ?([KMG])i?B$/.exec(written);
  const value = Number(found?.[1]);
  if (!found || !Number.isFinite(value)) return null;
  return Math.round(value * (found[2] === 'G' ? GIB : found[2] === 'M' ? MIB : 1024));
}
