import type { MappedText } from '../mapped-text.ts';
import type { Word } from '../word.ts';
import type { Changes, Noted } from './certainty.ts';
import type { Redirected } from './here-document.ts';

/** One simple command with its words after expansion; assignments in front of it are its environment. */
export interface ShellCommand extends Redirected {
  readonly words: readonly Word[];
  readonly environment: ReadonlyMap<string, Word>;
}

/** What a name stands for: one value, or the words of an array. */
export type Variable = readonly Word[];
export type Scope = ReadonlyMap<string, Variable>;

/** The text of a file that a script takes its variables and functions from (`source FILE`); null where it is not known. */
export type SourcedText = (file: Word) => MappedText | null;

/** The body of a function, in the text where it stands. */
export interface FunctionBody {
  readonly body: object;
  readonly text: MappedText;
  /** In a file that the script only takes it from. */
  readonly borrowed: boolean;
}

/** What is known of a script up to a statement of it. */
export interface Walk {
  readonly text: MappedText;
  readonly scope: Map<string, Variable>;
  /** The words of texts of which a part is not known, for where they are used without quotes. */
  readonly split: Map<string, Variable>;
  /** Variables that commands inherit. */
  readonly exported: Map<string, Word>;
  readonly commands: ShellCommand[];
  readonly functions: Map<string, FunctionBody>;
  readonly sourced: SourcedText;
  /** Bodies of functions that something calls. */
  readonly called: Set<object>;
  /** What is counted through all of the script. */
  readonly spent: {
    words: number;
    own: number;
    calls: number;
    inCalls: number;
    files: number;
    unseen: number;
    outputs: number;
  };
  /** Functions that are called, outermost first; a file that is read for its variables stands among them by its path. */
  readonly within: readonly string[];
  /** Where the output of the commands around goes (`{ … } > FILE`, `( … ) | tee FILE`). */
  readonly into: Pick<Redirected, 'output' | 'appends'>;
  /** Whether the text is a file that another script only takes from. */
  readonly borrowed: boolean;
  /** How variables were set so far, and what sets them anywhere, for tests of them. */
  readonly noted: Map<string, Noted>;
  readonly changes: Changes;
  /** The variables that each branch sets together that runs only where whoever runs the script says so. */
  readonly together: (readonly string[])[];
  /** Whether a branch around the call of this function leaves open if it is called at all. */
  readonly doubted: boolean;
  /** Whether statements run again, or at another time than they are read. */
  readonly loose: boolean;
  /** Whether what comes behind is never reached: in all of the script, or in this function. */
  readonly over: { script: boolean };
  readonly left: { call: boolean };
}

export const MAX_WORDS = 20_000;
/** Characters of one value; variables that hold each other grow without end. */
export const MAX_VALUE_CHARACTERS = 64 * 1024;
export const TOO_LONG = 'it is longer than any value';

/** A walk of nothing yet. */
export function newWalk(text: MappedText, scope: Scope, sourced: SourcedText): Walk {
  return {
    text,
    scope: new Map(scope),
    split: new Map(),
    exported: new Map(),
    commands: [],
    functions: new Map(),
    sourced,
    called: new Set(),
    spent: { words: 0, own: 0, calls: 0, inCalls: 0, files: 0, unseen: 0, outputs: 0 },
    within: [],
    into: {},
    borrowed: false,
    noted: new Map(),
    changes: { set: new Map(), open: new Set() },
    together: [],
    doubted: false,
    loose: false,
    over: { script: false },
    left: { call: false },
  };
}
