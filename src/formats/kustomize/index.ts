import type { Unsupported } from '../../deployment.ts';
import { at, entriesIn, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { launchesOf } from '../kubernetes/containers.ts';
import { configMapsOf } from '../kubernetes/environment.ts';
import { engineResourceOf } from '../custom-resources/named-engine.ts';
import { isPatch, podsOf } from '../kubernetes/pods.ts';
import { mayServe } from '../engine-signs.ts';
import { cannotRead } from '../unsupported.ts';
import { launchesChangedBy } from './changed.ts';
import { launchesOfCharts } from './charts.ts';
import { build, type Built } from './overlay.ts';
import { launchesOfPatch } from './patch-file.ts';

/** Patches, and the kustomizations and components that hold some or generate what containers read. */
export const kustomize: Format = {
  id: 'kustomize',
  title: 'Kustomize overlays and patches',
  sharesFiles: true,
  detect: ({ text }) =>
    KUSTOMIZATION.test(text) ||
    (/\bapiVersion\b/.test(text) && /\bcontainers\b/.test(text) && (mayServe(text) || !/\bimage\b/.test(text))),
  extract,
  edit: editDeployment,
};

const KUSTOMIZATION =
  /kustomize\.config\.k8s\.io|^(?:patches\w*|configMapGenerator|images|replacements|helmCharts)\s*:/m;
/** Options that show whose arguments an inline patch holds. */
const ENGINE_OPTION =
  /--(?:gpu[-_]memory[-_]utilization|max[-_]model[-_]len|tensor[-_]parallel[-_]size|max[-_]num[-_](?:seqs|batched[-_]tokens)|kv[-_]cache[-_]dtype|enforce[-_]eager)\b/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const [first] = yaml.documents;
  const isKustomization = /^(?:Kustomization|Component)$/.test(textOf(at(first, 'kind')) ?? 'Kustomization');
  if (first && isKustomization && KUSTOMIZATION.test(file.text)) return launchesOfKustomization(file, first, context);
  const maps = configMapsOf(yaml.documents);
  const patches = yaml.documents.filter(
    (document) => podsOf(document).some(isPatch) && engineResourceOf(document, [], context.engines) === null,
  );
  const found = patches.map((document): Extraction => {
    // A patch makes nothing by itself; what it changes stands in its base.
    const built = launchesOfPatch(document, context);
    if (built) return { deployments: built, unsupported: [] };
    return launchesOf(podsOf(document).filter(isPatch), 'kustomize', maps, context);
  });
  return {
    deployments: found.flatMap((one) => one.deployments),
    unsupported: found.flatMap((one) => one.unsupported),
  };
}

function launchesOfKustomization(file: SourceFile, document: YamlValue, context: FormatContext): Extraction | null {
  const built = build(file, context);
  if (!built) return null;
  const charts = launchesOfCharts(document, context);
  const deployments = [...launchesChangedBy(file.path, built, context), ...charts.deployments];
  const missing = deployments.length === 0 ? withoutBase(document, built) : [];
  return { deployments, unsupported: [...missing, ...charts.unsupported] };
}

/** An inline patch with an engine's options whose base is nowhere to be seen. */
function withoutBase(document: YamlValue, { missing }: Built): Unsupported[] {
  const inline = entriesIn(document)
    .filter(({ key }) => key.startsWith('patches'))
    .flatMap(({ value }) => itemsOf(value))
    .flatMap((patch) => at(patch, 'patch') ?? patch);
  return inline.flatMap((patch) => {
    if (patch.kind !== 'scalar' || !ENGINE_OPTION.test(patch.text.text)) return [];
    const [first] = missing;
    const why = first === undefined ? 'none of its resources has what it patches' : `${first} is not in the repository`;
    const reason = `A patch holds engine arguments, and ${why}.`;
    return [cannotRead(reason, 'Check the result of `kustomize build`.', 'patch', 'kustomize', patch.text)];
  });
}
