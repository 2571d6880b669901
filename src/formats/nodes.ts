import type { Deployment } from '../deployment.ts';

/** No engine is spread over more. */
const MAX_NODES = 10_000;

/**
 * A launch that says itself over how many nodes it is spread (`--nnodes 2`, of vLLM, SGLang and LMDeploy): each of them has the
 * GPUs that the config asks for. What the platform says goes before.
 */
export function withNodes(deployment: Deployment): Deployment {
  const said = deployment.arguments.get('nnodes')?.value;
  const { gpuRequest } = deployment;
  if (gpuRequest.nodes > 1 || typeof said !== 'number' || !Number.isInteger(said) || said < 2) return deployment;
  return { ...deployment, gpuRequest: { ...gpuRequest, nodes: Math.min(MAX_NODES, said) } };
}
