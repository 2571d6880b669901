import { has } from '../../src/engines/vllm/versions.ts';
import { judgeAll, type Judged } from './cases.ts';

/** One way of cutting the cases: a name, and what each case is in it (several labels where it is several things). */
export interface Cut {
  readonly name: string;
  readonly labelsOf: (judged: Judged) => readonly string[];
}

/** The cuts of the report, in its order. */
export const CUTS: readonly Cut[] = [
  { name: 'version', labelsOf: ({ launch }) => (launch ? [versionRange(launch)] : []) },
  { name: 'GPU', labelsOf: ({ workload }) => [gpuClass(workload.target.gpu)] },
  { name: 'tensor parallel', labelsOf: ({ launch }) => (launch ? [String(launch.parallelism.tensor)] : []) },
  { name: 'model', labelsOf: modelKinds },
  {
    name: 'architecture',
    labelsOf: (judged) => [knownArchitectures().has(shapeOf(judged)) ? 'in calibration too' : 'new'],
  },
  { name: 'source', labelsOf: ({ logCase }) => [logCase.id.startsWith('rhdb-') ? 'parsed by others' : 'log'] },
];

let calibrated: ReadonlySet<string> | null = null;

/** Shapes of the models of the calibration side: families differ between the sides, shapes need not. */
function knownArchitectures(): ReadonlySet<string> {
  calibrated ??= new Set(judgeAll('calibration').map(shapeOf));
  return calibrated;
}

function shapeOf({ workload }: Judged): string {
  const { hiddenSize, intermediateSize, layers, attentionHeads, kvHeads, vocabSize } = workload.model.architecture;
  return [hiddenSize, intermediateSize, layers.length, attentionHeads, kvHeads, vocabSize].join(' ');
}

type Launch = NonNullable<Judged['launch']>;

/** Ranges in which one way of accounting holds. */
export function versionRange({ version, runner }: Launch): string {
  if (runner === 'v0') return 'V0';
  if (!has(version, 'memorySnapshot')) return 'V1 to 0.9.0';
  if (!has(version, 'snapshotAfterNccl')) return '0.9.1 to 0.10';
  if (has(version, 'totalConsumed')) return '0.27 and newer';
  if (has(version, 'graphProfilerDefault')) return '0.20 to 0.26';
  return version.release >= SIXTEEN ? '0.16 to 0.19' : '0.11 to 0.15';
}

/** Release code of 0.16.0 (versions.ts). */
const SIXTEEN = 16 * 10_000;

export function gpuClass(gpu: Judged['workload']['target']['gpu']): string {
  if (gpu.vendor !== 'nvidia') return 'AMD';
  if (gpu.unifiedMemory) return 'unified memory';
  if (gpu.id.startsWith('h100')) return 'H100';
  if (/^(?:h200|h20|h800|gh200)/.test(gpu.id)) return 'other Hopper';
  if (/^(?:b[123]00|gb[23]00)/.test(gpu.id)) return 'Blackwell datacenter';
  if (/^a(?:100|800|30)\b/.test(gpu.id)) return 'A100';
  return 'workstation and small';
}

function modelKinds({ launch }: Judged): readonly string[] {
  if (!launch) return [];
  const { architecture, quantization, speculation } = launch;
  const states = architecture.layers.some(({ caches }) => caches.some(({ kind }) => kind === 'state'));
  const kinds = [
    architecture.moe ? 'MoE' : 'dense',
    architecture.latentAttention ? 'latent attention' : '',
    states ? 'hybrid' : '',
    architecture.encoders.length > 0 ? 'multimodal' : '',
    quantization ? 'quantized' : '',
    speculation ? 'speculative' : '',
  ];
  return kinds.filter((kind) => kind !== '');
}
