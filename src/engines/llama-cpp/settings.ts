import type { ArgumentValue } from '../../deployment.ts';
import type { GgmlType } from '../../models/gguf/ggml-types.ts';
import type { Workload } from '../engine.ts';
import { type Build, buildOf, has } from './builds.ts';
import { cacheTypeOf } from './cache-types.ts';
import { LLAMA_OPTIONS } from './option-table.ts';

export type SplitMode = 'none' | 'layer' | 'row';

/** A launch with every default of its build resolved. */
export interface Settings {
  readonly build: Build;
  /** Tokens of all slots together, before padding; null: as many as the model was trained for. */
  readonly ctxSize: number | null;
  /** Whether `--fit` may shorten it. */
  readonly ctxIsFree: boolean;
  readonly slots: number;
  /** One cache for all slots. */
  readonly unified: boolean;
  readonly batch: number;
  readonly microBatch: number;
  readonly flashAttention: boolean;
  readonly keyType: GgmlType;
  readonly valueType: GgmlType;
  readonly fullWindow: boolean;
  readonly cacheOnGpu: boolean;
  /** Layers on the GPU, the output layer counted; null: all. */
  readonly gpuLayers: number | null;
  readonly gpuLayersSet: boolean;
  readonly splitMode: SplitMode;
  readonly tensorSplit: readonly number[] | null;
  readonly mainGpu: number;
  readonly devices: number;
  readonly overrides: string | null;
  /** Layers whose experts stay on the CPU; null: all of them. */
  readonly cpuMoe: number | null;
  readonly fit: boolean;
  /** Who takes the model apart where it does not fit, for a reader. */
  readonly fitter: string;
  readonly fitTargetMib: number;
  readonly fitCtx: number;
  readonly embedding: boolean;
  /** Whether a draft model or the model's own further layers propose tokens. */
  readonly drafts: boolean;
  readonly draftTokens: number;
  /** Copies of a recurrent state beside the present one, for tokens that are taken back (llama-memory-recurrent.cpp, n_rs_seq). */
  readonly rollbacks: number;
  readonly opOffload: boolean;
}

export type SettingsProblem = { readonly refusal: string } | { readonly unknown: string };

const MOST_TOKENS = 1_000_000_000;

/** Resolves the arguments as llama-server of that build does (common/common.h, common/arg.cpp, llama-context.cpp). */
export function settingsOf(workload: Workload): Settings | SettingsProblem {
  const { arguments: args } = workload;
  const build = buildOf(workload.engineVersion);
  const fork = Object.keys(args).find((name) => LLAMA_OPTIONS.byName.get(name)?.fork === true);
  if (fork !== undefined)
    return {
      unknown: `--${fork.replaceAll('_', '-')} is an option of ik_llama.cpp, a fork whose buffers Headroom does not model.`,
    };
  for (const name of UNMODELLED) {
    if (args[name] !== undefined && args[name] !== false)
      return { unknown: `What --${name.replaceAll('_', '-')} takes of the GPU is not modelled.` };
  }
  const integer = (name: string): number | null => wholeOf(args[name]);
  for (const [name, value] of Object.entries(args)) {
    const { kind } = LLAMA_OPTIONS.byName.get(name) ?? {};
    if (kind === 'int' && value !== null && wholeOf(value) === null)
      return { refusal: `error while handling argument "--${name.replaceAll('_', '-')}": stoi` };
  }
  if (args['flash_attn'] === true && build !== null && has(build, 'offloadsByDefault'))
    return { refusal: 'error while handling argument "--flash-attn": it takes a value since b6325: on, off or auto' };
  const flash = flashOf(args['flash_attn'], build);
  const [keyName, valueName] = [textOf(args['cache_type_k']) ?? 'f16', textOf(args['cache_type_v']) ?? 'f16'];
  const [keyType, valueType] = [cacheTypeOf(keyName), cacheTypeOf(valueName)];
  if (!keyType || !valueType) return { refusal: `Unsupported cache type: ${keyType ? valueName : keyName}` };
  if (!flash && !/^(?:f32|f16|bf16)$/.test(valueName)) return { refusal: 'V cache quantization requires flash_attn' };
  const splitMode = textOf(args['split_mode']) ?? 'layer';
  if (splitMode === 'tensor') return { unknown: 'How --split-mode tensor divides a model is not modelled.' };
  if (!/^(?:none|layer|row)$/.test(splitMode)) return { refusal: 'error: invalid value for --split-mode' };
  const parallel = integer('parallel');
  const four = (parallel === null || parallel < 0) && has(build, 'fourSlots');
  const slots = Math.min(Math.max(1, four ? 4 : (parallel ?? 1)), 10_000);
  const gpuLayers = layersOf(args['n_gpu_layers']);
  const ctxSize = integer('ctx_size');
  if (ctxSize !== null && ctxSize < 0) return { unknown: `--ctx-size ${ctxSize} is no number of tokens.` };
  const batch = Math.max(1, integer('batch_size') ?? 2048);
  const microBatch = integer('ubatch_size') ?? 512;
  const draftTokens = Math.min(
    64,
    Math.max(0, integer('spec_draft_n_max') ?? integer('draft_max') ?? (has(build, 'fits') ? 3 : 16)),
  );
  return {
    build,
    ctxSize:
      ctxSize === null || ctxSize <= 0
        ? ctxSize === null && build !== null && build < 3000
          ? 512
          : null
        : Math.min(ctxSize, MOST_TOKENS),
    ctxIsFree: ctxSize === null,
    slots,
    unified: typeof args['kv_unified'] === 'boolean' ? args['kv_unified'] : four || !has(build, 'streams'),
    batch,
    // None is the whole batch (src/llama-context.cpp).
    microBatch: microBatch === 0 ? batch : Math.max(1, microBatch),
    flashAttention: flash,
    keyType,
    valueType,
    fullWindow: args['swa_full'] === true || !has(build, 'windowCache'),
    cacheOnGpu: args['kv_offload'] !== false,
    gpuLayers: gpuLayers ?? (has(build, 'offloadsByDefault') ? null : 0),
    gpuLayersSet: gpuLayers !== null || args['n_gpu_layers'] === 'all',
    splitMode: splitMode as SplitMode,
    tensorSplit: splitOf(args['tensor_split']),
    mainGpu: Math.max(0, integer('main_gpu') ?? 0),
    devices: Math.min(visibleGpus(workload), devicesOf(args['device']) ?? 64),
    overrides: textOf(args['override_tensor']),
    cpuMoe: args['cpu_moe'] === true ? null : Math.max(0, integer('n_cpu_moe') ?? 0),
    fit: has(build, 'fits') && textOf(args['fit']) !== 'off',
    fitter: '--fit',
    fitTargetMib: Number.parseInt(textOf(args['fit_target']) ?? '1024', 10) || 1024,
    fitCtx: integer('fit_ctx') ?? 4096,
    embedding: args['embedding'] === true || args['rerank'] === true,
    drafts: drafts(args),
    draftTokens,
    rollbacks: args['spec_type'] !== undefined && drafts(args) ? draftTokens : 0,
    opOffload: args['op_offload'] !== false,
  };
}

