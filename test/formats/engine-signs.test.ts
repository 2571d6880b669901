import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { kubernetes } from '../../src/formats/kubernetes/index.ts';
import { kustomize } from '../../src/formats/kustomize/index.ts';

function manifest(lines: readonly string[]): string {
  return [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata: {name: web}',
    'spec:',
    '  template:',
    '    spec:',
    '      containers:',
    '        - name: web',
    ...lines.map((line) => `          ${line}`),
    '',
  ].join('\n');
}

// Images and commands as the engines' own documentation has them.
const LAUNCHES: readonly (readonly [engine: string, line: string])[] = [
  ['vllm', 'image: vllm/vllm-openai:v0.9.1'],
  ['vllm', 'command: [vllm, serve, org/m]'],
  ['vllm', 'args: [python3, -m, vllm.entrypoints.openai.api_server]'],
  ['sglang', 'image: lmsysorg/sglang:v0.5.1'],
  ['sglang', 'command: [python3, -m, sglang.launch_server]'],
  ['llamacpp', 'image: ghcr.io/ggml-org/llama.cpp:server-cuda'],
  ['llamacpp', 'command: [llama-server, -hf, ggml-org/gemma-3-1b-it-GGUF]'],
  ['ollama', 'image: ollama/ollama:0.6.2'],
  ['ollama', 'command: [ollama, serve]'],
  ['tgi', 'image: ghcr.io/huggingface/text-generation-inference:3.3.4'],
  ['tgi', 'command: [text-generation-launcher]'],
  ['tensorrt-llm', 'image: nvcr.io/nvidia/tensorrt-llm/release:1.0.0'],
  ['tensorrt-llm', 'command: [trtllm-serve, org/m]'],
  ['lmdeploy', 'image: openmmlab/lmdeploy:v0.9.2'],
  ['lmdeploy', 'command: [lmdeploy, serve, api_server, org/m]'],
  ['nim', 'image: nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.5'],
];

describe('the first look at a manifest', () => {
  it('knows a launch of every engine', () => {
    expect(new Set(LAUNCHES.map(([engine]) => engine))).toEqual(new Set(engines.map(({ id }) => id)));
  });

  it.each(LAUNCHES)('takes a workload that launches %s: %s', (_engine, line) => {
    const file = { path: 'a.yaml', text: manifest([line]) };
    expect(kubernetes.detect(file)).toBe(true);
    expect(kustomize.detect(file)).toBe(true);
  });

  it.each([
    'args: [--model, org/m, --max-num-seqs, "8"]',
    'args: [-m, /m.gguf, --ctx-size, "8192"]',
    'args: [--session-len, "8192"]',
    'env: [{name: OPTION_ROLLING_BATCH, value: auto}]',
  ])('takes an image of somebody’s own with an engine’s settings: %s', (line) => {
    expect(kubernetes.detect({ path: 'a.yaml', text: manifest(['image: registry.example/team/app:1', line]) })).toBe(
      true,
    );
  });

  it('leaves a workload alone that says nothing of an engine', () => {
    const text = manifest(['image: registry.example/team/web:1', 'args: ["--port", "8080", "--workers=4"]']);
    expect(kubernetes.detect({ path: 'a.yaml', text })).toBe(false);
    expect(kustomize.detect({ path: 'a.yaml', text })).toBe(false);
  });

  it('takes a patch, which need not say what it changes', () => {
    const text = manifest(['resources: {limits: {memory: 64Gi}}']);
    expect(kustomize.detect({ path: 'a.yaml', text })).toBe(true);
  });
});
