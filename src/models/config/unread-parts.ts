import { list, section, size, text, type Fields } from './fields.ts';

/**
 * Sections of config.json that hold a stack of layers which nothing here computes. They are named rather than found,
 * because what is asked of a config by name is what a file of facts keeps of it.
 */
const PARTS = [
  'encoder_config',
  'decoder_config',
  'speech_config',
  'sound_config',
  'speech_encoder_config',
  'audio_encoder_config',
  'audio_tokenizer_config',
  'acoustic_tokenizer_encoder_config',
  'acoustic_tokenizer_config',
  'semantic_tokenizer_encoder_config',
  'vision_encoder_config',
  'visual_config',
  'visual',
  'vit_config',
  'image_config',
  'vlm_config',
  'vq_config',
  'qformer_config',
  'codec_config',
  'depth_decoder_config',
  'protein_encoder_config',
];
/** What the config of a stack of layers states. */
const SIZES = ['hidden_size', 'num_hidden_layers', 'hidden_dim', 'd_model', 'embed_dim', 'num_layers', 'width'];

/** Families whose towers are written in their code, with no section of config.json. */
const HIDDEN_TOWERS: ReadonlySet<string> = new Set(['molmo', 'phi4mm', 'moondream1']);

/**
 * Why the model has a part that is not computed, or null: a model that were computed without its speech encoder would
 * be said to fit where it does not.
 */
export function unreadPart(root: Fields, modelType: string): string | null {
  const name = modelType.slice(0, 60);
  // LLaVA as first published names the repository of its tower.
  const named = text(root, 'mm_vision_tower') !== null && section(root, 'vision_config') === null;
  if (named || HIDDEN_TOWERS.has(modelType)) return `Headroom cannot compute the towers of a ${name} model yet.`;
  const key = PARTS.find(
    (each) => !(each === 'vit_config' && modelType === 'molmo2') && size(section(root, each) ?? {}, ...SIZES) !== null,
  );
  return key === undefined ? null : `Headroom cannot compute the ${key} of a ${name} model yet.`;
}

/** What states the states of layers, where no layer is said to keep them. */
const STATES = ['mamba_d_state', 'mamba_d_conv', 'ssm_state_size', 'state_size', 'lru_width', 'linear_num_key_heads'];
const WORDS = /attention|linear|mamba|conv|moe|mlp|full|sliding|chunked|global|local/;

/** Why layers of a family that is not known keep more than the fields that are read say, or null. */
export function unreadMixer(fields: Fields, modelType: string, hasStates: boolean): string | null {
  const words = list(fields, 'layer_types') ?? list(fields, 'layers_block_type') ?? [];
  const word = words.find((value) => typeof value === 'string' && !WORDS.test(value));
  const name = modelType.slice(0, 60);
  if (typeof word === 'string')
    return `Headroom cannot compute the layers that a ${name} model calls ${word.slice(0, 60)} yet.`;
  const key = hasStates ? undefined : STATES.find((each) => size(fields, each) !== null);
  return key === undefined
    ? null
    : `Headroom cannot tell which layers of a ${name} model keep the states of ${key} yet.`;
}
