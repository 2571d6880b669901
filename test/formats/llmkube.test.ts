import { describe, expect, it } from 'vitest';
import { readText } from './reading.ts';

/** A service of LLMKube's runtime `generic`, as tscibilia/home-ops runs ComfyUI on. */
const service = (image: string, command: string, more = ''): string => `apiVersion: inference.llmkube.dev/v1alpha1
kind: InferenceService
metadata: {name: one}
spec:
  modelRef: one
  runtime: generic
  image: ${image}
  command: ${command}
  resources: {gpu: 2}
${more}`;

const model = `---
apiVersion: inference.llmkube.dev/v1alpha1
kind: Model
metadata: {name: one}
spec: {source: hf://org/name}
`;

const read = (text: string) => {
  const { deployments, unsupported } = readText('one.yaml', text);
  return [
    deployments.map((one) => [one.engine.id, one.model?.value, one.gpuRequest.count?.value]),
    unsupported.map(({ name }) => name),
  ];
};

describe('a service of LLMKube that starts a container of its own', () => {
  it('is read where that starts an engine', () => {
    const text = service('vllm/vllm-openai:v0.11.0', '[vllm, serve, org/name]');
    expect(read(text)).toEqual([[['vllm', 'org/name', 2]], []]);
  });

  it('is left alone where that starts something else', () => {
    expect(read(service('yanwk/comfyui-boot:cu130', '[bash, entrypoint.sh]'))).toEqual([[], []]);
  });

  it('is told of where it serves a model all the same', () => {
    expect(read(service('example.com/team/server:1', '[bash, entrypoint.sh]', model))).toEqual([[], ['one']]);
  });
});
