import { expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

function models(text: string) {
  return extractAll([{ path: 'values.yaml', text }], { engines, read: () => null }).deployments.map(
    ({ engine, model, gpuRequest }) => [
      engine.id,
      model?.value ?? null,
      model?.place.line ?? null,
      gpuRequest.count?.value,
    ],
  );
}

const VALUES = `image:
  repository: ollama/ollama
  tag: "0.5.7"
llm:
  models: ["phi4", "deepseek-r1:14b"] # pre-loaded
resources:
  limits: { nvidia.com/gpu: "1" }
`;

// feiskyer/ollama-kubernetes, values.yaml: “List of models to be pre-loaded”.
it('reads each model of an Ollama chart that lists them', () => {
  expect(models(VALUES)).toEqual([
    ['ollama', 'phi4', 5, 1],
    ['ollama', 'deepseek-r1:14b', 5, 1],
  ]);
});

it('takes no list of models for those of another engine', () => {
  expect(models(VALUES.replace('ollama/ollama', 'ghcr.io/berriai/litellm'))).toEqual([]);
});

// A Flux release of bjw-s' app-template, as in rafaribe/home-ops (kubernetes/apps/ai/ollama): no GPU, no model, no option.
it('tells of a server that gets its models by name later', () => {
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ollama}
spec:
  chartRef: {kind: OCIRepository, name: app-template}
  values:
    controllers:
      ollama:
        containers:
          app:
            image: {repository: docker.io/ollama/ollama, tag: 0.31.2}
            env: [{name: OLLAMA_HOST, value: 0.0.0.0}]
            resources: {limits: {memory: 16Gi}}
`;
  expect(models(release)).toEqual([['ollama', null, null, undefined]]);
  expect(models(release.replace('docker.io/ollama/ollama', 'ghcr.io/berriai/litellm'))).toEqual([]);
});

// As in soulwhisper/home-ops (kubernetes/apps/servitor-apps/llama): the controller is called by the release's own name.
it('reads what stands under a key that is an alias', () => {
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: &name llama
spec:
  values:
    controllers:
      *name :
        containers:
          app:
            image: {repository: ghcr.io/ggml-org/llama.cpp, tag: server-cuda-b10200}
            env:
              LLAMA_ARG_HF_REPO: org/Name-GGUF
              LLAMA_ARG_CTX_SIZE: "8192"
            resources: {limits: {nvidia.com/gpu: 1}}
`;
  expect(models(release)).toEqual([['llamacpp', 'org/Name-GGUF', 13, 1]]);
});
