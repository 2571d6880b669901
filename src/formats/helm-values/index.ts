import { at, entriesIn, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { launchOfKubeaiModel } from '../custom-resources/kubeai.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf } from '../launch.ts';
import { genericValues } from './generic.ts';
import { readValues, valuesOfHelmfile } from './helmfile.ts';
import { withOwnValues } from './own-values.ts';
import { modelservice } from './modelservice.ts';
import { isSaidIn, lineIn, overBase } from './overlay.ts';
import { productionStack } from './production-stack.ts';
import { hasRoles, launchesOfRoles } from './roles.ts';
import { isOff, type Mapping } from './units.ts';

/** Values of Helm charts that serve models: the known charts by their keys, any other by an engine's image. */
export const helmValues: Format = {
  id: 'helm-values',
  title: 'Values of Helm charts',
  detect: ({ text }) => SIGN.test(text) && !MANIFEST.test(text),
  extract,
  edit: editDeployment,
};

const SIGN =
  /\b(?:servingEngineSpec|modelArtifacts|resourceProfile|LLAMA_ARG_(?:MODEL|HF_REPO))\b|^\s{0,8}(?:prefill|decode)\s*:|^model(?:[-_]?(?:id|name))?\s*:\s*["']?[\w.-]{1,100}\/[\w.-]{1,100}["']?\s*$|(?:image|repository|name)["']?\s*:\s*["']?[^\s"'#]*(?:vllm|sglang|text-generation-inference|llama\.cpp|ollama|lmdeploy|tensorrt-?llm|nvcr\.io\/nim|llm-d)|\b(?:gpuMemoryUtilization|maxModelLen|maxNumSeqs|tensorParallelSize)\b|^(?:vllm|sglang|tgi|lmdeploy)[ \t]*:[ \t]*(?:#.*)?\r?$/im;
const MANIFEST = /^["']?apiVersion["']?\s*:/m;
/** Top keys of files that are no chart's values: compose, workflows, tasks, other platforms. */
const NOT_VALUES =
  /^(?:services|jobs|on|run|commands|steps|stages|docker_server|base_image|llm_configs|applications|envs|setup|\$schema|properties|paths|openapi|swagger|resource|provider|model_list|backend|repos|compute|template_defaults|model_metadata|scrape_configs)$/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readValues(file);
  if ('reason' in yaml) return null;
  const found = yaml.documents.flatMap((document): Extraction[] => {
    const releases = valuesOfHelmfile(document);
    if (releases) return releases.map((values) => launchesOfValues(values, 'helm-values', context));
    const whole = overBase(document, file, context);
    if (whole === null) return [launchesOfValues(document, 'helm-values', context)];
    const both = launchesOfValues(whole, 'helm-values', context);
    const own = both.deployments.filter((one) => isSaidIn(file, one));
    return [
      {
        deployments: own.map((one) => ({ ...one, file: file.path, line: lineIn(file, one) })),
        unsupported: both.unsupported.filter((one) => one.place.file === file.path),
      },
    ];
  });
  const deployments = found.flatMap((one) => one.deployments);
  return { deployments, unsupported: found.flatMap((one) => one.unsupported) };
}

/** The launches that the values of a chart make, wherever the values stand. */
export function launchesOfValues(written: YamlValue, format: string, context: FormatContext): Extraction {
  const nothing: Extraction = { deployments: [], unsupported: [] };
  if (written.kind !== 'mapping' || written.entries.some(({ key }) => NOT_VALUES.test(key))) return nothing;
  const document = withOwnValues(written);
  const [engine] = context.engines.filter(({ knowsArgument }) => knowsArgument('gpu_memory_utilization'));
  if (!engine) return nothing;
  const known = homesIn(document).flatMap((home): Extraction[] => {
    const stack = productionStack(home, format, engine, context);
    if (stack) return [{ deployments: stack, unsupported: [] }];
    const service = modelservice(home, format, context);
    if (service) return [service];
    return hasRoles(home) ? [extractionOf(launchesOfRoles(home, format, context))] : [catalogue(home, format, context)];
  });
  if (known.length === 0) return genericValues(document, format, context);
  return {
    deployments: known.flatMap((one) => one.deployments),
    unsupported: known.flatMap((one) => one.unsupported),
  };
}

/** A chart's values, or those of a chart within (`vllm-stack:` in the values of the one that depends on it). */
function homesIn(document: Mapping): Mapping[] {
  const own = [document, ...document.entries.flatMap(({ value }) => (value.kind === 'mapping' ? [value] : []))];
  return own.filter(
    (home) =>
      at(home, 'servingEngineSpec') !== null ||
      at(home, 'modelArtifacts') !== null ||
      hasRoles(home) ||
      entriesIn(at(home, 'catalog')).some(({ value }) => at(value, 'resourceProfile') ?? at(value, 'engine')),
  );
}

/** The models of KubeAI's chart that are switched on. */
function catalogue(home: Mapping, format: string, context: FormatContext): Extraction {
  const models = entriesIn(at(home, 'catalog')).filter(({ value }) => at(value, 'url') !== null && !isOff(value));
  return extractionOf(models.flatMap(({ key, value }) => launchOfKubeaiModel(value, key, format, context) ?? []));
}
