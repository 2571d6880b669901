import type { HclExpression } from '../../syntax/hcl/expression.ts';
import { FILLED } from '../../syntax/template-mask.ts';
import type { YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { Module } from './module.ts';
import { filled, NOWHERE, scalar } from './values.ts';
import { firstOf } from '../../syntax/unread.ts';

/** Where an expression is worked out. */
export interface Scope {
  readonly file: SourceFile;
  readonly module: Module;
  /** Names that hold only here: `each`, the variables of a `for`, the block of a `dynamic`. */
  readonly names: ReadonlyMap<string, YamlValue>;
  readonly depth: number;
  /** What an expression comes to as far as the module says it. */
  evaluate(expression: HclExpression, scope: Scope): YamlValue;
}

const MAX_REASONS = 2_000;
const MAX_ITEMS = 200;

/** A value that is not in the repository, with the reason. */
export function open({ start, end }: Pick<HclExpression, 'start' | 'end'>, scope: Scope, reason: string): YamlValue {
  const { file, module } = scope;
  if (module.reasons.length < MAX_REASONS) module.reasons.push({ file: file.path, start, end, reason });
  return filled(file, { start, end });
}

export function isOpen(value: YamlValue): boolean {
  return value.kind === 'scalar' && value.text.text.includes(FILLED);
}

/** The items of a list or a mapping with their keys; null for what is not known. */
export function itemsWithKeys(value: YamlValue): { readonly key: YamlValue; readonly value: YamlValue }[] | null {
  if (value.kind === 'sequence') {
    return firstOf(value.items, MAX_ITEMS, 'items of a loop').map((item, index) => ({
      key: scalar(value.file, NOWHERE, { text: String(index), segments: [] }, index),
      value: item,
    }));
  }
  if (value.kind !== 'mapping') return null;
  return firstOf(value.entries, MAX_ITEMS, 'items of a loop').map((entry) => ({
    key: scalar(value.file, NOWHERE, entry.keyText),
    value: entry.value,
  }));
}
