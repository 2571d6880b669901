import { printedBytes } from './logged-figures.ts';

/** What PyTorch says where an allocation fails. */
export interface TorchOutOfMemory {
  /** Its own words, as far as they are there. */
  readonly text: string;
  /** Why, in figures where the text has them. */
  readonly cause: string;
  /** Bytes that captured graphs held already; null where it does not say. */
  readonly graphBytes: number | null;
}

/** `CUDA out of memory`, on AMD's and Intel's cards too, and what the driver says where PyTorch did not ask. */
const OUT_OF_MEMORY =
  /(?:OutOfMemoryError|\b(?:CUDA|HIP|XPU) out of memory|(?:CUDA|HIP) error: out of memory|CUDA_ERROR_OUT_OF_MEMORY)/;
const WANTED = /Tried to allocate ([\d.]{1,20} [KMG]iB)/;
/** PyTorch from 2.1 on, and before it (`GPU 0; 23.65 GiB total capacity; 21.67 GiB already allocated; 50.44 MiB free`). */
const CARD = [
  /total capac(?:i)?ty of ([\d.]{1,20} [KMG]iB) of which ([\d.]{1,20} [KMG]iB) is free/,
  /; ([\d.]{1,20} [KMG]iB) total capacity;[^;]{1,80}; ([\d.]{1,20} (?:[KMG]iB|bytes)) free/,
];
const POOLS = /with ([\d.]{1,20} [KMG]iB) allocated in private pools/;
const LONGEST_TEXT = 600;

/** Reads the message in a line with what follows it; null where there is none. `within` bounds where it begins. */
export function torchOutOfMemory(whole: string, within: number): TorchOutOfMemory | null {
  const found = OUT_OF_MEMORY.exec(whole);
  if (!found || found.index > within) return null;
  const text = whole.slice(found.index, found.index + LONGEST_TEXT).trim();
  const wanted = WANTED.exec(text)?.[1];
  const card = CARD.map((pattern) => pattern.exec(text)).find((one) => one !== null);
  const pools = POOLS.exec(text)?.[1];
  const cause =
    wanted === undefined
      ? 'more was asked for than the GPU had.'
      : card
        ? `${wanted} more were asked for, and ${card[2]} of ${card[1]} were free.`
        : `${wanted} more were asked for than the GPU had.`;
  // What stands in the next line belongs to the message only where its figures do.
  const own = whole.slice(found.index, Math.min(within, found.index + LONGEST_TEXT)).trim();
  return { text: WANTED.test(own) ? own : text, cause, graphBytes: pools === undefined ? null : printedBytes(pools) };
}
