import { MIB } from '../../bytes.ts';
import type { Memory } from '../../estimate.ts';
import { isOf, type LogLine } from '../log-lines.ts';
import type { LoggedFigure } from '../logged-figures.ts';
import type { StartUpLog } from '../start-up-log.ts';
import { failureIn } from './logged-failures.ts';

type Figure = keyof Memory;

/** Devices of ggml's GPU backends by the names that logs give them; `CUDA_Host` and `CPU` are the host's. */
const DEVICE = String.raw`((?:CUDA|ROCm|HIP|MUSA|Vulkan|SYCL|CANN|MTL|Metal)\d{0,3})`;

/** Buffers of a device (src/llama-model.cpp, llama-kv-cache.cpp, llama-context.cpp; builds of 2023-10 to 2026-08), MiB. */
const BUFFERS: readonly (readonly [pattern: RegExp, figure: Figure])[] = [
  [new RegExp(String.raw`load_tensors: +${DEVICE}(?: model)? buffer size = +([\d.]+) MiB`), 'weightsBytes'],
  [new RegExp(String.raw`: +${DEVICE} (?:KV|RS) buffer size = +([\d.]+) MiB`), 'kvCacheBytes'],
  [new RegExp(String.raw`: +${DEVICE} compute buffer size(?: =| of) +([\d.]+) MiB`), 'activationBytes'],
];
/** `|   - CUDA0 (RTX 5090) | 32606 = 1057 + (29365 = 28609 + 397 + 358) + 2183 |` (common_memory_breakdown_print), MiB. */
const BREAKDOWN = new RegExp(
  String.raw`- ${DEVICE} \([^|]{1,100}\) *\| *(\d+) = +(\d+) \+ \( *(\d+) = +(\d+) \+ +(\d+) \+ +(\d+)\) \+ +(-?\d{1,7})(?!\d)`,
);
/** A card by its name, with its total memory where the line has it. */
const CARDS = [
  /Device \d{1,3}: ([^,]{1,80}), compute capability.{0,80}?(?:, VRAM: (\d{1,9}) MiB)?$/,
  /using device \w{1,20} \(([^()]{1,80}(?:\([^()]{0,40}\))?)\).{0,40} - \d{1,9} MiB free/,
  / - \w{1,20} +: ([^():]{1,80}(?:\([^()]{0,40}\))?) \((\d{1,9}) MiB, \d{1,9} MiB free\)/,
];
const CONTEXT = /(?:llama_context|llama_new_context_with_model): n_ctx +=? *(\d{1,10})/;
const BUILD = /\bbuild(?:_info)?(?: =|:)? (?:b)?(\d{3,6})\b/;
const MODEL =
  /llama_model_loader: loaded meta data with .{1,80} from (\S.{0,500}?) \(version|load_model: loading model '([^']{1,500})'/;
const BEGINS = /system_info: n_threads|common_params_print_info|build(?:_info)?: /;
const STARTED = /server is listening on|HTTP server is listening|update_slots: all slots are idle/;
const OURS =
  /llama_model_loader|load_tensors: |llama_kv_cache|llama_context: |llama_new_context_with_model|ggml_\w{1,40}: |llama_model_load|params_fit|alloc_tensor_range|sched_reserve: |slot +(?:launch_slot_|update_slots|get_availabl)|srv +(?:update_slots|load_model|params_from_)|common_init_result: /;

/** Reads a log of llama.cpp, also inside what others run around it; null for a log of something else. */
export function readStartUpLog(all: readonly LogLine[]): StartUpLog | null {
  if (!isOf(all, OURS)) return null;
  const started = all.some((line) => STARTED.test(line.text));
  const devices = new Map<string, Map<Figure, LoggedFigure>>();
  const found: Partial<Record<'build' | 'model' | 'gpu', string | undefined>> = {};
  let context: LoggedFigure | null = null;
  let visible: LoggedFigure | null = null;
  for (const line of all) {
    found.build ??= BUILD.exec(line.text)?.[1];
    const named = MODEL.exec(line.text);
    found.model ??= named?.[1] ?? named?.[2];
    readCard(line, (name, total) => {
      found.gpu ??= name;
      if (total !== null) visible ??= { value: total, line: line.number };
    });
    if (BEGINS.test(line.text) && devices.size > 0 && !started) devices.clear();
    readBuffers(line, devices);
    readBreakdown(line, devices);
    const tokens = CONTEXT.exec(line.text)?.[1];
    if (tokens !== undefined) context ??= { value: Number(tokens), line: line.number };
  }
  const fullest = fullestOf(devices);
  const figures: Partial<Record<Figure, LoggedFigure>> = Object.fromEntries(fullest);
  if (context !== null) figures.kvCacheTokens = context;
  const total = figures.totalBytes ?? visible;
  if (total) figures.totalBytes = total;
  return {
    version: found.build === undefined ? null : `b${found.build}`,
    model: found.model ?? null,
    // It prints what came of its options, and not the options.
    command: null,
    figures,
    visibleBytes: total?.value ?? null,
    gpuName: found.gpu ?? null,
    started,
    failure: failureIn(all, started),
  };
}

function readCard({ text }: LogLine, keep: (name: string, totalBytes: number | null) => void): void {
  const [, name, total] = CARDS.map((pattern) => pattern.exec(text)).find((found) => found !== null) ?? [];
  if (name === undefined || name.startsWith('CPU')) return;
  keep(name.trim(), total === undefined ? null : Math.round(Number(total) * MIB));
}

/** A device has a buffer for each part, and a cache for each kind of layer. */
function readBuffers({ text, number }: LogLine, devices: Map<string, Map<Figure, LoggedFigure>>): void {
  for (const [pattern, figure] of BUFFERS) {
    const [, device, size] = pattern.exec(text) ?? [];
    if (device === undefined || !Number.isFinite(Number(size))) continue;
    const own = devices.get(device) ?? new Map<Figure, LoggedFigure>();
    devices.set(device, own);
    const value = Math.round(Number(size) * MIB);
    const known = own.get(figure)?.value ?? 0;
    // Weights are printed once, caches one for each kind, and a compute buffer again where it was reserved anew.
    own.set(figure, { value: figure === 'kvCacheBytes' ? known + value : Math.max(known, value), line: number });
  }
}

/** The table at the end of a run says all of a device at once. */
function readBreakdown({ text, number }: LogLine, devices: Map<string, Map<Figure, LoggedFigure>>): void {
  const found = BREAKDOWN.exec(text);
  if (!found) return;
  const [total, free, , model, cache, compute, other] = found.slice(2).map((one) => Math.round(Number(one) * MIB));
  const rows: readonly (readonly [Figure, number | undefined])[] = [
    ['totalBytes', total],
    ['freeBytes', free],
    ['weightsBytes', model],
    ['kvCacheBytes', cache],
    ['activationBytes', compute],
    ['nonTorchBytes', other],
  ];
  const own = new Map<Figure, LoggedFigure>();
  for (const [figure, value] of rows) if (value !== undefined) own.set(figure, { value, line: number });
  devices.set(found[1] ?? '', own);
}

function fullestOf(devices: ReadonlyMap<string, ReadonlyMap<Figure, LoggedFigure>>): Map<Figure, LoggedFigure> {
  const taken = (own: ReadonlyMap<Figure, LoggedFigure>): number =>
    BUFFERS.reduce((sum, [, figure]) => sum + (own.get(figure)?.value ?? 0), 0);
  const [most] = [...devices.values()].toSorted((a, b) => taken(b) - taken(a));
  return new Map(most ?? []);
}
