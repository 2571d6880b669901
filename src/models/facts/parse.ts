import type { SourceFile } from '../../text.ts';
import { parseConfig } from '../config/text.ts';
import { elementsOf, type FactsEntry, type FactsFile, FORMAT_VERSION } from './file.ts';
import { measurementsOf } from './measurements.ts';
import { count, list, recordOf, text, texts } from '../config/fields.ts';

/** Reads the facts file; one with a problem is never half used. */
export function parseFacts(file: SourceFile): FactsFile | { readonly problem: string } {
  const parsed = parseConfig(file.text);
  if ('problem' in parsed) return { problem: `${file.path}: ${parsed.problem}` };
  const fields = parsed.config;
  if (count(fields, 'version') !== FORMAT_VERSION) {
    return { problem: `${file.path}: its version is not ${FORMAT_VERSION}, the only one that this Headroom reads.` };
  }
  const models = recordOf(fields['models']);
  if (!models) return { problem: `${file.path}: it has no 'models'.` };
  const entries = new Map<string, FactsEntry>();
  for (const [key, value] of Object.entries(models)) {
    const entry = entryOf(value);
    if (!entry) return { problem: `${file.path}: '${key.slice(0, 200)}' states no source or no config.` };
    entries.set(key, entry);
  }
  const measurements = measurementsOf(file, fields['measurements']);
  return 'problem' in measurements ? measurements : { path: file.path, entries, measurements };
}

function entryOf(value: unknown): FactsEntry | null {
  const fields = recordOf(value);
  const source = fields ? text(fields, 'source') : null;
  const config = fields ? recordOf(fields['config']) : null;
  if (!fields || source === null || !config) return null;
  const bytes = fields['checkpointBytes'];
  return {
    source,
    revision: text(fields, 'revision'),
    config,
    quantizationFrom: text(fields, 'quantizationFrom'),
    checkpointBytes: typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null,
    elements: elementsOf(fields['elements']),
    unread: null,
    leftOut: list(fields, 'leftOut') ? texts(fields, 'leftOut') : [],
  };
}
