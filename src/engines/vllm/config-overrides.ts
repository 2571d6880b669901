import type { Architecture, ModelFacts } from '../../models/architecture.ts';
import { recordOf, text, type Fields } from '../../models/config/fields.ts';
import type { ArgumentReader } from '../argument-reader.ts';
import { has, type EngineVersion } from './versions.ts';

interface Overridden {
  readonly model: ModelFacts;
  /** What a reader should know of overrides that this release does not read. */
  readonly remarks: readonly string[];
}

type Overrides = { readonly overrides: Fields; readonly remarks: readonly string[] } | { readonly refusal: string };

/**
 * The model of a launch whose `--hf-overrides`, or older `--rope-scaling` and `--rope-theta`, change its config.json
 * first (vLLM config/model.py: hf_overrides_kw, _apply_dict_overrides).
 */
export function overriddenModel(
  reader: ArgumentReader,
  model: ModelFacts,
  version: EngineVersion,
): Overridden | { readonly refusal: string } | { readonly unknown: string } {
  const asked = askedOverrides(reader, version);
  if ('refusal' in asked) return asked;
  const { remarks } = asked;
  const { overrides } = asked;
  const keys = Object.keys(overrides);
  if (keys.length === 0) return { model, remarks };
  const named = keys.map((key) => `'${key.slice(0, 40)}'`).slice(0, 5);
  const whole = keys.find((key) => isPart(key) && recordOf(overrides[key]));
  if (whole !== undefined && !has(version, 'nestedOverrides'))
    return { unknown: `vLLM before 0.11.1 replaces the whole of ${whole.slice(0, 40)} by what hf_overrides says` };
  const made = model.remade?.((config) => withOverrides(config, overrides, version));
  if (!made)
    return { unknown: `what hf_overrides changes with ${named.join(', ')} is not known without a config.json` };
  if ('problem' in made)
    return { unknown: `with hf_overrides of ${named.join(', ')} the config.json makes no model: ${made.problem}` };
  return { model: { ...model, architecture: withNotes(made, model.architecture) }, remarks };
}

function withNotes(made: Architecture, { approximations }: Architecture): Architecture {
  return { ...made, approximations: [...new Set([...approximations, ...made.approximations])] };
}

/** The overrides that this release reads, RoPE under the name that it reads. */
function askedOverrides(reader: ArgumentReader, version: EngineVersion): Overrides {
  const scaling = reader.object('rope_scaling');
  const theta = reader.number('rope_theta');
  // The two flags are gone since 0.11.1 (engine/arg_utils.py).
  if (has(version, 'nestedOverrides') && (scaling ?? theta) !== null) {
    return { refusal: `unrecognized arguments: ${scaling === null ? '--rope-theta' : '--rope-scaling'}` };
  }
  const { rope_scaling, rope_parameters, ...others } = {
    ...reader.object('hf_overrides'),
    ...(scaling && Object.keys(scaling).length > 0 ? { rope_scaling: scaling } : {}),
  } as Fields;
  const remarks: string[] = [];
  const unread = (name: string, other: string): void => {
    remarks.push(`vLLM ${version.text} does not read ${name} in hf_overrides; it reads ${other}`);
  };
  const parameters = has(version, 'ropeParameters');
  const alias = parameters && has(version, 'transformers5');
  if (rope_scaling !== undefined && parameters && !alias) unread('rope_scaling', 'rope_parameters');
  if (rope_parameters !== undefined && !parameters) unread('rope_parameters', 'rope_scaling');
  const rope = parameters ? (rope_parameters ?? (alias ? rope_scaling : undefined)) : rope_scaling;
  if (rope === undefined) return { overrides: others, remarks };
  const refusal = ropeRefusal(recordOf(rope), version);
  if (refusal) return { refusal };
  return { overrides: { ...others, [parameters ? 'rope_parameters' : 'rope_scaling']: rope }, remarks };
}

/** Keys that the length is worked out from without a default (config/model.py _get_and_verify_max_len). */
function ropeRefusal(rope: Fields | null, version: EngineVersion): string | null {
  if (!rope || Object.values(rope).some((value) => recordOf(value))) return null;
  const type = text(rope, 'rope_type') ?? (has(version, 'nestedOverrides') ? null : text(rope, 'type'));
  if (type === null) return "KeyError: 'rope_type'";
  const lacks = type === 'yarn' && rope['original_max_position_embeddings'] === undefined;
  return lacks ? "KeyError: 'original_max_position_embeddings'" : null;
}

/** A key that holds a config of its own (`text_config`), whose fields are overridden one by one. */
function isPart(key: string): boolean {
  return key.endsWith('_config') && key !== 'quantization_config';
}

/** Lists and objects are replaced, parts are merged (config/model.py _apply_dict_overrides, _update_nested). */
function withOverrides(config: Fields, overrides: Fields, version: EngineVersion): Fields {
  const parameters = has(version, 'ropeParameters');
  const changed: Record<string, unknown> = { ...(parameters ? ropeByNewName(config) : config) };
  for (const [key, value] of Object.entries(overrides)) {
    const part = recordOf(changed[key]);
    const inner = recordOf(value);
    changed[key] = part && inner && isPart(key) ? merged(parameters ? ropeByNewName(part) : part, inner) : value;
  }
  return changed;
}

function merged(target: Fields, updates: Fields): Fields {
  const result: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(updates)) {
    const [own, inner] = [recordOf(result[key]), recordOf(value)];
    result[key] = own && inner ? merged(own, inner) : value;
  }
  return result;
}

/** `rope_scaling` is copied to `rope_parameters` before overrides that are objects (transformers_utils/config.py patch_rope_parameters). */
function ropeByNewName(config: Fields): Fields {
  const { rope_scaling, ...others } = config;
  const scaling = recordOf(rope_scaling);
  return scaling ? { ...others, rope_parameters: { ...scaling, ...recordOf(others['rope_parameters']) } } : config;
}
