import { type GgufHeader, type GgufTensor, parseGguf } from '../models/gguf/header.ts';
import { configOfGguf } from '../models/gguf/config.ts';
import type { GgufValue } from '../models/gguf/reader.ts';
import type { StatedFacts } from '../models/stated-facts.ts';
import type { Files } from './files.ts';

/** Vocabularies make headers long: some ten megabytes, which is asked for in steps. */
const GROWTH = 8;
const MOST_SPLITS = 64;

/**
 * What the GGUF files of one quantization say of a model, in the place of config.json. A checkpoint may be split into
 * `…-00001-of-00003.gguf`.
 * @param names files of the repository.
 */
export async function readGguf(
  quantization: string,
  folder: string,
  fixed: boolean,
  names: readonly string[],
  files: Files,
): Promise<Pick<StatedFacts, 'config' | 'checkpointBytes' | 'quantizationFrom'> | { readonly problem: string }> {
  const chosen = filesOf(quantization, names);
  const [first] = chosen;
  if (first === undefined) return { problem: `it has no GGUF file of ${quantization}` };
  if (chosen.length > MOST_SPLITS) return { problem: `its ${quantization} is more than ${MOST_SPLITS} files` };
  const headers: GgufHeader[] = [];
  for (const name of chosen) {
    const header = await headerOf(`${folder}/${name.split('/').map(encodeURIComponent).join('/')}`, fixed, files);
    if ('problem' in header) return { problem: `${name.slice(0, 100)}: ${header.problem}` };
    headers.push(header);
  }
  const made = configOfGguf(headers);
  if ('problem' in made) return made;
  const bytes = headers.flatMap(({ tensors }) => tensors).reduce((sum, tensor) => sum + tensor.bytes, 0);
  return { config: made.config, checkpointBytes: bytes, quantizationFrom: first };
}

/**
 * Files of one quantization, all splits of the first such checkpoint: `…-Q4_K_M.gguf`, `…-Q4_K_M-00001-of-00002.gguf`,
 * `Q4_K_M/….gguf` (as vLLM looks for them, transformers_utils/gguf_utils.py).
 */
function filesOf(quantization: string, names: readonly string[]): readonly string[] {
  const word = quantization.replace(/[^A-Za-z0-9_-]/g, '');
  const inName = new RegExp(`(?:^|[-._/])${word}(?:-\\d{5}-of-\\d{5})?\\.gguf$`, 'i');
  const inFolder = new RegExp(`(?:^|[-._/])${word}/[^/]+\\.gguf$`, 'i');
  const own = names
    .filter((name) => (inName.test(name) || inFolder.test(name)) && !/(?:^|\/)mmproj/i.test(name))
    .sort();
  const stem = own[0]?.replace(SPLIT, '');
  return own.filter((name) => name.replace(SPLIT, '') === stem);
}

const SPLIT = /(?:-\d{5}-of-\d{5})?\.gguf$/i;

async function headerOf(
  path: string,
  fixed: boolean,
  files: Files,
): Promise<GgufHeader | { readonly problem: string }> {
  const found = await files.readStart(path, fixed, (start) => {
    const read = parseGguf(start);
    if ('more' in read) return { needBytes: start.byteLength * GROWTH, exact: false };
    return 'problem' in read ? read : { part: JSON.stringify({ ...read, metadata: [...read.metadata] }) };
  });
  if ('failure' in found) return { problem: found.failure };
  return headerOfText(found.part) ?? { problem: 'what the cache holds of it is broken' };
}

/** What {@link headerOf} wrote, here or into the cache. */
function headerOfText(text: string): GgufHeader | null {
  try {
    const { metadata, tensors } = JSON.parse(text) as { metadata: [string, GgufValue][]; tensors: GgufTensor[] };
    return { metadata: new Map(metadata), tensors: [...tensors] };
  } catch {
    return null;
  }
}
