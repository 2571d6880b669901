/**
 * Fills the generated blocks of the documents: tables from the published schemas, from action.yml and from the rules, and
 * output from the program itself. CI fails when a document is not what this writes. `npm run generate` runs it after the build.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { accuracyGenerators } from './docs/accuracy-tables.ts';
import { inputTable, outputTable } from './docs/action-tables.ts';
import { engineTable, knobTable, memoryOptionList } from './docs/engine-tables.ts';
import { exampleOutput, formatTable, guideTable, ruleTable } from './docs/examples.ts';
import { fillDocument, type Generators } from './docs/fill.ts';
import { modelProblemTable, openValueTable, unknownTable, unsupportedTable } from './docs/messages.ts';
import { otherEngineGenerators } from './docs/other-engines.ts';
import { policyGpuTable, policyTable, reportTables } from './docs/schema-tables.ts';

const generators: Generators = {
  'action-inputs': inputTable,
  'action-outputs': outputTable,
  'policy-keys': policyTable,
  'policy-gpu': policyGpuTable,
  report: reportTables,
  rules: ruleTable,
  formats: formatTable,
  engines: engineTable,
  'engine-knobs': knobTable,
  'engine-memory-options': memoryOptionList,
  'messages-unsupported': unsupportedTable,
  'messages-model': modelProblemTable,
  'messages-open': openValueTable,
  'messages-unknown': unknownTable,
  guide: guideTable,
  example: exampleOutput,
  ...accuracyGenerators,
  ...otherEngineGenerators,
};

const root = new URL('../', import.meta.url);
const documents = [
  'README.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

for (const name of documents) {
  const url = new URL(name, root);
  const text = readFileSync(url, 'utf8');
  const filled = fillDocument(text, generators);
  if (filled !== text) writeFileSync(url, filled);
}
