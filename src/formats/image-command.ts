import type { Engine } from '../engines/engine.ts';
import type { Word } from '../syntax/word.ts';
import { baseName } from '../text.ts';
import type { Start } from './launch.ts';

/** Programs that images bring beside their engine, and scripts, which are nobody's options. */
const OTHER_PROGRAM =
  /^(?:sleep|tail|cat|true|tini|(?:ba|z|da)?sh|python[\d.]*|pip[\d.]*|uv|ray|nvidia-smi|rocm-smi|jupyter|jupyter-lab|vllm|torchrun|accelerate|huggingface-cli|hf|curl|wget|ls|env|nginx|node|bun|npm|supervisord|uvicorn|gunicorn|streamlit|[\w.-]+\.(?:sh|bash|py))$/;

/** Whether the words behind an image are a command of their own, not arguments of the image's. */
export function startsAnotherProgram([first]: readonly Word[]): boolean {
  const written = first?.text.text ?? '';
  return OTHER_PROGRAM.test(baseName(written));
}

/**
 * An entrypoint of the team's own in front of an engine's image (`/entrypoint.sh --model …`) hands on what stands behind
 * it, if these are its options: the launch as its image's own command would have it.
 */
export function throughWrapper(start: Start, own: number, engines: readonly Engine[]): Start {
  const { words, image } = start;
  const behind = words.slice(own);
  if (own !== 1 || image === null || startsInterpreter(words) || startsAnotherProgram(behind)) return start;
  const engine = engines.find(({ ownsImage }) => ownsImage(image.value));
  const known = behind.filter(({ text }) => {
    const [, name] = /^--([\w.-]+)/.exec(text.text) ?? [];
    return name !== undefined && engine?.knowsArgument(name) === true;
  });
  return known.length >= 2 ? { ...start, words: behind, hasCommand: false } : start;
}

function startsInterpreter([first]: readonly Word[]): boolean {
  return startsAnotherProgram(first ? [first] : []) && !/\.(?:sh|bash|py)$/.test(first?.text.text ?? '');
}
