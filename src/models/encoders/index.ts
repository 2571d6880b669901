import type { Encoder } from '../architecture.ts';
import { section, type Fields } from '../config/fields.ts';
import { deepseekVision } from './deepseek.ts';
import { dotsOcr } from './dots.ts';
import { gemma3, gemma4, gemma4Audio, gemma4UnifiedAudio, gemma4UnifiedVision } from './gemma.ts';
import { gemma3nAudio, gemma3nVision } from './gemma3n.ts';
import { glm4v, glmOcr } from './glm.ts';
import { internvl } from './internvl.ts';
import { moonvit, moonvitK3 } from './kimi.ts';
import { llama4 } from './llama.ts';
import { llava, LLAVA_NEXT_TILES, pixtral } from './llava.ts';
import { minimaxM3 } from './minimax.ts';
import { mllama } from './mllama.ts';
import { molmo2 } from './molmo.ts';
import { muse } from './muse.ts';
import { phi3v } from './phi.ts';
import { aut, omniAudio, qwen2Audio } from './qwen-audio.ts';
import { qwen2, qwen3, qwen3Omni } from './qwen.ts';
import { radio } from './radio.ts';
import { cohereVision, idefics3, lfm2Vision, llavaOneVision, minicpmVision, paddleOcr, paligemma } from './siglip.ts';
import { perception } from './step.ts';
import type { Tower } from './tower.ts';
import { voxtral } from './whisper.ts';
import { table } from '../../table.ts';

/**
 * Vision and audio towers with their projectors. Each family of towers is one function below, keyed by the
 * `model_type` of the whole model; it follows that model's file in vLLM's model_executor/models. To add one: a
 * function, a row in {@link TOWERS}, and a catalogue row with a stated parameter count for the tests to compare with.
 */
export function encodersOf(
  root: Fields,
  modelType: string,
  textHiddenSize: number,
): readonly Encoder[] | { readonly problem: string } {
  const vision = section(root, 'vision_config', ...(OWN_SECTIONS[modelType] ?? []));
  const audio = section(root, 'audio_config');
  if (!vision && !audio) return [];
  const unknown = (part: string): { problem: string } => ({
    problem: `Headroom cannot compute the ${part} tower of a ${modelType} model yet.`,
  });
  const encoders: Encoder[] = [];
  for (const [part, config] of [
    ['vision', vision],
    ['audio', audio],
  ] as const) {
    if (!config) continue;
    const make = Object.hasOwn(TOWERS, modelType) ? TOWERS[modelType]?.[part] : undefined;
    const encoder = make?.({ root, config, textHiddenSize }) ?? null;
    if (encoder === null || encoder.depth > MOST_BLOCKS) return unknown(part);
    encoders.push(encoder);
  }
  return encoders;
}

const MOST_BLOCKS = 500;

/** Where a family names the section of its tower its own way. */
const OWN_SECTIONS: Readonly<Record<string, readonly string[]>> = table({
  phi3_v: ['img_processor'],
  molmo2: ['vit_config'],
});

const TOWERS: Readonly<Record<string, { readonly vision?: Tower; readonly audio?: Tower }>> = table({
  qwen2_vl: { vision: qwen2(false) },
  qwen2_5_vl: { vision: qwen2(true) },
  qwen2_audio: { audio: qwen2Audio },
  qwen2_5_omni: { vision: qwen2(true), audio: omniAudio },
  qwen2_5_omni_thinker: { vision: qwen2(true), audio: omniAudio },
  qwen3_omni_moe: { vision: qwen3Omni, audio: aut },
  qwen3_omni_moe_thinker: { vision: qwen3Omni, audio: aut },
  qwen3_asr: { audio: aut },
  qwen3_vl: { vision: qwen3 },
  qwen3_vl_moe: { vision: qwen3 },
  qwen3_5: { vision: qwen3 },
  qwen3_5_moe: { vision: qwen3 },
  gemma3: { vision: gemma3 },
  gemma3n: { vision: gemma3nVision, audio: gemma3nAudio },
  gemma4: { vision: gemma4, audio: gemma4Audio },
  gemma4_unified: { vision: gemma4UnifiedVision, audio: gemma4UnifiedAudio },
  llava: { vision: llava(1) },
  llava_next: { vision: llava(LLAVA_NEXT_TILES) },
  mistral3: { vision: pixtral },
  mllama: { vision: mllama },
  llama4: { vision: llama4 },
  internvl_chat: { vision: internvl },
  internvl: { vision: internvl },
  h2ovl_chat: { vision: internvl },
  idefics3: { vision: idefics3 },
  smolvlm: { vision: idefics3 },
  paligemma: { vision: paligemma },
  llava_onevision: { vision: llavaOneVision },
  aya_vision: { vision: cohereVision(true) },
  cohere2_vision: { vision: cohereVision(false) },
  lfm2_vl: { vision: lfm2Vision },
  paddleocr_vl: { vision: paddleOcr },
  minicpmv: { vision: minicpmVision },
  dots_ocr: { vision: dotsOcr },
  molmo2: { vision: molmo2 },
  NemotronH_Nano_VL_V2: { vision: radio },
  step_robotics: { vision: perception },
  interns1: { vision: internvl },
  glm4v: { vision: glm4v },
  glm4v_moe: { vision: glm4v },
  glm_ocr: { vision: glmOcr },
  glm46v: { vision: glm4v },
  deepseek_vl_v2: { vision: deepseekVision },
  kimi_vl: { vision: moonvit },
  kimi_k25: { vision: moonvit },
  kimi_k3: { vision: moonvitK3 },
  muse_glimmer: { vision: muse },
  minimax_m3_vl: { vision: minimaxM3 },
  voxtral: { audio: voxtral },
  phi3_v: { vision: phi3v },
});
