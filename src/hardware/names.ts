/**
 * What tells nothing of the card, in one pass: its vendor and line, the board that carries it, what links it, what GPU Feature
 * Discovery puts behind a shared one, and all but letters, digits and dots. `NVLINK` goes, since CoreWeave writes it where NVIDIA
 * writes SXM; `NVL` stays, which is another card.
 */
const NOISE =
  /[-_.]shared$|\.com\/|nvidia|geforce|tesla|amd|instinct|radeon|gpu|nvlink|generation|oam|[hd]gx|[^a-z0-9.]+/g;
/** Whichever socket the module of a chip has, it is the chip's only one (`A100-SXM4`, `H100-SXM5`, `B200-SXM6`). */
const SOCKET = /sxm\d/g;

/** Whether a name says that several pods use the GPU in turns, as GPU Feature Discovery and the device plugin say it. */
export function isSharedName(name: string): boolean {
  return /[-_.]shared\s*$/i.test(name);
}

/** `NVIDIA-A100-SXM4-80GB`, `a100 sxm4 80gb` and `nvidia.com/…` spellings meet here. */
export function keyOf(name: string): string {
  return name.toLowerCase().replace(NOISE, '').replace(SOCKET, 'sxm');
}

/** `ml.g5.2xlarge` and `NC24ads_A100_v4` are what EC2 and Azure call `g5.2xlarge` and `Standard_NC24ads_A100_v4`. */
export function instanceKeyOf(type: string): string {
  return type
    .trim()
    .toLowerCase()
    .replace(/^(?:ml\.|standard_)/, '');
}

/** A name with the number of GPUs that stands in it: `8xH100`, `2x_nvidia_a100_80gb_sxm`, `L4:4`, `nvidia-a10g x2`. */
export function countedName(name: string): { readonly name: string; readonly count: number } | null {
  const [, before, behind] = /^\s*(\d{1,3})\s?x[\s_-]?(\S.{0,98})$/i.exec(name) ?? [];
  const [, ahead, after] = /^(.{0,98}\S)(?:[\s_-]?x|\s?:\s?)(\d{1,3})\s*$/i.exec(name) ?? [];
  const count = Number(before ?? after);
  const bare = behind ?? ahead;
  return bare !== undefined && count > 0 ? { name: bare, count } : null;
}

/** A name with the memory that stands behind it: `RTX 4060 Ti 8GB`, `T4_16GB`, `h100-94g`. */
export function sizedName(name: string): { readonly name: string; readonly nominalGb: number } | null {
  const [, bare, size] = /^(.{0,98}?)[\s_-]?(\d{1,3})\s?gi?b?\s*$/i.exec(name) ?? [];
  return bare !== undefined && size !== undefined && bare !== '' ? { name: bare, nominalGb: Number(size) } : null;
}

/** A MIG slice and the card that it is cut from, '' where the name leaves that open. */
export interface SliceName {
  readonly parent: string;
  readonly profile: string;
}

/**
 * `NVIDIA-A100-80GB-PCIe-MIG-1g.10gb`, `nvidia.com/mig-1g.10gb.me`, Slurm's `a100_3g.20gb`, a compute instance's `1c.3g.20gb`
 * (NVIDIA MIG user guide, "MIG Device Names"). Media and graphics extensions change no memory.
 */
export function sliceName(name: string): SliceName | null {
  const pattern =
    /^(.{0,99}?)(?:[\s_-]?mig)?[\s_.-]?(?:\d{1,2}c\.)?(\d{1,2}g\.\d{1,3}gb)(?:[\s.+_-](?:me|gfx|all)){0,3}(?:[-_.]shared)?\s*$/i;
  const [, parent, profile] = pattern.exec(name) ?? [];
  if (parent === undefined || profile === undefined) return null;
  return { parent: keyOf(parent) === '' ? '' : parent, profile: profile.toLowerCase() };
}

/** A virtual GPU: the board, and the frame buffer of its profile in GiB. */
export interface VirtualName {
  readonly board: string;
  readonly profile: string;
  readonly frameBufferGib: number;
}

/** `NVIDIA A10-24Q`, `GRID A100D-10C`, `GRID A100D-1-10C` on a slice (NVIDIA vGPU user guide, "Virtual GPU Types"). */
export function virtualName(name: string): VirtualName | null {
  const [, board, slices = '', size, series = ''] =
    /^\s*(?:grid[\s_-])?(.{1,60}?)[\s_-](\d-)?(\d{1,3})([abcq])(?:[-_.]shared)?\s*$/i.exec(name) ?? [];
  if (board === undefined || size === undefined) return null;
  return { board, profile: `${slices}${size}${series}`.toLowerCase(), frameBufferGib: Number(size) };
}
