import type { ArgumentProblem, Deployment, Located } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { readYaml, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { settingsDeployment } from '../settings.ts';
import { settingOf } from '../vllm-config/index.ts';

/** A file for `sglang.launch_server --config`: a flat mapping whose keys are SGLang's own options. */
export const sglangConfig: Format = {
  id: 'sglang-config',
  title: 'SGLang --config files',
  detect: ({ text }) => DECISIVE_TEXT.test(text) && !/^\s*["']?(?:apiVersion|services|kind)["']?\s*:/m.test(text),
  extract,
  edit: editDeployment,
};

/** Keys that stand at the top of no other program's settings. */
const DECISIVE =
  /^(?:mem[-_]fraction[-_]static|chunked[-_]prefill[-_]size|cuda[-_]graph[-_]max[-_]bs|max[-_]running[-_]requests|max[-_]total[-_]tokens|schedule[-_]conservativeness|disable[-_]radix[-_]cache|speculative[-_]algorithm|enable[-_]dp[-_]attention|disable[-_]cuda[-_]graph|model[-_]path)$/;
const DECISIVE_TEXT =
  /^[ \t]{0,8}["']?(?:mem[-_]fraction[-_]static|chunked[-_]prefill[-_]size|cuda[-_]graph[-_]max[-_]bs|max[-_]running[-_]requests|max[-_]total[-_]tokens|schedule[-_]conservativeness|disable[-_]radix[-_]cache|speculative[-_]algorithm|enable[-_]dp[-_]attention|disable[-_]cuda[-_]graph|model[-_]path)["']?\s*:/m;

/** Keys of programs that also speak of models and sizes at their top: training, benchmarks, gateways, TGI. */
const NOT_SERVING =
  /^(?:data|datasets?|train(?:er|ing)?|optim(?:izer)?|actor_rollout_ref|rollout|algorithm|reward|tasks|benchmark|results|metrics|routes|clients?|model_list|worker[-_]urls?|policy|model[-_]id|max[-_]input[-_](?:length|tokens))$/;

function extract(file: SourceFile, { engines }: FormatContext): Extraction | null {
  const engine = engines.find(({ knowsArgument }) => knowsArgument('mem_fraction_static'));
  const yaml = readYaml(file);
  if (!engine || 'reason' in yaml) return null;
  const deployments = yaml.documents.flatMap((document) => deploymentOf(document, file, engine));
  return deployments.length === 0 ? null : { deployments, unsupported: [] };
}

function deploymentOf(document: YamlValue, file: SourceFile, engine: Engine): Deployment[] {
  if (document.kind !== 'mapping') return [];
  const { entries } = document;
  if (entries.some(({ key }) => NOT_SERVING.test(key))) return [];
  const known = entries.filter(({ key }) => engine.knowsArgument(key));
  const decisive = known.filter(({ key }) => DECISIVE.test(key));
  const [first] = known;
  // Most of the file must be the engine's: a few options in a larger program's settings are not a launch.
  if (!first || decisive.length === 0 || known.length < 2 || known.length * 2 < entries.length) return [];
  const model = modelOf(entries);
  // A path and a port alone are any server's.
  const named = decisive.every(({ key }) => key.startsWith('model'));
  if (named && (known.length < 4 || !decisive.some(({ key }) => key === 'model-path'))) return [];
  const deployment = settingsDeployment({
    file,
    format: 'sglang-config',
    name: model?.value ?? baseName(file.path),
    engine,
    line: placeOfMapped(first.keyText).line,
    settings: known.map(settingOf),
    entries: known,
    strict: false,
    mapping: document,
    model,
    foreign: [],
  });
  return [{ ...deployment, problems: [...deployment.problems, ...entries.flatMap((entry) => refused(entry, engine))] }];
}

function modelOf(entries: readonly YamlEntry[]): Located<string> | null {
  const value = entries.find(({ key }) => key === 'model-path' || key === 'model_path' || key === 'model')?.value;
  if (value?.kind !== 'scalar' || typeof value.value !== 'string') return null;
  return { value: value.text.text, place: placeOfMapped(value.text) };
}

/** Keys are put behind `--` as they are written, and the parser knows no underscores (srt/server_args_config_parser.py). */
function refused({ key, keyText }: YamlEntry, engine: Engine): ArgumentProblem[] {
  const place = placeOfMapped(keyText);
  const name = key.slice(0, 80);
  const option = key.replaceAll('_', '-');
  const known = engine.knowsArgument(key);
  if (known && option === key) return [];
  return [
    {
      code: 'unknown-argument',
      argument: name,
      message: `${engine.title} does not start with '--${name}': each key becomes the option of that name, and there is none.`,
      remedy: known ? `Write ${option.slice(0, 80)}.` : 'Take the key out.',
      place,
    },
  ];
}
