import type { Unsupported } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { imageName, isBesideEngine } from '../../engines/image-name.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName } from '../../text.ts';
import type { Start } from '../launch.ts';
import { cannotRead } from '../unsupported.ts';
import type { Pod } from './pods.ts';

/** Names that people give to the container of an engine. */
const ENGINE_NAME =
  /^(?:vllm|sglang|llama[-_]?cpp|llama-server|tgi|trtllm|lmdeploy|ollama)(?:[-_](?:server|engine|openai|serve|serving|inference|container))?$/;
/** An engine's name in the name of somebody's image. */
const ENGINE_IN_IMAGE =
  /(?:^|[-_.])(?:vllm|sglang|llama[-_.]?cpp|llama-server|tgi|text-generation-inference|lmdeploy|trt-?llm|tensorrt-?llm)(?:[-_.]|$)/;

/**
 * A container of an engine, by its name or its image, that gets a GPU and leaves what it starts to the image or to a script that
 * is not in the repository: said aloud. Null for one that starts something else, waits, or is none of an engine.
 */
export function hiddenLaunch(
  starts: readonly Start[],
  name: string | null,
  pod: Pod,
  engines: readonly Engine[],
): Unsupported | null {
  const [start] = starts;
  if (!start || pod.joins === true || pod.commanded === true || !isOfEngine(start, name, engines)) return null;
  if (start.gpuRequest.count === null && pod.serves !== true) return null;
  const { image, format, anchor } = start;
  const remedy = 'Write the engine’s command or arguments into the container, or check the launch by hand.';
  if (!start.hasCommand && (start.words[0]?.text.text ?? '-').startsWith('-')) {
    const reason = `Its image ${(image?.value ?? '').slice(0, 200)} starts an engine with arguments that only the image knows.`;
    return cannotRead(reason, remedy, start.name, format, anchor);
  }
  const programs = starts.map(({ words }) => programIn(words));
  if (programs.some((word) => WAITING.test(word?.text.text ?? ''))) return null;
  const script = programs.findLast((word) => word !== null && isOwnProgram(word));
  if (!script) return null;
  const reason = `It starts ${script.text.text.slice(0, 200)}, which the repository does not hold.`;
  return cannotRead(reason, remedy, start.name, format, script.text.segments.length > 0 ? script.text : anchor);
}

function isOfEngine({ image }: Start, name: string | null, engines: readonly Engine[]): boolean {
  if (image === null) return false;
  const { last } = imageName(image.value);
  const isCalled = ENGINE_NAME.test(name ?? '') || (ENGINE_IN_IMAGE.test(last) && !isBesideEngine(last));
  return isCalled || engines.some(({ ownsImage }) => ownsImage(image.value));
}

/** What only passes on to the program behind it. */
const IN_FRONT =
  /(?:^|\/)(?:ba|z|da)?sh$|(?:^|\/)(?:python[\d.]*|exec|eval|env|nohup|tini|dumb-init|numactl|uv|run|time|source|\.)$|^-|^\w+=/;
/** A pod that people work in. */
const WAITING = /(?:^|\/)(?:sleep|tail|jupyter[\w-]*)$/;
/** A script, or a program in a folder of its own. */
const OWN_PROGRAM = /^[\w./~-]{1,300}\.(?:sh|bash|py)$|^\/(?!(?:usr\/)?s?bin\/)[\w./-]{1,300}$/;
/** Scripts of engines' images that serve nothing. */
const NO_SERVER =
  /bench|perf|test|eval|client|download|train|tune|convert|quant|warm|health|probe|wait|install|router|proxy|gateway|notebook|exporter|load[-_]?gen/i;

function programIn(words: readonly Word[]): Word | null {
  return words.find(({ text }) => !IN_FRONT.test(text.text)) ?? null;
}

function isOwnProgram({ text, unresolved }: Word): boolean {
  const { text: written } = text;
  if (unresolved !== null) return /^["']?\$/.test(written) || written === '';
  return OWN_PROGRAM.test(written) && !NO_SERVER.test(baseName(written));
}
