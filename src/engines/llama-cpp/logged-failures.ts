import { gib, MIB } from '../../bytes.ts';
import type { Stage } from '../../estimate.ts';
import type { LogLine } from '../log-lines.ts';
import type { LoggedFailure } from '../start-up-log.ts';

/** What was being allocated, by what llama.cpp says after ggml could not (src/llama-model.cpp, llama-context.cpp, llama-kv-cache.cpp). */
interface Part {
  readonly said: RegExp;
  readonly stage: Stage;
  readonly what: string;
  readonly remedies: readonly string[];
}

const FEWER_LAYERS = [
  'fewer layers on the GPU (-ngl), or of a mixture the experts of some in host memory (--n-cpu-moe)',
  'a smaller quantization of the model',
  'more GPUs; --tensor-split where one is fuller than the others',
];
const SMALLER_CACHE = [
  'a smaller -c (--ctx-size), of which -np slots have their part',
  '-ctk q8_0 -ctv q8_0 (half the KV cache)',
];

const PARTS: readonly Part[] = [
  {
    said: /failed to allocate buffer for kv cache|kv cache: failed|llama_kv_cache\w{0,20}: (?!failed to allocate compute).{0,40}failed|failed to allocate (?:\w{1,20} )?RS buffer/,
    stage: 'kv_cache',
    what: 'the KV cache',
    remedies: [...SMALLER_CACHE, ...FEWER_LAYERS],
  },
  {
    said: /failed to allocate compute (?:pp |tg )?buffers?|ggml_gallocr_reserve_n\w{0,10}: failed to allocate/,
    stage: 'profile',
    what: 'the compute buffer',
    remedies: ['a smaller -ub (--ubatch-size)', '-fa on, where it is off', ...SMALLER_CACHE, ...FEWER_LAYERS],
  },
  {
    said: /unable to allocate \w{1,40} buffer|alloc_tensor_range: failed to allocate|error loading model/,
    stage: 'load',
    what: 'the weights',
    remedies: FEWER_LAYERS,
  },
];

const ALLOCATING = /allocating ([\d.]{1,20}) MiB on device (\d{1,3})/;
const BUFFER = /failed to allocate \w{0,40} ?buffer of size (\d{1,20})/;
const OUT_OF_MEMORY =
  /(?:cuda|hip|musa)Malloc failed: out of memory|(?:CUDA|ROCm|HIP) error: out of memory|ErrorOutOfDeviceMemory/i;
const HOST =
  /failed to allocate CPU buffer|unable to allocate (?:CPU|CUDA_Host)\w{0,20} buffer|cpu_buffer_type_alloc_buffer: failed/;
const UNABLE = /error loading model: unable to allocate (?!CPU|\w{1,20}_Host)\w{1,40} buffer/;
const RETRIED = /compute buffer allocation failed, retrying without pipeline parallelism/;
const NOT_FITTED = /failed to fit params to free device memory: ?(.{0,200})/;
const PROJECTED = /projected to use (\d{1,12}) MiB of device memory vs\. (\d{1,12}) MiB of free device memory/;
/** What belongs to one failed allocation stands so near. */
const NEAR = 6;

/** The first allocation that failed for good; else a fit that was given up, where nothing came of it. */
export function failureIn(lines: readonly LogLine[], started: boolean): LoggedFailure | null {
  const served = lines.findIndex(({ text }) => /update_slots: |launch_slot_: |is listening on/.test(text));
  for (const [index, line] of lines.entries()) {
    if (HOST.test(line.text) && !started) return onHost(line);
    if (![OUT_OF_MEMORY, BUFFER, UNABLE].some((said) => said.test(line.text))) continue;
    // The size stands in front, where a terminal broke the line.
    const near = lines.slice(Math.max(0, index - 1), index + NEAR);
    if (near.some(({ text }) => RETRIED.test(text))) continue;
    return outOfMemory(line, near, lines.slice(Math.max(0, index - NEAR), index), served !== -1 && served < index);
  }
  return started ? null : notFitted(lines);
}

function outOfMemory(
  line: LogLine,
  near: readonly LogLine[],
  before: readonly LogLine[],
  serving: boolean,
): LoggedFailure {
  const text = near.map((one) => one.text).join(' ');
  const asked = ALLOCATING.exec(text);
  const size = BUFFER.exec(text)?.[1];
  const bytes = asked ? Number(asked[1]) * MIB : size === undefined ? null : Number(size);
  const part = PARTS.find(({ said }) => said.test(text)) ?? reached(before);
  const wanted = bytes === null ? '' : ` The buffer is of ${gib(bytes)}.`;
  const device = asked ? ` on device ${asked[2]}` : '';
  const base = { line: line.number, text: line.text.trim().slice(0, 600) };
  if (serving) {
    return {
      ...base,
      stage: 'serving',
      cause: `The GPU ran out of memory${device} while it served.${wanted}`,
      remedies: ['leave more free: a larger --fit-target, or a smaller -c or -ub', ...FEWER_LAYERS],
    };
  }
  return {
    ...base,
    stage: part.stage,
    cause: `The GPU ran out of memory${device} when memory for ${part.what} was to be allocated.${wanted}`,
    remedies: part.remedies,
  };
}

/** What comes next after the last that was allocated, where nothing names the buffer. */
function reached(before: readonly LogLine[]): Part {
  const has = (said: RegExp): boolean => before.some(({ text }) => said.test(text));
  const [cache, compute, load] = PARTS as readonly [Part, Part, Part];
  if (has(/KV buffer size|KV self size/)) return compute;
  return has(/model buffer size|llama_context: |llama_new_context_with_model: /) ? cache : load;
}

function onHost({ text, number }: LogLine): LoggedFailure {
  return {
    stage: 'load',
    line: number,
    text: text.trim().slice(0, 600),
    cause: 'The memory of the host ran out, not that of the GPU.',
    remedies: ['more memory for the container (resources.limits.memory)', 'more layers on the GPU (-ngl)'],
  };
}

function notFitted(lines: readonly LogLine[]): LoggedFailure | null {
  const at = lines.find(({ text }) => NOT_FITTED.test(text));
  const found = at && NOT_FITTED.exec(at.text);
  if (!at || !found) return null;
  const projected = lines.map(({ text }) => PROJECTED.exec(text)).find((one) => one !== null);
  const [, used, free] = projected ?? [];
  const figures =
    used === undefined || free === undefined
      ? 'More is asked for than is free on the GPU'
      : `${gib(Number(used) * MIB)} are asked for, and ${gib(Number(free) * MIB)} are free`;
  return {
    stage: 'free_memory',
    line: at.number,
    text: found[0],
    cause: `${figures}, and --fit does not change what the launch sets itself${found[1] ? `: ${found[1]}` : ''}.`,
    remedies: ['leave out what is set, so that --fit chooses it', ...SMALLER_CACHE, ...FEWER_LAYERS],
  };
}
