import type { Unresolved } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';
import { merged } from '../kustomize/merge.ts';

/** What services build upon: an LLMInferenceServiceConfig. */
export interface Preset {
  readonly name: string;
  readonly document: YamlValue;
  readonly spec: YamlValue;
}

export function presetOf(document: YamlValue): Preset | null {
  if (textOf(at(document, 'kind')) !== 'LLMInferenceServiceConfig') return null;
  const name = textOf(at(document, 'metadata', 'name'));
  const spec = at(document, 'spec');
  return name === null || spec === null ? null : { name, document, spec };
}

/** Presets that KServe brings along, which every service gets, and those of what stands in front of the engine. */
const OTHERS = /(?:^|-)(?:kserve-config-llm|epp|router|scheduler|gateway|route)(?:-|$)/;
/** The most presets that one service builds upon. */
const MAX_PRESETS = 20;

const ELSEWHERE = { name: 'more_arguments', reason: 'its preset is not in the repository' };

export interface Built {
  /** The service's spec over those of its presets, the last of which goes over the ones before it. */
  readonly spec: YamlValue | null;
  /** Presets that are part of it. */
  readonly presets: readonly Preset[];
  /** What the ones leave open that nobody has. */
  readonly open: readonly Unresolved[];
}

/** A service with the presets of its `baseRefs` (KServe, MergeSpecs). */
export function builtUpon(document: YamlValue, find: (name: string) => Preset | null): Built {
  const spec = at(document, 'spec');
  const presets: Preset[] = [];
  const open: Unresolved[] = [];
  for (const one of firstOf(itemsOf(at(spec, 'baseRefs')), MAX_PRESETS, 'presets', placeOfValue)) {
    const ref = at(one, 'name');
    if (ref?.kind !== 'scalar' || ref.value === null) continue;
    const { text } = ref;
    const preset = find(text.text);
    if (preset) presets.push(preset);
    else if (!OTHERS.test(text.text)) open.push({ ...ELSEWHERE, text: text.text, place: placeOfMapped(text) });
  }
  if (spec === null || presets.length === 0) return { spec, presets, open };
  const base = presets.map((preset) => preset.spec).reduce((below, above) => merged(below, above) ?? below);
  return { spec: merged(base, spec), presets, open };
}
