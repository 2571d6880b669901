import { recordOf } from '../models/config/fields.ts';
import {
  type ElementCounts,
  headerLength,
  LENGTH_BYTES,
  parseSafetensors,
  type SafetensorsHeader,
  sumElements,
} from '../models/safetensors.ts';
import type { Files } from './files.ts';

/** Where a checkpoint lies, and what is known of its files already. */
export interface Checkpoint {
  /** Path of the files below the endpoint, up to their names: `owner/name/resolve/<revision>`. */
  readonly folder: string;
  /** Whether that names a commit. */
  readonly fixed: boolean;
  /** Weight files by name, or null where the Hub lists none. */
  readonly names: readonly string[] | null;
}

/** The index of the largest checkpoints is some 10 MB. */
const MAX_INDEX_BYTES = 16_000_000;
/** More shards than this cost more requests than a comparison is worth. */
const MAX_SHARDS = 16;
const AT_ONCE = 4;

/** What all headers of a checkpoint say together, or why that cannot be known. */
export async function readHeaders(
  { folder, fixed, names }: Checkpoint,
  files: Files,
): Promise<{ readonly elements: ElementCounts; readonly bytes: number } | { readonly problem: string }> {
  const shards = names ?? (await shardsOfIndex(folder, fixed, files));
  if (shards.length === 0) return { problem: 'it has no safetensors' };
  if (shards.length > MAX_SHARDS) return { problem: `it has more than ${MAX_SHARDS} weight files` };
  const headers: SafetensorsHeader[] = [];
  for (let at = 0; at < shards.length; at += AT_ONCE) {
    const some = shards.slice(at, at + AT_ONCE);
    const read = await Promise.all(some.map((name) => readHeader(`${folder}/${encodePath(name)}`, fixed, files)));
    for (const [which, one] of read.entries()) {
      if ('problem' in one) return { problem: `${(some[which] ?? '').slice(0, 100)}: ${one.problem}` };
      headers.push(one);
    }
  }
  return {
    elements: sumElements(headers.map(({ elements }) => elements)),
    bytes: headers.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Names in `model.safetensors.index.json`; without one a checkpoint is one file. */
async function shardsOfIndex(folder: string, fixed: boolean, files: Files): Promise<readonly string[]> {
  const answer = await files.read(`${folder}/model.safetensors.index.json`, fixed, MAX_INDEX_BYTES);
  if ('failure' in answer || answer.status !== 200) return ['model.safetensors'];
  const index = parsed(answer.text);
  const map = index ? recordOf(index['weight_map']) : null;
  const names = new Set(Object.values(map ?? {}).filter((name) => typeof name === 'string'));
  return [...names].filter((name) => /^[\w][\w.-]{0,200}\.safetensors$/.test(name)).sort();
}

async function readHeader(
  path: string,
  fixed: boolean,
  files: Files,
): Promise<SafetensorsHeader | { readonly problem: string }> {
  const found = await files.readStart(path, fixed, (start) => {
    if (start.byteLength < LENGTH_BYTES) return { problem: 'it is shorter than a safetensors file can be' };
    const length = headerLength(start);
    if (typeof length !== 'number') return length;
    const end = LENGTH_BYTES + length;
    return start.byteLength < end
      ? { needBytes: end, exact: true }
      : { part: Buffer.from(start.buffer, start.byteOffset + LENGTH_BYTES, length).toString('utf8') };
  });
  if ('failure' in found) return { problem: found.failure };
  const { part, fileBytes } = found;
  const headerBytes = Buffer.byteLength(part);
  return parseSafetensors(part, fileBytes === null ? null : fileBytes - LENGTH_BYTES - headerBytes);
}

function encodePath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

function parsed(json: string): Readonly<Record<string, unknown>> | null {
  try {
    return recordOf(JSON.parse(json));
  } catch {
    return null;
  }
}
