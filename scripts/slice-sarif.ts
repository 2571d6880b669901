/**
 * Takes the published schema of SARIF 2.1.0 without its descriptions, for the tests:
 *   node scripts/slice-sarif.ts PATH_OF_SARIF_SCHEMA_2_1_0_JSON
 * The schema is in oasis-tcs/sarif-spec, sarif-2.1/schema/sarif-schema-2.1.0.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: slice-sarif.ts PATH_OF_SARIF_SCHEMA_2_1_0_JSON');
const whole = JSON.parse(readFileSync(source, 'utf8')) as Record<string, unknown>;
// Draft 4 calls `id` what later drafts call `$id`; the tests' validator reads the later ones.
const { id, $schema: _draft4, ...rest } = whole;
const slice = { $id: id, ...(lean(rest, false) as object) };
writeFileSync(new URL('../test/report/sarif.schema.json', import.meta.url), `${JSON.stringify(slice)}\n`);

/** `isMap`: keys are names of properties, one of which may be `description`. */
function lean(value: unknown, isMap: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => lean(item, false));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => isMap || (key !== 'description' && key !== 'default'));
  return Object.fromEntries(
    kept.map(([key, inner]) => [key, lean(inner, !isMap && (key === 'properties' || key === 'definitions'))]),
  );
}
