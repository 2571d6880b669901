import { targetName } from '../../hardware/gpu.ts';
import { argumentPlace } from './place.ts';
import type { Remark, Rule } from './rule.ts';
import { grouped } from '../../text.ts';

/** Arguments that make the model's own limit another one. */
const RAISES_LIMIT = ['hf_overrides', 'rope_scaling', 'rope_theta', 'json_model_override_args', 'rope_scale'];

export const lengthAboveModelLimit: Rule = {
  id: 'length-above-model-limit',
  severity: 'warning',
  what: 'The longest length is above what the model was made for.',
  why: 'The engine refuses to start; where it is told to go on, positions that the model never saw give garbage.',
  remedy: "Write the model's own limit, or scale its positions (`rope_scaling`) as its card says.",
  check({ deployment, engine, model }) {
    const argument = engine?.lengthArgument;
    const written = argument === undefined ? undefined : deployment.arguments.get(argument);
    if (!written || argument === undefined || typeof written.value !== 'number' || model === null) return [];
    if (RAISES_LIMIT.some((name) => deployment.arguments.has(name))) return [];
    const { derivedTokens, modelMaxLength, key } = model.architecture.context;
    const limit = Math.max(derivedTokens, modelMaxLength ?? 0);
    if (key === null || written.value <= limit) return [];
    const message = `${argument} ${grouped(written.value)} is above the model's own limit of ${grouped(limit)} tokens (${key}).`;
    return [
      {
        place: argumentPlace(deployment, argument),
        subject: argument,
        message,
        remedy: `Write ${limit}, the model's own limit, or scale its positions (\`rope_scaling\`) as its card says.`,
      },
    ];
  },
};

export const quantizationAtOdds: Rule = {
  id: 'quantization-at-odds',
  severity: 'error',
  what: 'A quantization that a GPU cannot run, or that the checkpoint contradicts.',
  why: 'The engine refuses to start.',
  remedy: 'Leave the argument out, so that the checkpoint decides, or take a checkpoint that the GPU can run.',
  check({ deployment, targets, model }) {
    const written = deployment.arguments.get('quantization')?.value;
    const own = model?.architecture.quantization?.method;
    return targets.flatMap(({ target, gated, estimate: { stage, verdict, message } }): readonly Remark[] => {
      if (!gated || verdict !== 'fails' || stage !== 'arguments' || !/quantiz/i.test(message ?? '')) return [];
      const asked =
        typeof written === 'string' ? `quantization ${written.slice(0, 40)}` : 'The quantization of the checkpoint';
      const against =
        own !== undefined && typeof written === 'string' && own !== written ? ` (the checkpoint is ${own})` : '';
      const text = `${asked}${against} does not run on ${targetName(target)}: ${message ?? ''}`;
      return [
        {
          place: argumentPlace(deployment, 'quantization'),
          subject: target.gpu.id,
          message: text,
          remedy: this.remedy,
        },
      ];
    });
  },
};

/** First compute capability with instructions for 8-bit and for 4-bit floats (CUDA programming guide, arithmetic). */
const FIRST_CAPABILITY = { fp8: '8.9', nvfp4: '10.0' } as const;

export const cacheDtypeUnsupported: Rule = {
  id: 'cache-dtype-unsupported',
  severity: 'warning',
  what: 'The dtype of the KV cache is one that the GPU has no instructions for.',
  why: 'The engine stops, or falls back to slower kernels that convert every value.',
  remedy: 'Leave the dtype of the cache to the engine on this GPU.',
  check({ deployment, targets }) {
    const written = deployment.arguments.get('kv_cache_dtype')?.value;
    if (typeof written !== 'string') return [];
    const least = written.startsWith('fp8') ? 'fp8' : written.startsWith('nvfp4') ? 'nvfp4' : null;
    if (least === null) return [];
    return targets.flatMap(({ target, gated }) => {
      const { gpu } = target;
      const capable = least === 'fp8' ? gpu.fp8 : gpu.fp4;
      if (!gated || capable || gpu.vendor !== 'nvidia') return [];
      const message = `kv_cache_dtype ${written} wants compute capability ${FIRST_CAPABILITY[least]}; ${targetName(target)} has ${gpu.computeCapability ?? 'none'}.`;
      return [{ place: argumentPlace(deployment, 'kv_cache_dtype'), subject: gpu.id, message, remedy: this.remedy }];
    });
  },
};
