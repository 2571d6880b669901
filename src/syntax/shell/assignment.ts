import type { Redirect, Word as ShellWord } from 'unbash';

/** `NAME=value`, `NAME+=(words)`, read by shape. */
export interface Assignment {
  readonly type: string;
  readonly name?: string;
  readonly append?: boolean;
  readonly value?: (ShellWord & { readonly elements?: undefined }) | { readonly elements: readonly ShellWord[] };
  readonly pos: number;
  readonly end: number;
}

/** Nodes are read by shape, so that a kind of statement that this does not know is still looked through. */
export interface Node {
  readonly type?: string;
  readonly name?: ShellWord | string;
  readonly prefix?: readonly Assignment[];
  readonly suffix?: readonly (ShellWord | Assignment)[];
  /** Redirections of a group of commands. */
  readonly redirects?: readonly Redirect[];
  /** The commands of a pipeline. */
  readonly commands?: readonly Node[];
}

/** `X="$2"`, `X="$@"`, `X=$OPTARG`, `X="${1#*=}"`: what the script is called with. */
export function isFromCaller({ value }: Assignment): boolean {
  return (
    value !== undefined && 'text' in value && /^"?\$(?:[0-9@*]|OPTARG|\{(?:[0-9]\b|[@*]|OPTARG\b))/.test(value.text)
  );
}

/** `X="$X --more"` */
export function startsWithItself({ name, value }: Assignment): boolean {
  const text = value && 'text' in value ? value.text.replace(/^"/, '') : '';
  return name !== undefined && (text.startsWith(`$${name}`) || text.startsWith(`\${${name}}`));
}

/** The script whose output an assignment keeps (`id=$(docker run -d …)`): it runs as any other; null where there is none. */
export function scriptKeptBy({ value }: Assignment): object | null {
  const [part, ...others] = value !== undefined && 'parts' in value ? (value.parts ?? []) : [];
  const [only, ...more] = part?.type === 'DoubleQuoted' ? part.parts : part ? [part] : [];
  if (only?.type !== 'CommandExpansion' || others.length + more.length > 0) return null;
  return only.script ?? null;
}

/** Statements whose body may run or not: what they assign is one of several values. */
export const CONDITIONAL = new Set([
  'If',
  'Case',
  'While',
  'Until',
  'For',
  'ForArithmetic',
  'CStyleFor',
  'Select',
  'AndOr',
  'CaseItem',
]);

export function isAssignment(entry: ShellWord | Assignment): entry is Assignment {
  return entry.type === 'Assignment';
}
