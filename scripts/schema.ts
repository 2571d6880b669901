/**
 * Writes the published JSON schemas from the zod schemas that the program itself uses. Run it after a change of
 * either; CI fails when a file under schema/ is not what this writes.
 */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { factsSchema } from '../src/models/facts/schema.ts';
import { policySchema } from '../src/policy/schema.ts';
import { reportSchema } from '../src/report/schema.ts';

const SCHEMAS = [
  { file: 'report.schema.json', title: 'Headroom report', schema: reportSchema },
  { file: 'policy.schema.json', title: 'Headroom policy', schema: policySchema },
  { file: 'facts.schema.json', title: 'Headroom facts', schema: factsSchema },
];

for (const { file, title, schema } of SCHEMAS) {
  // `input`: what people and programs write, before defaults are filled in.
  const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input' });
  const url = new URL(`../schema/${file}`, import.meta.url);
  writeFileSync(url, `${JSON.stringify({ $schema, title, ...body }, null, 2)}\n`);
}
