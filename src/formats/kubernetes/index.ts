import { at, type BrokenDocument, itemsOf, readYaml, type YamlValue } from '../../syntax/yaml.ts';
import { placeOf, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import { engineResourceOf } from '../custom-resources/named-engine.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { ENGINE_NAME, mayServe, WRITTEN_LAUNCH } from '../engine-signs.ts';
import { folderOf } from '../../paths.ts';
import type { Unsupported } from '../../deployment.ts';
import { annotatedPods } from './annotated.ts';
import { claimsIn, referredClaim } from './claims.ts';
import { withClaimsNear } from './claims-near.ts';
import { launchesOf } from './containers.ts';
import { withConfigMapsNear } from './config-maps-near.ts';
import { configMapsOf } from './environment.ts';
import { isPatch, type Pod, podsOf } from './pods.ts';
import { launchOfConfigMap } from './variables.ts';

/** Pods and what makes them, LeaderWorkerSets, Lists and OpenShift Templates; YAML or JSON. */
export const kubernetes: Format = {
  id: 'kubernetes',
  title: 'Kubernetes workloads',
  sharesFiles: true,
  detect: ({ text }) =>
    /\bapiVersion\b/.test(text) &&
    /\bkind\b/.test(text) &&
    (VARIABLES.test(text) || (/\bcontainers\b/.test(text) && mayServe(text))),
  extract,
  edit: editDeployment,
};

/** A ConfigMap that holds an engine's arguments as variables. */
const VARIABLES = /\b(?:MAX_MODEL_LEN|GPU_MEMORY_UTILIZATION|TENSOR_PARALLEL_SIZE|MAX_NUM_SEQS)\b/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return unreadable(file, { reason: yaml.reason, start: 0, end: file.text.length });
  const unread = (yaml.broken ?? []).flatMap((one) => unreadable(file, one)?.unsupported ?? []);
  const read = launchesIn(yaml.documents, context);
  if (unread.length === 0) return read;
  return { deployments: read?.deployments ?? [], unsupported: [...(read?.unsupported ?? []), ...unread] };
}

function launchesIn(documents: readonly YamlValue[], context: FormatContext): Extraction | null {
  const unread: Unsupported[] = [];
  const written = documents
    // What a resource says of its engine itself is read with that.
    .filter((document) => engineResourceOf(document, [], context.engines) === null)
    .flatMap((document) => {
      const own = podsOf(document).filter((pod) => !isPatch(pod));
      const changed = annotatedPods(document, own);
      unread.push(...changed.unsupported);
      return [...own, ...changed.pods];
    });
  const { path = '', text = '' } = documents[0]?.file ?? {};
  const claims = claimsOfPods(written, documents, ENGINE_NAME.test(text) ? context : { read: context.read });
  const pods = claims.length === 0 ? written : written.map((pod) => ({ ...pod, claims }));
  const own = pods.length === 0 ? new Map() : configMapsOf(documents);
  // For other workloads no file beside them is opened.
  const maps = ENGINE_NAME.test(text) ? withConfigMapsNear(pods, own, folderOf(path), context) : own;
  const launched = pods.length === 0 ? null : launchesOf(pods, 'kubernetes', maps, context);
  const found = launched && { ...launched, unsupported: [...launched.unsupported, ...unread] };
  if (found && found.deployments.length + found.unsupported.length > 0) return found;
  const described = documents.flatMap((document) => launchOfConfigMap(document, context) ?? []);
  return described.length === 0 ? found : { deployments: described, unsupported: [] };
}

/** The documents of claims that pods refer to: of the same file, and of others beside it. */
function claimsOfPods(
  pods: readonly Pod[],
  documents: readonly YamlValue[],
  context: Pick<FormatContext, 'read' | 'list'>,
): readonly YamlValue[] {
  const names = pods.flatMap(({ spec }) => itemsOf(at(spec, 'resourceClaims')).map(referredClaim));
  return withClaimsNear(names, claimsIn(documents), folderOf(documents[0]?.file.path ?? ''), context);
}

/** A template or a manifest with a mistake, no YAML as it stands: ours when it shows an engine, and said aloud. */
function unreadable(file: SourceFile, { reason, start, end }: BrokenDocument): Extraction | null {
  const text = file.text.slice(start, end);
  const sign = WRITTEN_LAUNCH.exec(text);
  const isTemplate = text.includes('{{');
  // Records of many manifests, one a line, are no template of one.
  if (!sign || /\.(?:jsonl|ndjson)$/i.test(file.path)) return null;
  if (!isTemplate && !/\.ya?ml$/i.test(file.path)) return null;
  const place = placeOf(file, start + sign.index, start + sign.index + sign[0].length);
  const [what] = reason.split('\n');
  const unsupported = {
    file: file.path,
    format: 'kubernetes',
    name: isTemplate ? 'template' : 'manifest',
    reason: isTemplate ? `It is a template, and ${what}` : `It cannot be read: ${what}`,
    remedy: isTemplate
      ? 'Render it (`helm template`) and check the result.'
      : 'Correct the YAML; the cluster would refuse it too.',
    place,
  };
  return { deployments: [], unsupported: [unsupported] };
}
