import type { ArgumentValue, Located } from '../../deployment.ts';
import type { Engine, Setting } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { dataOf, readYaml, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { settingsDeployment } from '../settings.ts';

/** A file for `vllm serve --config`: a flat mapping whose keys are vLLM's own options. */
export const vllmConfig: Format = {
  id: 'vllm-config',
  title: 'vLLM --config files',
  detect: (file) => DECISIVE_TEXT.test(file.text) && !/^\s*(?:apiVersion|services|kind)\s*:/m.test(file.text),
  extract,
  edit: editDeployment,
};

/** Keys that no other program's settings have at their top. */
const DECISIVE =
  /^(?:gpu|max|tensor|pipeline|speculative|kv|enable|enforce|compilation|limit|served)[-_](?:memory[-_]utilization|model[-_]len|num[-_]seqs|num[-_]batched[-_]tokens|parallel[-_]size|config|cache[-_]dtype|prefix[-_]caching|chunked[-_]prefill|expert[-_]parallel|lora|eager|mm[-_]per[-_]prompt|model[-_]name)$/;
const DECISIVE_TEXT =
  /(?:gpu[-_]memory[-_]utilization|max[-_]model[-_]len|max[-_]num[-_]seqs|max[-_]num[-_]batched[-_]tokens|parallel[-_]size|kv[-_]cache[-_]dtype|speculative[-_]config|compilation[-_]config|enforce[-_]eager|enable[-_]prefix[-_]caching|enable[-_]chunked[-_]prefill)["']?\s*:/;

/** Keys of programs that also speak of models and lengths at their top: training, benchmarks, gateways. */
const NOT_SERVING =
  /^(?:data|dataset|datasets|train|trainer|training|optim|optimizer|actor_rollout_ref|rollout|algorithm|reward|tasks|benchmark|results|metrics|routes|clients?|properties|model_list)$/;

function extract(file: SourceFile, { engines }: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const found = yaml.documents.flatMap((document) => deploymentOf(document, file, engines));
  return found.length === 0 ? null : { deployments: found, unsupported: [] };
}

function deploymentOf(document: YamlValue, file: SourceFile, engines: readonly Engine[]) {
  if (document.kind !== 'mapping') return [];
  const { entries } = document;
  if (entries.some(({ key }) => NOT_SERVING.test(key))) return [];
  for (const engine of engines) {
    const known = entries.filter(({ key }) => engine.knowsArgument(key) || isNegated(key, engine));
    const decisive = known.some(({ key }) => DECISIVE.test(key));
    // Most of the file must be the engine's: a few options in a larger program's settings are not a launch.
    if (known.length < 2 || !decisive || known.length * 2 < entries.length) continue;
    const [first] = known;
    if (!first) continue;
    const settings = known.map(settingOf);
    const model = modelOf(entries);
    return [
      settingsDeployment({
        file,
        format: 'vllm-config',
        name: model?.value ?? baseName(file.path),
        engine,
        line: placeOfMapped(first.keyText).line,
        settings,
        entries: known,
        strict: false,
        mapping: document,
        model,
        foreign: entries.filter((entry) => !known.includes(entry)),
      }),
    ];
  }
  return [];
}

function isNegated(key: string, engine: Engine): boolean {
  return /^no[-_]/.test(key) && engine.knowsArgument(key.slice(3));
}

function modelOf(entries: readonly YamlEntry[]): Located<string> | null {
  const value = entries.find(({ key }) => key === 'model' || key === 'model_tag' || key === 'model-tag')?.value;
  if (value?.kind !== 'scalar' || typeof value.value !== 'string') return null;
  return { value: value.text.text, place: placeOfMapped(value.text) };
}

/** A key as a setting: nested mappings are objects, templates are open. */
export function settingOf({ key, value, keyText }: YamlEntry): Setting {
  const place = value.kind === 'scalar' ? placeOfMapped(value.text) : placeOfMapped(keyText);
  const written = value.kind === 'scalar' && typeof value.value === 'string' ? value.text.text : null;
  const open = written !== null && /\{\{|\$\{|^\$\(/.test(written) ? 'it is a template or a variable' : null;
  return { key, value: dataOf(value) as ArgumentValue, place, unresolved: open };
}
