import type { Located } from '../../deployment.ts';
import { type MappedText, placeOfMapped, sliceMapped, writtenAs } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName } from '../../text.ts';
import { gpusOfDevices } from '../visible-gpus.ts';

/** `docker run … IMAGE words`, taken apart. */
export interface ContainerRun {
  readonly image: Word;
  /** The entrypoint, when the command line gives one, and the words behind the image. */
  readonly words: readonly Word[];
  /** Whether `--entrypoint` replaces the image's own. */
  readonly entrypoint: boolean;
  readonly environment: ReadonlyMap<string, Word>;
  /** GPUs that `--gpus` gives; null for all, or none said. */
  readonly count: Located<number> | null;
}

/** Options of `docker run` without a value (docs: docker container run); every other option takes one. */
const FLAGS =
  /^(?:-[dit]+|-P|--(?:detach|interactive|tty|rm|init|privileged|read-only|publish-all|no-healthcheck|oom-kill-disable|sig-proxy|quiet|disable-content-trust|replace|systemd)(?:=.*)?)$/;

/** Programs that only show what stands behind them (`printf '%q ' "${command[@]}"`). */
const SPEAKS = /^(?:echo|printf|cat|log|logger)$/;

/** Options of `apptainer run` without a value (Apptainer docs, CLI reference). */
const APPTAINER_FLAGS =
  /^(?:-[ceCWup]+|--(?:nv|nvccli|rocm|cleanenv|compat|contain|containall|writable|writable-tmpfs|fakeroot|no-home|no-init|ipc|pid|net|uts|userns|unsquash|no-eval|no-privs|disable-cache|quiet|sharens))$/;

/**
 * `apptainer run --nv vllm-openai_v0.9.1.sif --model …` and the same of Singularity: the image's own entrypoint with the words
 * behind it. `exec` starts another program in it, which is found as such.
 */
function apptainerRunOf(words: readonly Word[]): ContainerRun | null {
  const tool = words.findIndex(({ text }) => /(?:^|\/)(?:apptainer|singularity)$/.test(text.text));
  if (tool === -1 || tool > 12 || SPEAKS.test(words[0]?.text.text ?? '')) return null;
  const isInstance = words[tool + 1]?.text.text === 'instance';
  const verb = words[tool + (isInstance ? 2 : 1)]?.text.text ?? '';
  if (!/^(?:run|start)$/.test(verb)) return null;
  const environment = new Map<string, Word>();
  let index = tool + (isInstance ? 3 : 2);
  for (; index < words.length; index++) {
    const word = words[index];
    const written = word?.text.text ?? '';
    // What a template puts in among the options.
    if (!word || (!written.startsWith('-') && !isSif(written))) {
      if (word?.unresolved !== null || /^\uE000+$/.test(written)) continue;
      break;
    }
    if (!written.startsWith('-')) break;
    if (APPTAINER_FLAGS.test(written) || written.includes('=')) continue;
    const value = words[++index];
    if (value && written === '--env') addVariable(environment, value);
  }
  const image = words[index];
  if (!image || !isSif(image.text.text)) return null;
  // An instance has a name behind its image.
  const rest = words.slice(index + (isInstance ? 2 : 1));
  const named = { text: writtenAs(image.text, imageOf(image.text.text)), unresolved: null };
  return { image: named, words: rest, entrypoint: false, environment, count: null };
}

function isSif(text: string): boolean {
  return /\.(?:sif|simg|img)$|^(?:docker|oras|library):\/\//.test(text);
}

