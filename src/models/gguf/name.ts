/** What the name of a GGUF file, repository or address says. */
export interface GgufName {
  /** Names that the model itself may have, the likeliest first: `Qwen/Qwen3-0.6B`, `Qwen3-0.6B`. */
  readonly models: readonly string[];
  /** As llama-quantize calls it (`Q4_K_M`), or null when the name does not say. */
  readonly mix: string | null;
  readonly quantizationAware: boolean;
  /** Repository on a Hub that it comes from, or null. */
  readonly repository: string | null;
}

const MIX =
  /(?:^|[-._:])((?:UD[-_])?(?:IQ[1-4]_(?:XXS|XS|S|M|NL)|Q[1-8]_K_(?:XL|XXL|S|M|L)|Q[2-8]_K|Q[1-8]_[01]|TQ[12]_0|Q8_K_XL|BF16|F16|FP16|F32|FP32|MXFP4(?:_MOE)?|NVFP4))$/i;
const SPLIT = /-\d{5}-of-\d{5}$/;
/** Words that makers of files put behind a model's name; none of them changes its shape. */
const DECORATION = /[-._](?:GGUF|gguf|i1|imat|imatrix|qat|unquantized|Original|bf16|hf|HF|MTP|mtp)$/;
const LONGEST = 400;

/** Takes the name of a GGUF apart: a path (`/` or `\`), `repository:quantization`, an address. */
export function ggufName(written: string): GgufName {
  const text = written.slice(0, LONGEST).trim().replaceAll('\\', '/');
  const address =
    /^(?:https?:\/\/huggingface\.co|hf\.co|huggingface\.co|huggingface:\/|hf:\/|hf:\/\/|https?:\/\/hf\.co)\//.exec(
      text,
    );
  const path = address ? text.slice(address[0].length).replace(/\/(?:resolve|blob)\/[^/]{1,100}\//, '/') : text;
  const [head = '', tail = null] = address || !/^[./~]|^[A-Za-z]:\//.test(path) ? splitTag(path) : [path];
  const parts = head.split('/').filter((part) => part !== '' && part !== '.');
  const file = /\.gguf$/i.test(parts.at(-1) ?? '') ? (parts.pop() ?? '').replace(/\.gguf$/i, '') : null;
  const inFile = file === null ? null : file.replace(SPLIT, '');
  const { stem, mix } = apart(inFile ?? parts.at(-1) ?? '');
  const names = [stem, ...folders(parts)].flatMap(namesOf);
  const isHub = address !== null || (file === null && parts.length === 2);
  return {
    models: [...new Set(names)].filter((name) => name.length > 2).slice(0, 12),
    mix:
      normalMix(tail) ??
      normalMix(mix) ??
      parts.map((part) => normalMix(apart(part).mix ?? part)).find((one) => one !== null) ??
      null,
    quantizationAware: /(?:^|[-._/])qat(?:[-._/]|$)/i.test(head),
    repository: isHub && parts.length >= 2 ? parts.slice(0, 2).join('/') : null,
  };
}

function splitTag(path: string): [string, string | null] {
  const colon = path.lastIndexOf(':');
  return colon > path.lastIndexOf('/') && colon > 0 ? [path.slice(0, colon), path.slice(colon + 1)] : [path, null];
}

/** Folders name the model too: `…/Qwen/Qwen3-8B-GGUF/…`. */
function folders(parts: readonly string[]): string[] {
  const found: string[] = [];
  for (const [index, part] of parts.entries()) {
    const { stem } = apart(part);
    const owner = parts[index - 1];
    if (owner !== undefined) found.push(`${owner}/${stem}`);
    found.push(stem);
  }
  return found.toReversed();
}

function apart(name: string): { readonly stem: string; readonly mix: string | null } {
  let stem = name;
  let mix: string | null = null;
  for (let count = 0; count < 6; count++) {
    const found: RegExpExecArray | null = mix === null ? MIX.exec(stem) : null;
    if (found) {
      mix = found[1] ?? null;
      stem = stem.slice(0, found.index);
      continue;
    }
    const shorter = stem.replace(DECORATION, '');
    if (shorter === stem) break;
    stem = shorter;
  }
  return { stem, mix };
}

/** `FP16` is `F16`; `MXFP4` of a file that was published so is the mix of that name. */
function normalMix(mix: string | null): string | null {
  if (mix === null || !MIX.test(`-${mix}`)) return null;
  const upper = mix.toUpperCase().replace(/^UD_/, 'UD-').replace(/^FP/, 'F');
  return upper === 'MXFP4' ? 'MXFP4_MOE' : upper;
}

/** bartowski's files are called `Owner_Model`. */
function namesOf(stem: string): string[] {
  const underscore = stem.indexOf('_');
  const owned =
    underscore > 1 && !stem.includes('/') ? [`${stem.slice(0, underscore)}/${stem.slice(underscore + 1)}`] : [];
  return [stem, ...owned, ...(underscore > 1 ? [stem.slice(underscore + 1)] : [])];
}