export function drafts(args: Workload['arguments']): boolean {
  const type = textOf(args['spec_type']);
  return (
    args['model_draft'] !== undefined ||
    args['hf_repo_draft'] !== undefined ||
    (type !== null && /^draft|eagle|mtp|dflash/.test(type))
  );
}

/** What takes memory in ways that nobody has measured here. */
const UNMODELLED = ['rpc', 'models_dir', 'models_preset', 'lora', 'lora_scaled', 'override_kv', 'control_vector'];

function wholeOf(value: ArgumentValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

function textOf(value: ArgumentValue | undefined): string | null {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

/** `auto` takes it on CUDA for every model that has kernels. */
function flashOf(value: ArgumentValue | undefined, build: Build): boolean {
  if (value === true || value === 'on' || value === 'true' || value === '1' || value === 'enabled') return true;
  if (value === false || value === 'off' || value === 'false' || value === '0' || value === 'disabled') return false;
  return has(build, 'offloadsByDefault');
}

/** A number of layers; negative ones and the words for all or automatic are none. */
function layersOf(value: ArgumentValue | undefined): number | null {
  return typeof value === 'number' && value >= 0 ? value : null;
}

/** `3,1` or `0.75/0.25`. */
function splitOf(value: ArgumentValue | undefined): readonly number[] | null {
  const parts = textOf(value)?.split(/[,/]+/).slice(0, 64).map(Number) ?? [];
  return parts.length > 0 && parts.every((part) => part >= 0) && parts.some((part) => part > 0) ? parts : null;
}

function devicesOf(value: ArgumentValue | undefined): number | null {
  const named =
    textOf(value)
      ?.split(',')
      .filter((part) => part.trim() !== '').length ?? 0;
  return named > 0 ? named : null;
}

/** GPUs that the process sees: those of the target, no more than the config asks for and its environment leaves. */
export function visibleGpus({ target, environment, gpusAskedFor }: Workload): number {
  const asked = gpusAskedFor ?? null;
  return Math.max(1, Math.min(target.count ?? asked ?? 1, asked ?? 64, visibleCount(environment) ?? 64, 64));
}

function visibleCount(environment: Readonly<Record<string, string>>): number | null {
  const visible = environment['CUDA_VISIBLE_DEVICES'] ?? environment['HIP_VISIBLE_DEVICES'];
  const devices = visible?.split(',').filter((part) => part.trim() !== '').length ?? 0;
  return devices > 0 ? devices : null;
}
