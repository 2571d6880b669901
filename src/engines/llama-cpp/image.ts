import type { Device } from '../../deployment.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName } from '../../text.ts';
import type { ImageVersion } from '../engine.ts';

interface ImageParts {
  readonly name: string;
  readonly tag: string;
}

function partsOf(image: string): ImageParts {
  const bare = image.slice(0, 1_000).trim().toLowerCase().split('@')[0] ?? '';
  const colon = bare.lastIndexOf(':');
  if (colon <= bare.lastIndexOf('/')) return { name: bare, tag: '' };
  return { name: bare.slice(0, colon), tag: bare.slice(colon + 1) };
}

/** llama.cpp's own images (docs/docker.md): under both owners that it has had. */
const PUBLISHED = /^ghcr\.io\/(?:ggml-org|ggerganov)\/llama\.cpp$/;
const NAMED =
  /(?:^|\/)(?:ik[-_])?llama(?:\.cpp|[-_]?cpp|[-_]server)(?:[-_](?:server|cuda|rocm|vulkan|gpu|cuda\d+|python))*$/;

/** Images whose entrypoint is the server: `full` has a script in front, `light` the command line tool. */
export function ownsImage(image: string): boolean {
  const { name, tag } = partsOf(image);
  return NAMED.test(name) && !/^(?:light|full)/.test(tag);
}

/** `server-cuda-b6123` and `b6123` name the build; builds are llama.cpp's versions. */
export function versionOfImage(image: string): ImageVersion | null {
  const { name, tag } = partsOf(image);
  const build = /(?:^|[-_.])(b\d{3,6})(?:$|[-_.])/.exec(tag)?.[1] ?? null;
  const published = PUBLISHED.test(name);
  if (build !== null && NAMED.test(name)) return { version: build, by: null, published };
  return published ? { version: null, by: null, published } : null;
}

/** The image without an accelerator in its tag is the CPU's (docs/docker.md); `--device none` and `-ngl 0` keep a GPU out. */
export function deviceOf(image: string | null, words: readonly Word[]): Device {
  const texts = words.map(({ text }) => text.text);
  const behind = (flags: RegExp): string | undefined => texts[texts.findIndex((text) => flags.test(text)) + 1];
  const asked = texts.some((text) => /^(?:-dev|--device)$/.test(text)) ? behind(/^(?:-dev|--device)$/) : undefined;
  if (asked === 'none') return 'cpu';
  if (image === null) return 'gpu';
  const { name, tag } = partsOf(image);
  if (/(?:^|[-_.])cpu(?:$|[-_.])/.test(`${baseName(name)}-${tag}`)) return 'cpu';
  return PUBLISHED.test(name) && /^(?:server|full)(?:-b\d+)?$/.test(tag) ? 'cpu' : 'gpu';
}
