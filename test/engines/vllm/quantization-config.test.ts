import { describe, expect, it } from 'vitest';
import { inGib, memoryOf, modelOf, targetOf } from './catalogue.ts';
import { launchOf } from '../../../src/engines/vllm/launch.ts';
import { launched, refused } from './launches.ts';

const QWEN = { model: 'Qwen/Qwen3-8B', gpu: 'h100', version: '0.20.0' };
const ARGS = { max_model_len: 8192 };

function weights(args: object): number {
  return memoryOf({ ...QWEN, args: { ...ARGS, ...args } }).weightsBytes.value;
}

describe('--quantization-config (config/quantization.py resolve_online_quant_config)', () => {
  it('names one scheme for all layers', () => {
    const details = { quantization: 'online', quantization_config: { global_scheme: 'fp8_per_tensor' } };
    expect(weights(details)).toBe(weights({ quantization: 'fp8_per_tensor' }));
    expect(launched({ ...QWEN, args: details }).quantization?.method).toBe('fp8');
  });

  it('leaves layers out: 36 × 4096 × 4096 values of o_proj stay in 16 bits', () => {
    const ignore = { quantization: 'fp8_per_tensor', quantization_config: { ignore: ['re:.*o_proj'] } };
    const more = weights(ignore) - weights({ quantization: 'fp8_per_tensor' });
    expect(inGib(more)).toBeCloseTo(inGib(36 * 4096 * 4096), 2);
  });

  it('is refused beside other methods and another scheme', () => {
    const quantization_config = { global_scheme: 'mxfp8' };
    expect(refused({ ...QWEN, args: { quantization: 'fp8', quantization_config } })).toMatch(
      /^quantization_config is only supported when quantization is one of .*, got quantization='fp8'$/,
    );
    expect(refused({ ...QWEN, args: { quantization: 'fp8_per_tensor', quantization_config } })).toMatch(
      /^quantization='fp8_per_tensor' conflicts with quantization_config\['global_scheme'\]='mxfp8'/,
    );
  });

  it('with schemes by kind of layer is unknown', () => {
    const launch = launchOf({
      engineVersion: '0.20.0',
      arguments: { quantization: 'online', quantization_config: { linear_scheme_override: 'mxfp8' } },
      environment: {},
      model: modelOf(QWEN.model),
      drafter: null,
      target: targetOf('h100'),
    });
    expect(launch).toHaveProperty('unknown', expect.stringContaining('quantization_config'));
  });
});
