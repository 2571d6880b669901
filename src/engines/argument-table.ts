import type { ArgumentValue } from '../deployment.ts';
import type { ValueType } from './argument-values.ts';

/** One option of an engine's command line. */
export interface ArgumentSpec {
  /** Canonical name, snake_case. */
  readonly name: string;
  readonly type: ValueType;
  /** Changes what the engine takes of the GPU. */
  readonly memory: boolean;
  /** Other long spellings (kebab-case, without dashes) and short flags (`-tp`). */
  readonly aliases: readonly string[];
  /** Key of a JSON-valued argument that this option writes into (`speculative_config.model`). */
  readonly into?: readonly [argument: string, key: string];
  /** Has a `--no-` twin where options do not have one by themselves. */
  readonly negatable?: true;
  /** Set when newer versions no longer have it: what to do instead. */
  readonly removed?: string;
}

/** An engine's options by every spelling. */
export interface ArgumentTable {
  readonly byName: ReadonlyMap<string, ArgumentSpec>;
  readonly bySpelling: ReadonlyMap<string, ArgumentSpec>;
  readonly engine: string;
  /** `flexible` is vLLM's extension of Python's argparse (FlexibleArgumentParser); `argparse` is the plain one: `_` is not `-`, no dotted keys, `--no-` only where an option says so. */
  readonly style: 'flexible' | 'argparse';
}

export function tableOf(
  engine: string,
  specs: readonly ArgumentSpec[],
  style: ArgumentTable['style'] = 'flexible',
): ArgumentTable {
  const bySpelling = new Map<string, ArgumentSpec>();
  for (const spec of specs) {
    for (const spelling of [kebab(spec.name), ...spec.aliases]) bySpelling.set(spelling, spec);
  }
  return { engine, style, bySpelling, byName: new Map(specs.map((spec) => [spec.name, spec])) };
}

/** Options by type, one a line: the name in kebab-case and, behind it, other spellings. */
export function listed(lines: Readonly<Partial<Record<ValueType, string>>>, memory: boolean): ArgumentSpec[] {
  return Object.entries(lines).flatMap(([type, text]) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(' '))
      .map(([flag = '', ...aliases]) => ({
        name: flag.replaceAll('-', '_'),
        type: type as ValueType,
        memory,
        aliases,
      })),
  );
}

/** The option that a settings key names, with `no-` before a boolean. */
export function settingSpec(key: string, table: ArgumentTable): { spec: ArgumentSpec | null; negated: boolean } {
  const name = kebab(key);
  const spec = table.bySpelling.get(name);
  if (spec) return { spec, negated: false };
  const plain = negatedSpec(name, table);
  return plain ? { spec: plain, negated: true } : { spec: null, negated: false };
}

/** The boolean that `no-…` turns off. */
export function negatedSpec(name: string, table: ArgumentTable): ArgumentSpec | null {
  const plain = name.startsWith('no-') ? table.bySpelling.get(name.slice(3)) : undefined;
  if (plain?.type !== 'boolean') return null;
  return table.style === 'flexible' || plain.negatable === true ? plain : null;
}

/** The words that set an argument. */
export function printOption(table: ArgumentTable, name: string, value: ArgumentValue): readonly string[] {
  const flag = kebab(name);
  if (value === true) return [`--${flag}`];
  if (value === false && table.byName.get(name)?.type === 'boolean') return [`--no-${flag}`];
  if (Array.isArray(value)) return [`--${flag}`, ...value.map(textOf)];
  return [`--${flag}`, textOf(value)];
}

export function textOf(value: ArgumentValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Long spellings, without dashes. */
export function spellings(table: ArgumentTable): string[] {
  return [...table.bySpelling.keys()].filter((spelling) => !spelling.startsWith('-'));
}

/** `_` is `-` up to the first dot, and case counts. */
export function kebab(name: string): string {
  return name.replaceAll('_', '-');
}
