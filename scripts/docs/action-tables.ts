import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { table } from './fill.ts';

interface Manifest {
  readonly inputs: Readonly<Record<string, { readonly description: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
}

function manifest(): Manifest {
  return parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')) as Manifest;
}

export function inputTable(): string {
  return rowsOf('input', manifest().inputs);
}

export function outputTable(): string {
  return rowsOf('output', manifest().outputs);
}

function rowsOf(head: string, entries: Manifest['inputs']): string {
  return table(
    [head, 'meaning'],
    Object.entries(entries).map(([name, { description }]) => [`\`${name}\``, description]),
  );
}
