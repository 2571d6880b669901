// Kubernetes docs, "Volumes", image: `reference` names an OCI image that is mounted. A chart of the shape of jomcgi/homelab's
// (projects/agent_platform/inference/deploy/values-prod.yaml) hands it through as `modelVolume`.
import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

function modelsOf(text: string) {
  const { deployments } = extractAll([{ path: 'deploy/values-prod.yaml', text }], { engines, read: () => null });
  return deployments.map(({ model }) => [model?.value ?? null, model?.place.line ?? null]);
}

const VLLM = 'vllm:\n  maxModelLen: 49152\n  gpuMemoryUtilization: 0.95\n';
const REFERENCE = 'ghcr.io/acme/models/qwen3-27b:int4';

describe('a volume with the model in it', () => {
  it.each(['modelVolume', 'model-volume', 'modelImage'])('is the model as %s', (key) => {
    expect(modelsOf(`${key}:\n  enabled: true\n  reference: "${REFERENCE}"\n  mountPath: /model\n${VLLM}`)).toEqual([
      [REFERENCE, 3],
    ]);
  });

  it('is none where it is switched off or empty', () => {
    expect(modelsOf(`modelVolume:\n  enabled: false\n  reference: ${REFERENCE}\n${VLLM}`).flat()).not.toContain(
      REFERENCE,
    );
    expect(modelsOf(`modelVolume:\n  reference: ""\n${VLLM}`).flat()).not.toContain('');
  });

  it('goes behind a model that is named', () => {
    expect(
      modelsOf(`modelVolume:\n  reference: ${REFERENCE}\nmodel: Qwen/Qwen3-8B\n${VLLM}`).map(([model]) => model),
    ).toEqual(['Qwen/Qwen3-8B']);
  });
});