/** `images/vllm-openai_v0.9.1.sif` was made of `vllm-openai:v0.9.1` (Apptainer docs, pull: NAME_TAG.sif). */
function imageOf(text: string): string {
  const base = text.replace(/^\w+:\/\//, '');
  if (base !== text) return base;
  return baseName(base)
    .replace(/\.\w+$/, '')
    .replace(/_(?=[^_]*$)/, ':');
}

/** Takes `docker run`, `docker create`, the same of `podman` and `nerdctl`, and `apptainer run` apart; null for any other command. */
export function containerRunOf(words: readonly Word[]): ContainerRun | null {
  const tool = words.findIndex(({ text }) => /(?:^|\/)(?:docker|podman|nerdctl)$/.test(text.text));
  if (tool === -1) return apptainerRunOf(words);
  if (tool > 3 || SPEAKS.test(words[0]?.text.text ?? '')) return null;
  const run = words.findIndex(({ text }, index) => index > tool && /^(?:run|create)$/.test(text.text));
  if (run === -1 || run > tool + 2) return null;
  // `docker compose run SERVICE …` names a service, not an image; `docker network create …` makes something else.
  const kind = words[run - 1];
  if (run > tool + 1 && kind && !/^(?:container|-)/.test(kind.text.text)) return null;
  const environment = new Map<string, Word>();
  let entrypoint: Word | null = null;
  let count: Located<number> | null = null;
  const devices: MappedText[] = [];
  let index = run + 1;
  for (; index < words.length; index++) {
    const word = words[index];
    if (!word) break;
    const written = word.text.text;
    if (word.unresolved !== null && !written.startsWith('-')) {
      // `$DOCKER_ARGS`, or the image itself in a variable: an image is what the launch words come right behind.
      if (isLast(words, index)) break;
      continue;
    }
    if (!written.startsWith('-')) break;
    if (FLAGS.test(written)) continue;
    const equals = written.startsWith('--') ? written.indexOf('=') : -1;
    const name = equals === -1 ? written : written.slice(0, equals);
    const value =
      equals === -1 ? words[++index] : { ...word, text: sliceMapped(word.text, equals + 1, written.length) };
    if (!value) break;
    if (name === '-e' || name === '--env') addVariable(environment, value);
    else if (name === '--entrypoint') entrypoint = value;
    else if (name === '--gpus') count = gpuCount(value);
    else if (name === '--device') devices.push(value.text);
  }
  const image = words[index];
  if (!image) return null;
  const rest = words.slice(index + 1);
  return {
    image,
    words: entrypoint ? [entrypoint, ...rest] : rest,
    entrypoint: entrypoint !== null,
    environment,
    count: count ?? gpusOfDevices(devices),
  };
}

/** Whether an open word is the image: the next word starts the arguments or the command. */
function isLast(words: readonly Word[], index: number): boolean {
  const next = words[index + 1]?.text.text ?? '';
  // Docker's `-m` takes a size; Python's takes a module.
  if (next === '-m' && /^[A-Za-z_][\w.]*$/.test(words[index + 2]?.text.text ?? '')) return true;
  const options =
    /^(?:-[a-zA-Z]|--(?:env|volume|publish|gpus|shm-size|ipc|name|network|restart|entrypoint|runtime|device|rm|detach|ulimit|mount|workdir|user|cap-add|security-opt|label|env-file))(?:[= ]|$)/;
  return next === '' || !options.test(next);
}

function addVariable(environment: Map<string, Word>, word: Word): void {
  const equals = word.text.text.indexOf('=');
  if (equals <= 0) return;
  const text = sliceMapped(word.text, equals + 1, word.text.text.length);
  environment.set(word.text.text.slice(0, equals), { text, unresolved: word.unresolved });
}

/** `--gpus 2`, `--gpus '"device=0,1"'`; `all` says nothing. */
function gpuCount({ text, unresolved }: Word): Located<number> | null {
  if (unresolved !== null) return null;
  const devices = /device=([\w,-]+)/.exec(text.text)?.[1]?.split(',').length;
  const count = devices ?? Number(/^(?:count=)?(\d{1,4})$/.exec(text.text)?.[1]);
  return Number.isInteger(count) && count > 0 ? { value: count, place: placeOfMapped(text) } : null;
}
