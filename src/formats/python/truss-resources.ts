import type { Deployment } from '../../deployment.ts';
import { at, readYaml } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { LaunchContext } from '../launch.ts';
import { acceleratorsOf, gpuRequestOf } from '../skypilot/accelerators.ts';

/** Where Truss has the program of a model, and its config beside that folder (Baseten docs, "Truss structure"). */
const PROGRAM = /(?:^|\/)model\/model\.py$/;

/** Launches of a Truss's `model.py` with the GPUs that its `config.yaml` asks for; others as they are. */
export function onTruss(
  deployments: readonly Deployment[],
  { path, text }: SourceFile,
  { read }: LaunchContext,
): readonly Deployment[] {
  if (!PROGRAM.test(path) || !/^class Model\b/m.test(text) || deployments.length === 0) return deployments;
  const file = read(path.replace(PROGRAM, (found) => `${found.startsWith('/') ? '/' : ''}config.yaml`));
  const yaml = file && readYaml(file);
  const [document] = yaml && 'documents' in yaml ? yaml.documents : [];
  const resources = at(document ?? null, 'resources');
  const accelerators = acceleratorsOf(resources, 'accelerator');
  if (accelerators.length === 0) return deployments;
  const asked = gpuRequestOf(resources, accelerators, 1);
  return deployments.map((one) =>
    one.gpuRequest.name ? one : { ...one, gpuRequest: { ...asked, count: one.gpuRequest.count ?? asked.count } },
  );
}
