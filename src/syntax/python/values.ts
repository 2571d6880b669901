import type { parser } from '@lezer/python';
import type { MappedText } from '../mapped-text.ts';

/** A node of the parse tree of a Python file. */
export type PythonNode = ReturnType<typeof parser.parse>['topNode'];

/** Offsets in the file. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * What a Python expression stands for, as far as the file itself tells. Literals keep their exact place; what only a run
 * could tell is `open`, with the reason.
 */
export type PythonValue =
  | PythonText
  | { readonly kind: 'number'; readonly value: number; readonly text: MappedText }
  | { readonly kind: 'bool'; readonly value: boolean; readonly text: MappedText }
  /** `variable`: the variable of the environment that is not set, where that is why there is nothing. */
  | { readonly kind: 'none'; readonly text: MappedText; readonly variable: string | null }
  | PythonList
  | PythonDict
  | PythonFunction
  | PythonClass
  | PythonObject
  /** Something imported, by its full path (`vllm.LLM`). */
  | { readonly kind: 'reference'; readonly path: string }
  | PythonMade
  | PythonOpen;

export interface PythonText {
  readonly kind: 'text';
  readonly text: MappedText;
  /** Parts that are not known; the text holds what is written there. */
  readonly open: readonly OpenPart[];
  /** The list whose items it was joined of. */
  readonly joined?: PythonList;
  /** The same text as it was written, before its case was changed. */
  readonly written?: PythonText;
}

/** A range of the file whose value is not known. */
export interface OpenPart extends Range {
  readonly reason: string;
  readonly cause: PythonOpen['cause'];
}

export interface PythonList {
  readonly kind: 'list';
  readonly items: readonly PythonItem[];
  /** Under what the heap keeps what it holds by now, for whoever else has the same list. */
  readonly id?: number;
}

export interface PythonItem {
  readonly value: PythonValue;
  /** Where the item stands in a list or among arguments; null for one that is no literal item (a part of a text). */
  readonly element: ListElement | null;
  /** Why it may not be there, as in a branch. */
  readonly doubt: string | null;
  /** Whether it stands for any number of items (`*rest`). */
  readonly spread?: boolean;
}

export interface ListElement extends Range {
  /** The list's own brackets. */
  readonly list: Range;
}

export interface PythonDict {
  readonly kind: 'dict';
  readonly entries: readonly PythonEntry[];
  /** Entries that are not known (`**kwargs`). */
  readonly more: readonly PythonOpen[];
  /** Its braces, or the parentheses of `dict(…)`; null for one that is written nowhere. */
  readonly literal: Range | null;
  readonly id?: number;
}

/** `key: value` of a dict, or `key=value` of a call. */
export interface PythonEntry {
  readonly key: string;
  readonly value: PythonValue;
  /** The whole of it, and of the key alone; null for one that is set elsewhere (`d["k"] = v`). */
  readonly element: ListElement | null;
  readonly keyRange: Range;
}

export interface PythonArguments {
  readonly positional: readonly PythonItem[];
  readonly keywords: PythonDict;
}

/** What a call of something unknown gives: all that can be said is how it was called. */
export interface PythonMade {
  readonly kind: 'made';
  /** Of what is called: `modal.Image.debian_slim().pip_install`. */
  readonly path: string;
  /** What the method was called on. */
  readonly receiver: PythonValue | null;
  readonly given: PythonArguments;
  readonly range: Range;
  /** Attributes set on it afterwards are kept under this number. */
  readonly id: number;
}

export interface PythonFunction {
  readonly kind: 'function';
  readonly name: string;
  readonly node: PythonNode;
  readonly scope: Scope;
  readonly decorators: readonly PythonValue[];
  readonly owner: PythonClass | null;
  readonly self: PythonObject | null;
}

export interface PythonClass {
  readonly kind: 'class';
  readonly name: string;
  readonly bases: readonly PythonValue[];
  readonly decorators: readonly PythonValue[];
  /** Attributes and methods, in the order in which they stand there. */
  readonly members: ReadonlyMap<string, PythonValue>;
  readonly range: Range;
}

export interface PythonObject {
  readonly kind: 'object';
  readonly of: PythonClass;
  readonly id: number;
}

export interface PythonOpen {
  readonly kind: 'open';
  readonly reason: string;
  readonly range: Range;
  /** What leaves it open, where that tells who would know: the caller of a function, the command line of the program, or its environment. */
  readonly cause: 'caller' | 'program' | 'environment' | 'other';
}

/** Names that are visible; a branch has a layer of its own until it is merged. */
export interface Scope {
  readonly names: Map<string, PythonValue>;
  readonly parent: Scope | null;
}

export function openValue(reason: string, { from, to }: Range, cause: PythonOpen['cause'] = 'other'): PythonOpen {
  return { kind: 'open', reason, range: { from, to }, cause };
}

/** What leaves one of several values open: whoever starts the program or calls the function may give it. */
export function causeOf(values: readonly PythonValue[]): PythonOpen['cause'] {
  const causes = values.flatMap((value) => (value.kind === 'open' ? [value.cause] : []));
  return causes.includes('program') ? 'program' : causes.includes('caller') ? 'caller' : 'other';
}

/** Whether a value counts as true; null where that is not known. */
export function truthOf(value: PythonValue): boolean | null {
  switch (value.kind) {
    case 'bool':
      return value.value;
    case 'number':
      return value.value !== 0;
    case 'none':
      return false;
    case 'text':
      return value.text.text !== '' ? true : value.open.length > 0 ? null : false;
    case 'list':
      if (value.items.some(({ doubt, spread }) => doubt === null && spread !== true)) return true;
      return value.items.length === 0 ? false : null;
    case 'dict':
      return value.entries.length > 0 ? true : value.more.length > 0 ? null : false;
    case 'function':
    case 'class':
    case 'object':
      return true;
    default:
      return null;
  }
}

/** The entry of a dict; null for none. */
export function entryOf(dict: PythonDict, key: string): PythonEntry | null {
  return dict.entries.findLast((entry) => entry.key === key) ?? null;
}

/** The value of a keyword, or of the argument at an index. */
export function argumentAt(given: PythonArguments, name: string, index = -1): PythonValue | null {
  return entryOf(given.keywords, name)?.value ?? given.positional[index]?.value ?? null;
}

/** A dict with an entry set, in the place of one of the same key. */
export function withEntry(dict: PythonDict, entry: PythonEntry): PythonDict {
  return { ...dict, entries: [...dict.entries.filter(({ key }) => key !== entry.key), entry] };
}

/** A text of which every part is known; null for anything else. */
export function knownText(value: PythonValue | null | undefined): MappedText | null {
  return value?.kind === 'text' && value.open.length === 0 ? value.text : null;
}
