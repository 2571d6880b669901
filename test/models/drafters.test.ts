import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { Architecture, Tensor } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { elementsOf, parametersOf } from '../../src/models/parameters.ts';

const models = makeModelCatalogue(modelData);

function known(id: string): Architecture {
  const facts = models.find(id);
  if (!facts) throw new Error(`${id} is not in the catalogue`);
  return facts.architecture;
}

function made(config: unknown): Architecture {
  const architecture = architectureOf(config);
  if ('problem' in architecture) throw new Error(architecture.problem);
  return architecture;
}

const elements = (tensors: readonly Tensor[]): number => tensors.reduce((sum, tensor) => sum + elementsOf(tensor), 0);

/** Parameters of heads that repeat per token, at the number of tokens that the checkpoint was made for. */
function withHeads(architecture: Architecture): number {
  const { drafter } = architecture;
  return parametersOf(architecture).total + (drafter?.predictedTokens ?? 0) * elements(drafter?.tensorsPerToken ?? []);
}

describe('MLP speculators', () => {
  // Counts as fms-extras names its variants: llama3.8b.3_2b, llama3.70b.961m, 13b.840m, 34b.code.658m.
  it.each([
    ['ibm-ai-platform/llama3-8b-accelerator', 3.2e9, 0.05e9],
    ['ibm-ai-platform/llama3-70b-accelerator', 961e6, 1e6],
    ['ibm-ai-platform/llama-13b-accelerator', 840e6, 1e6],
    ['ibm-ai-platform/codellama-34b-accelerator', 658e6, 1e6],
  ])('%s has the parameters of its name', (id, stated, rounding) => {
    expect(Math.abs(withHeads(known(id)) - stated)).toBeLessThan(rounding);
  });
});

describe('assistants of Gemma 4', () => {
  it('weigh what they add to a log, and keep no cache', () => {
    const architecture = known('google/gemma-4-26B-A4B-it-assistant');
    // a100-gemma4-26b-a4b-awq-mtp3: 16.33 GiB with, 15.55 GiB without (its note).
    expect(Math.abs((parametersOf(architecture).total * 2) / 2 ** 30 - (16.33 - 15.55))).toBeLessThan(0.01);
    expect(architecture.layers.flatMap(({ caches }) => caches)).toEqual([]);
  });
});

describe('Medusa', () => {
  it('is read from configs that state next to nothing', () => {
    const { drafter } = made({
      base_model_name_or_path: 'lmsys/vicuna-7b-v1.3',
      medusa_num_heads: 2,
      medusa_num_layers: 1,
    });
    expect(drafter?.method).toBe('medusa');
    // One block of 4,096² and one head of 32,001 × 4,096 per token (MedusaConfig's defaults).
    expect(elements(drafter?.tensorsPerToken ?? [])).toBe(4096 * 4096 + 32_001 * 4096);
  });
});

describe('EAGLE-3', () => {
  const layer = {
    hidden_size: 6144,
    intermediate_size: 16_384,
    num_attention_heads: 48,
    num_key_value_heads: 8,
    head_dim: 128,
    num_hidden_layers: 1,
    vocab_size: 128_256,
    model_type: 'llama',
  };

  it('takes three states of the target’s width, and keeps tables of its own where the widths differ', () => {
    const { drafter, embedding } = made({
      architectures: ['LlamaForCausalLMEagle3'],
      ...layer,
      target_hidden_size: 8192,
      draft_vocab_size: 32_000,
    });
    expect(drafter?.ownsEmbedding).toBe(true);
    const fc = embedding.find(({ name }) => name === 'fc');
    expect([fc?.rows, fc?.columns]).toEqual([6144, 3 * 8192]);
  });

  it('is read from what speculators writes', () => {
    const { drafter, head } = made({
      architectures: ['Eagle3DraftModel'],
      speculators_model_type: 'eagle3',
      draft_vocab_size: 32_000,
      transformer_layer_config: layer,
    });
    expect(drafter?.method).toBe('eagle3');
    expect(head.find(({ name }) => name === 'lm_head')?.rows).toBe(32_000);
  });

  it('widens the down-projections of latent attention', () => {
    const { layers } = made({
      architectures: ['Eagle3DeepseekV2ForCausalLM'],
      ...layer,
      model_type: 'deepseek_v3',
      kv_lora_rank: 512,
      q_lora_rank: 1536,
      qk_nope_head_dim: 128,
      qk_rope_head_dim: 64,
      v_head_dim: 128,
      draft_vocab_size: 32_000,
    });
    const wide = layers[0]?.tensors.filter(({ columns }) => columns === 2 * 6144).map(({ name }) => name);
    expect(wide).toEqual(['self_attn.q_a_proj', 'self_attn.kv_a_proj_with_mqa']);
  });

  it('is not seen in Eagle 2.5, a model of images', () => {
    expect(made({ architectures: ['Eagle2_5_VLForConditionalGeneration'], ...layer }).drafter).toBeNull();
  });
});

describe('next-token prediction', () => {
  it('is a dense block in MiMo and a block of experts in Qwen', () => {
    const roles = (id: string): readonly string[] =>
      known(id).nextTokenPrediction?.layers.flatMap(({ tensors }) => tensors.map(({ role }) => role)) ?? [];
    expect(roles('XiaomiMiMo/MiMo-7B-RL')).not.toContain('experts');
    expect(roles('Qwen/Qwen3.5-35B-A3B')).toContain('experts');
  });

  it('is unknown to vLLM for some families that ship it', () => {
    // vLLM config/speculative.py maps neither MiniMax-M2 nor Kimi K2.
    expect(known('MiniMaxAI/MiniMax-M2.5').nextTokenPrediction).toBeNull();
    expect(known('moonshotai/Kimi-K2-Instruct').nextTokenPrediction).toBeNull();
  });

  it('follows the pattern of Nemotron-H: attention, then experts', () => {
    const layers = known('nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8').nextTokenPrediction?.layers ?? [];
    expect(layers.map(({ caches }) => caches.length)).toEqual([1, 0]);
    expect(layers.map(({ tensors }) => tensors.some(({ role }) => role === 'experts'))).toEqual([false, true]);
  });
});
