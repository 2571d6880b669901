import { section, text, texts, valueOf, type Fields } from './fields.ts';

/**
 * The part that reads and answers, of a model that also speaks: engines load nothing of its `talker_config` and
 * `token2wav_config` (vLLM model_executor/models/qwen2_5_omni_thinker.py). Other models are left as they are.
 */
export function thinkerOf(root: Fields): Fields {
  const thinker = section(root, 'thinker_config');
  if (!thinker) return root;
  const [className] = texts(root, 'architectures');
  return {
    ...thinker,
    model_type: text(root, 'model_type') ?? text(thinker, 'model_type') ?? '',
    // `Qwen2_5OmniModel` is no backbone without a head.
    architectures: [className?.replace(/Model$/, 'ForConditionalGeneration') ?? ''],
    torch_dtype:
      text(thinker, 'torch_dtype') ?? text(thinker, 'dtype') ?? text(root, 'torch_dtype') ?? text(root, 'dtype'),
    quantization_config: valueOf(root, 'quantization_config') ?? valueOf(thinker, 'quantization_config'),
  };
}
