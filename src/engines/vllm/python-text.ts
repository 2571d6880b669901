import { GIB } from '../../bytes.ts';

/** A number as Python prints a float: `0.9`, `1.0`. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Bytes in GiB, rounded to two decimals as Python prints it: `22.0`, `1.13` (vLLM utils/mem_utils.py format_gib). */
export function roundedGib(bytes: number): string {
  return pythonFloat(Math.round((bytes / GIB) * 100) / 100);
}

/** Bytes in GiB with two decimals: `22.00`. */
export function fixedGib(bytes: number): string {
  return (bytes / GIB).toFixed(2);
}
