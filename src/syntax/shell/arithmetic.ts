import type { ArithmeticExpression } from 'unbash';

/** The value of `$((…))` over whole numbers and known variables with + - * /; null for anything else. */
export function computedNumber(
  expression: ArithmeticExpression,
  valueOf: (name: string) => string | undefined,
): number | null {
  switch (expression.type) {
    case 'ArithmeticGroup':
      return computedNumber(expression.expression, valueOf);
    case 'ArithmeticWord': {
      const text = expression.value.replace(/^\$\{?(\w+)\}?$/, '$1');
      const value = /^\d+$/.test(text) ? text : valueOf(text);
      return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null;
    }
    case 'ArithmeticBinary': {
      const [left, right] = [computedNumber(expression.left, valueOf), computedNumber(expression.right, valueOf)];
      if (left === null || right === null) return null;
      const results: Readonly<Record<string, number>> = {
        '+': left + right,
        '-': left - right,
        '*': left * right,
        '/': Math.trunc(left / right),
      };
      const result = results[expression.operator];
      return result !== undefined && Number.isSafeInteger(result) ? result : null;
    }
    default:
      return null;
  }
}
