import type { YamlValue } from '../syntax/yaml.ts';
import { launchesOfResources } from './custom-resources/index.ts';
import { engineResourceOf } from './custom-resources/named-engine.ts';
import type { Extraction, FormatContext } from './format.ts';
import { launchesOfKserve } from './kserve/index.ts';
import { claimsIn } from './kubernetes/claims.ts';
import { launchesOf } from './kubernetes/containers.ts';
import { configMapsOf } from './kubernetes/environment.ts';
import { isPatch, podsOf } from './kubernetes/pods.ts';

/** The launches of Kubernetes documents that some other format holds or makes. */
export function launchesOfDocuments(
  documents: readonly YamlValue[],
  format: string,
  context: FormatContext,
): Extraction {
  const maps = configMapsOf(documents);
  const claims = claimsIn(documents);
  const pods = documents
    .filter((document) => engineResourceOf(document, [], context.engines) === null)
    .flatMap((document) => podsOf(document))
    .filter((pod) => !isPatch(pod))
    .map((pod) => (claims.length === 0 ? pod : { ...pod, claims }));
  const found = [
    launchesOf(pods, format, maps, context),
    launchesOfKserve(documents, format, maps, context),
    launchesOfResources(documents, maps, context),
  ];
  return {
    deployments: found.flatMap((one) => one.deployments),
    unsupported: found.flatMap((one) => one.unsupported),
  };
}
