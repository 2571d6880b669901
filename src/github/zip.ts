import { inflateRawSync } from 'node:zlib';

/** Layout: PKWARE's APPNOTE.TXT, 4.3.12 (central directory) and 4.3.7 (local header). */
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const MAX_COMMENT = 65_535;
const MAX_ENTRIES = 100;

/**
 * One file of a ZIP archive, or null when it has none of that name, is no archive, or the file is larger than `limitBytes`
 * once unpacked. Nothing is written anywhere; sizes that the archive states are not believed.
 */
export function unzipOne(archive: Buffer, name: string, limitBytes: number): Buffer | null {
  try {
    const end = endOf(archive);
    if (end === null) return null;
    const count = Math.min(MAX_ENTRIES, archive.readUInt16LE(end + 10));
    let at = archive.readUInt32LE(end + 16);
    for (let entry = 0; entry < count; entry++) {
      if (archive.readUInt32LE(at) !== ENTRY) return null;
      const [nameLength, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [
        number,
        number,
        number,
      ];
      if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) return contentOf(archive, at, limitBytes);
      at += 46 + nameLength + extra + comment;
    }
    return null;
  } catch {
    // Offsets that lead outside, or data that does not unpack: no archive of ours.
    return null;
  }
}

function endOf(archive: Buffer): number | null {
  const last = archive.length - END_SIZE;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) if (archive.readUInt32LE(at) === END) return at;
  return null;
}

function contentOf(archive: Buffer, entry: number, limitBytes: number): Buffer | null {
  const method = archive.readUInt16LE(entry + 10);
  const packed = archive.readUInt32LE(entry + 20);
  const local = archive.readUInt32LE(entry + 42);
  if (archive.readUInt32LE(local) !== LOCAL) return null;
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const data = archive.subarray(start, start + packed);
  if (method === 0) return data.length <= limitBytes ? data : null;
  return method === 8 ? inflateRawSync(data, { maxOutputLength: limitBytes }) : null;
}
