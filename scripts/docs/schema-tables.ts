import { readFileSync } from 'node:fs';
import { table } from './fill.ts';

/** The part of JSON Schema that the published schemas use. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

function readSchema(name: string): Schema {
  return JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8'));
}

/** The report, object by object: what `--format json` prints. */
export function reportTables(): string {
  const root = readSchema('report.schema.json');
  const defs = Object.entries(root.$defs ?? {});
  const sections = [['report', root] as const, ...defs].map(([name, schema]) =>
    `### ${name}\n\n${schema.description ?? ''}\n\n${schema.properties ? fieldTable(schema) : typeOf(schema)}`.replaceAll(
      /\n{3,}/g,
      '\n\n',
    ),
  );
  return sections.join('\n\n');
}

/** The keys of `.github/headroom.yml`. */
export function policyTable(): string {
  const root = readSchema('policy.schema.json');
  const rows = Object.entries(root.properties ?? {})
    .filter(([key]) => key !== '$schema')
    .map(([key, schema]) => [`\`${key}\``, typeOf(schema), schema.description ?? '']);
  return table(['key', 'value', 'meaning'], rows);
}

/** What an entry of `gpus` may say when a name alone does not do. */
export function policyGpuTable(): string {
  const gpus = readSchema('policy.schema.json').properties?.gpus?.items?.anyOf ?? [];
  const object = gpus.find((one) => one.properties !== undefined) ?? {};
  return fieldTable(object);
}

function fieldTable(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([key, field]) => [
    `\`${key}\``,
    typeOf(field),
    field.description ?? '',
  ]);
  return table(['field', 'type', 'meaning'], rows);
}

function typeOf(schema: Schema): string {
  if (schema.$ref) return linkTo(schema.$ref);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
    return `map of ${typeOf(schema.additionalProperties)}`;
  return [schema.type ?? 'anything'].flat().join(' or ');
}

function linkTo(reference: string): string {
  const name = reference.split('/').at(-1) ?? '';
  return `[${name}](#${name.toLowerCase()})`;
}
