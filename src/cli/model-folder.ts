import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ModelFacts } from '../models/architecture.ts';
import {
  LONGEST_CONFIG,
  parseConfig,
  QUANTIZATION_FILE,
  statesQuantization,
  withQuantization,
} from '../models/config/text.ts';
import {
  headerLength,
  LENGTH_BYTES,
  parseSafetensors,
  type SafetensorsHeader,
  sumElements,
} from '../models/safetensors.ts';
import { factsOf, type StatedFacts } from '../models/stated-facts.ts';

/** More weight files than any checkpoint has. */
const MOST_FILES = 1_000;

/**
 * A folder or a config.json that the user points at, wherever it lies; links in the Hub's own cache are followed.
 * @returns null when there is no such config.json; a `problem` for one that cannot be used.
 */
export function modelOnDisk(name: string, cwd: string): ModelFacts | { readonly problem: string } | null {
  const path = resolve(cwd, name);
  const file = name.endsWith('.json') ? path : join(path, 'config.json');
  const folder = dirname(file);
  const config = configAt(file);
  if (config === null) return null;
  if ('problem' in config) return config;
  const beside = statesQuantization(config.config) ? null : configAt(join(folder, QUANTIZATION_FILE));
  if (beside && 'problem' in beside) return beside;
  const made = factsOf(
    name,
    {
      source: file,
      revision: null,
      config: beside ? withQuantization(config.config, beside.config) : config.config,
      quantizationFrom: beside ? QUANTIZATION_FILE : null,
      ...weightsIn(folder),
    },
    'disk',
  );
  return 'problem' in made ? { problem: `${file}: ${made.problem}` } : made;
}

function configAt(file: string): ReturnType<typeof parseConfig> | null {
  if (!existsSync(file)) return null;
  if (!statSync(file).isFile() || statSync(file).size > LONGEST_CONFIG) return { problem: `${file} is no config.json` };
  const parsed = parseConfig(readFileSync(file, 'utf8'));
  return 'problem' in parsed ? { problem: `${file}: ${parsed.problem}` } : parsed;
}

/** Size and elements of the safetensors that lie in a folder, by their headers alone. */
function weightsIn(folder: string): Pick<StatedFacts, 'checkpointBytes' | 'elements' | 'unread'> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
  const own = names.filter((name) => !name.startsWith('consolidated'));
  const chosen = (own.length > 0 ? own : names).slice(0, MOST_FILES);
  if (chosen.length === 0) return { checkpointBytes: null, elements: null, unread: null };
  const headers: SafetensorsHeader[] = [];
  for (const name of chosen) {
    const header = headerAt(join(folder, name));
    if ('problem' in header)
      return { checkpointBytes: null, elements: null, unread: `${basename(name)}: ${header.problem}` };
    headers.push(header);
  }
  return {
    checkpointBytes: headers.reduce((sum, { bytes }) => sum + bytes, 0),
    elements: sumElements(headers.map(({ elements }) => elements)),
    unread: null,
  };
}

function headerAt(path: string): SafetensorsHeader | { readonly problem: string } {
  const descriptor = openSync(path, 'r');
  try {
    const part = (from: number, bytes: number): Buffer => {
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, from));
    };
    const length = headerLength(part(0, LENGTH_BYTES));
    if (typeof length !== 'number') return length;
    const { size } = fstatSync(descriptor);
    if (LENGTH_BYTES + length > size) return { problem: 'its header is longer than itself' };
    return parseSafetensors(part(LENGTH_BYTES, length).toString('utf8'), size - LENGTH_BYTES - length);
  } finally {
    closeSync(descriptor);
  }
}
