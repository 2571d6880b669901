import type { ImageVersion } from '../engine.ts';
import { imageName } from '../image-name.ts';

/** `3.3.4`, `2.4.1-rocm`, `3.0.2-trtllm`; `1.4` is the newest patch of that line. */
const TAG = /^v?([0-3]\.\d{1,2}(?:\.\d{1,2})?)(?=$|-)/;
/** SageMaker's: `2.4.0-tgi3.0.1-gpu-py311-cu124-ubuntu22.04`. */
const SAGEMAKER = /-tgi([0-3]\.\d{1,2}(?:\.\d{1,2})?)(?=$|-)/;
/** Google's, in name or tag: `huggingface-text-generation-inference-cu124.2-3.ubuntu2204.py311`. */
const GOOGLE = /text-generation-inference-cu\d{2,3}\.(\d)-(\d{1,2})\./;
/** Images that somebody publishes for everyone. */
const PUBLISHED =
  /^ghcr\.io\/huggingface\/|(?:^|\/)huggingface-(?:pytorch-)?(?:tgi|text-generation)-inference|^(?:us-docker\.pkg\.dev|gcr\.io)\/deeplearning-platform-release\/|^registry\.(?:hf|redhat)\./;

/** Whether an image is TGI's own; what it is called by all who copy it. */
export function isTgiImage(image: string): boolean {
  const { last } = imageName(image);
  if (/benchmark|router|client|chat-ui/.test(last)) return false;
  return /^(?:huggingface-)?text-generation-inference(?:$|[-_.])|(?:^|-)tgi-inference(?:$|-)|^tgi(?:-(?:gaudi|rocm|gpu|xpu|intel))?$/.test(
    last,
  );
}

/** What an image reference says about the TGI inside it. */
export function versionOfImage(image: string): ImageVersion | null {
  if (!isTgiImage(image)) return null;
  const { name, tag } = imageName(image);
  const [, major, minor] = GOOGLE.exec(name) ?? [];
  const published = PUBLISHED.test(name);
  if (major !== undefined) return { version: `${major}.${minor}`, by: null, published: true };
  const version = SAGEMAKER.exec(tag)?.[1] ?? TAG.exec(tag)?.[1] ?? null;
  return version === null && !published ? null : { version, by: null, published: true };
}
