import type { ImageVersion } from '../engine.ts';
import { imageName } from '../image-name.ts';

/** Services of NIM that generate no text: embeddings, ranking, parsing of documents, speech, pictures, proteins. */
const NOT_LANGUAGE =
  /embed|rerank|(?:^|[-_/])(?:nv-)?(?:ocr|ocdrnet|parse|yolox|riva|parakeet|canary|conformer|whisper|fastpitch|magpie|maxine|cosmos|flux|stable-diffusion|trellis|audio2face|studiovoice|bnr|boltz|alphafold|diffdock|evo2|genmol|molmim|rfdiffusion|proteinmpnn|openfold|msa-search|clip|deplot|cached|paddleocr|dino|segmentation)|page-elements|table-structure|graphic-elements|nemoretriever|(?:^|[-_/])(?:asr|tts|nmt)(?:[-_]|$)|content-safety|jailbreak|topic-control/;

/** Whether an image is a NIM that serves a language model. */
export function isNimImage(image: string): boolean {
  const { name } = imageName(image);
  return /(?:^|\/)nvcr\.io\/nim\/|(?:^|\/)nim\/[a-z0-9-]+\/[a-z0-9._-]+$/.test(name) && !NOT_LANGUAGE.test(name);
}

/** Images that take any model (`nvidia/llm-nim`, `nvidia/vllm`): the model is named beside them. */
const ANY_MODEL = /^(?:llm-nim|vllm|sglang|tensorrt-llm|trtllm|multi-llm)(?:-nim)?$/;

/** The model that an image is made for, as NVIDIA's catalogue calls it (`meta/llama-3.1-8b-instruct`). */
export function modelOfImage(image: string): string | null {
  if (!isNimImage(image)) return null;
  const { name, last } = imageName(image);
  const [, owner] = /\/?nim\/([^/]+)\/[^/]+$/.exec(name) ?? [];
  return owner === undefined || ANY_MODEL.test(last) ? null : `${owner}/${last.replace(/-(?:dgx-spark|pb\d.*)$/, '')}`;
}

/** NIM's own number, which says nothing of the engine inside (1.x brings several). */
export function versionOfImage(image: string): ImageVersion | null {
  if (!isNimImage(image)) return null;
  const version = /^v?(\d{1,2}\.\d{1,3}(?:\.\d{1,3})?)(?![\d.])/.exec(imageName(image).tag)?.[1] ?? null;
  return { version, by: null, published: true };
}
