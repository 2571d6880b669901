import type { YamlValue } from '../../syntax/yaml.ts';

/** What an operator makes of known values; null for what it cannot be used on. */
export function computed(operator: string, operands: readonly YamlValue[]): number | boolean | null {
  const plain = operands.map((one) => (one.kind === 'scalar' ? one.value : null));
  const [a, b] = plain;
  if (operator === '==') return String(a) === String(b);
  if (operator === '!=') return String(a) !== String(b);
  if (operator === '!' && typeof a === 'boolean') return !a;
  if (typeof a === 'boolean' && typeof b === 'boolean')
    return operator === '&&' ? a && b : operator === '||' ? a || b : null;
  const [left, right] = [Number(a), Number(b)];
  if (a === null || b === null || a === '' || b === '' || !Number.isFinite(left) || !Number.isFinite(right))
    return null;
  const results: Readonly<Record<string, number | boolean>> = {
    '+': left + right,
    '-': left - right,
    '*': left * right,
    '/': left / right,
    '%': left % right,
    '<': left < right,
    '>': left > right,
    '<=': left <= right,
    '>=': left >= right,
  };
  const result = results[operator];
  return typeof result === 'number' && !Number.isFinite(result) ? null : (result ?? null);
}
