import { describe, expect, it } from 'vitest';
import type { ArgumentValue, Deployment } from '../../src/deployment.ts';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };

function read(text: string, path = 'serve.yaml') {
  return extractAll([{ path, text }], context);
}

function only(text: string, path = 'serve.yaml'): Deployment {
  const { deployments } = read(text, path);
  expect(deployments).toHaveLength(1);
  return deployments[0] as Deployment;
}

function gpusOf({ gpuRequest }: Deployment): readonly (string | number | null)[] {
  return [gpuRequest.name?.value ?? null, gpuRequest.count?.value ?? null, gpuRequest.nodes];
}

const LOADING = 'model_loading_config: {model_id: short, model_source: org/name}';
const KWARGS = 'engine_kwargs: {max_model_len: 4096, tensor_parallel_size: 2}';

function indented(text: string, by: number): string {
  return text.replace(/^/gm, ' '.repeat(by));
}

/** A RayService with one worker group. */
function service(config: string, resources = 'nvidia.com/gpu: 4', selector = ''): string {
  return `apiVersion: ray.io/v1
kind: RayService
metadata: {name: llm}
spec:
  serveConfigV2: |
${indented(config, 4)}
  rayClusterConfig:
    headGroupSpec:
      template: {spec: {containers: [{name: head, image: "rayproject/ray:2.50.0"}]}}
    workerGroupSpecs:
    - replicas: 1
      groupName: gpu
      template:
        spec:
          ${selector}
          containers:
          - name: worker
            image: rayproject/ray-llm:2.52.0-py311-cu128
            resources: {limits: {${resources}}}
`;
}

// docs.ray.io: Ray Serve LLM, "Production guide"; RayService (kuberay).
describe('a config of Ray Serve LLM', () => {
  const application = `applications:
- name: llms
  import_path: ray.serve.llm:build_openai_app
  args:
    llm_configs:
    - ${LOADING}
      accelerator_type: L4
      ${KWARGS}
      runtime_env: {env_vars: {VLLM_USE_V1: "0"}}
`;

  it.each([
    ['an application', application, ['L4', 2, 1]],
    ['a list alone', `llm_configs:\n- ${LOADING}\n  ${KWARGS}\n`, [null, 2, 1]],
    ['one model', `${LOADING}\n${KWARGS}\naccelerator_type: A100-80G\n`, ['A100-80G', 2, 1]],
    ['a RayService', service(application), ['L4', 4, 1]],
    ['a RayService over two pods', service(application, 'nvidia.com/gpu: 1'), ['L4', 1, 2]],
    [
      'a RayService on labelled nodes',
      service(
        application.replace('accelerator_type: L4', ''),
        'nvidia.com/gpu: 2',
        'nodeSelector: {cloud.google.com/gke-accelerator: nvidia-l4}',
      ),
      ['nvidia-l4', 2, 1],
    ],
  ])('%s', (_title, text, gpus) => {
    const launch = only(text);
    expect(launch.model?.value).toBe('org/name');
    expect(launch.arguments.get('max_model_len')?.value).toBe(4096);
    expect(gpusOf(launch)).toEqual(gpus);
    expect(text.slice(launch.model?.place.start, launch.model?.place.end)).toBe('org/name');
  });

  it('has variables of its own', () => {
    expect(only(application).environment.get('VLLM_USE_V1')?.value).toBe('0');
  });

  it('asks for one GPU where it says nothing, and for all its bundles', () => {
    expect(gpusOf(only(`${LOADING}\naccelerator_type: L4\nengine_kwargs: {max_model_len: 1}\n`))).toEqual(['L4', 1, 1]);
    const bundles = 'placement_group_config: {bundles: [{GPU: 1, "accelerator_type:L4": 0.001}, {GPU: 1}]}';
    expect(gpusOf(only(`${LOADING}\n${bundles}\nengine_kwargs: {max_model_len: 1}\n`))).toEqual(['L4', 2, 1]);
  });

  it('has the version that its application installs', () => {
    const text = application.replace('  args:', '  runtime_env: {pip: ["vllm==0.9.1"]}\n  args:');
    expect(only(text).engine.version).toBe('0.9.1');
  });

  // ray-project/ray-llm, models/README: engine_config, scaling_config.
  it('is read from RayLLM too', () => {
    const text = `deployment_config: {max_concurrent_queries: 64}
engine_config:
  model_id: short
  hf_model_id: org/name
  type: VLLMEngine
  engine_kwargs: {max_num_seqs: 64}
  max_total_tokens: 4096
scaling_config: {num_workers: 2, num_gpus_per_worker: 1, resources_per_worker: {accelerator_type_a10: 0.01}}
`;
    const launch = only(text);
    expect(launch.model?.value).toBe('org/name');
    expect(Object.fromEntries([...launch.arguments].map(([name, { value }]) => [name, value]))).toEqual({
      max_model_len: 4096,
      tensor_parallel_size: 2,
      max_num_seqs: 64,
    });
    expect(gpusOf(launch)).toEqual(['A10G', 2, 1]);
  });

  // kuberay ray-operator/config/samples/vllm: serve.py reads MODEL_ID, TENSOR_PARALLELISM, PIPELINE_PARALLELISM.
  it("of the team's own gets its arguments as variables", () => {
    const own = `applications:
- name: llm
  import_path: serve:model
  runtime_env:
    pip: ["vllm==0.5.4"]
    env_vars: {MODEL_ID: org/name, TENSOR_PARALLELISM: "2", PIPELINE_PARALLELISM: "1"}
`;
    const launch = only(service(own));
    expect([launch.model?.value, launch.arguments.get('tensor_parallel_size')?.value, launch.engine.version]).toEqual([
      'org/name',
      2,
      '0.5.4',
    ]);
    expect(only(service(own, 'aws.amazon.com/neuron: 1')).device).toBe('neuron');
  });

  it('a RayJob that starts an engine', () => {
    const text =
      'apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: j}\nspec:\n  entrypoint: vllm serve org/name --max-model-len 4096\n';
    expect(only(text).arguments.get('max_model_len')?.value).toBe(4096);
  });

  it.each([
    [
      'another service',
      service(
        'applications:\n- name: sd\n  import_path: stable_diffusion:entrypoint\n  runtime_env: {env_vars: {MODEL_ID: org/name}}',
      ),
    ],
    [
      'a job that trains',
      'apiVersion: ray.io/v1\nkind: RayJob\nspec:\n  entrypoint: python train.py --model org/name\n',
    ],
    ['a config without a model', 'llm_configs: []\nengine_kwargs: {max_model_len: 1}\n'],
    ["somebody else's engine", 'engine_config: {url: postgres, pool_size: 5}\n'],
  ])('%s is none', (_title, text) => {
    expect(read(text)).toEqual({ deployments: [], unsupported: [] });
  });

  it('names an engine that is not modelled', () => {
    const { deployments, unsupported } = read(`${LOADING}\nllm_engine: MLCEngine\n`);
    expect([deployments.length, unsupported[0]?.reason]).toEqual([0, expect.stringMatching(/MLC/)]);
  });
});

const HEAD = 'from ray.serve.llm import LLMConfig, build_openai_app\n';

describe('a program with Ray Serve LLM', () => {
  it.each([
    [
      'dict()',
      `${HEAD}c = LLMConfig(model_loading_config=dict(model_id="m", model_source="org/name"), accelerator_type="L4", engine_kwargs=dict(tensor_parallel_size=2, max_model_len=4096))`,
      ['L4', 2, 1],
    ],
    [
      'braces',
      `${HEAD}c = LLMConfig(model_loading_config={"model_id": "org/name"}, engine_kwargs={"tensor_parallel_size": 2, "pipeline_parallel_size": 2, "max_model_len": 4096})`,
      [null, 2, 2],
    ],
    [
      'objects',
      `${HEAD}from ray.serve.llm import ModelLoadingConfig\nK = {"max_model_len": 4096}\nc = LLMConfig(model_loading_config=ModelLoadingConfig(model_id="m", model_source="org/name"), accelerator_type="L4", engine_kwargs=K)`,
      ['L4', 1, 1],
    ],
    [
      'a dict of the builder',
      `${HEAD}build_openai_app({"llm_configs": [{"model_loading_config": {"model_id": "org/name"}, "accelerator_type": "H100", "engine_kwargs": {"max_model_len": 4096}}]})`,
      ['H100', 1, 1],
    ],
    [
      'a processor of Ray Data',
      'from ray.data.llm import vLLMEngineProcessorConfig, build_llm_processor\nc = vLLMEngineProcessorConfig(model_source="org/name", engine_kwargs={"max_model_len": 4096}, concurrency=1, accelerator_type="L4")\nbuild_llm_processor(c)',
      ['L4', 1, 1],
    ],
  ])('%s', (_title, text, gpus) => {
    const launch = only(text, 'serve.py');
    expect([launch.format, launch.model?.value, launch.arguments.get('max_model_len')?.value]).toEqual([
      'ray-serve',
      'org/name',
      4096,
    ]);
    expect(gpusOf(launch)).toEqual(gpus);
  });

  it.each([
    ['a test', `import pytest\n${HEAD}LLMConfig(model_loading_config={"model_id": "org/name"})`],
    [
      'a library',
      `${HEAD}def make(model):\n    return LLMConfig(model_loading_config={"model_id": model}, engine_kwargs={})`,
    ],
    [
      'a class of the same name',
      'from mylib import LLMConfig\nLLMConfig(model_loading_config={"model_id": "org/name"})',
    ],
  ])('%s is none', (_title, text) => {
    expect(read(text, 'serve.py')).toEqual({ deployments: [], unsupported: [] });
  });
});

describe('edits', () => {
  it.each([
    [
      'yaml',
      'serve.yaml',
      `${LOADING}\nengine_kwargs:\n  max_num_seqs: 8 # few\n`,
      `${LOADING}\nengine_kwargs:\n  max_num_seqs: 8 # few\n  max_model_len: 4\n`,
    ],
    [
      'a text of a RayService',
      'serve.yaml',
      service(
        `applications:\n- args:\n    llm_configs:\n    - ${LOADING}\n      engine_kwargs:\n        max_num_seqs: 8\n      runtime_env: {}`,
      ),
      service(
        `applications:\n- args:\n    llm_configs:\n    - ${LOADING}\n      engine_kwargs:\n        max_num_seqs: 8\n        max_model_len: 4\n      runtime_env: {}`,
      ),
    ],
    [
      'a program',
      'serve.py',
      `${HEAD}LLMConfig(\n  model_loading_config={"model_id": "m"},\n  engine_kwargs=dict(\n    max_num_seqs=8,\n  ),\n)\n`,
      `${HEAD}LLMConfig(\n  model_loading_config={"model_id": "m"},\n  engine_kwargs=dict(\n    max_num_seqs=8,\n    max_model_len=4,\n  ),\n)\n`,
    ],
  ])('%s', (_title, path, before, after) => {
    const change = (text: string, name: string, value: ArgumentValue | undefined): string => {
      const file = { path, text };
      const edits = editArgument(only(text, path), name, value, context, new Map([[path, file]]));
      if ('reason' in edits) throw new Error(edits.reason);
      return applyEdits(text, edits);
    };
    expect(change(before, 'max_model_len', 4)).toBe(after);
    expect(change(after, 'max_model_len', undefined)).toBe(before);
    expect(only(change(before, 'max_num_seqs', 9), path).arguments.get('max_num_seqs')?.value).toBe(9);
  });
});

describe('whatever a config holds', () => {
  it.each([
    ['ten thousand configs', `llm_configs:\n${`- ${LOADING}\n`.repeat(10_000)}`],
    ['a text in a text', service(service(service(`applications: [${'['.repeat(500)}`)))],
    ['a thousand bundles', `${LOADING}\nplacement_group_config: {bundles: [${'{GPU: 1}, '.repeat(5_000)}]}\n`],
    [
      'values of other kinds',
      'model_loading_config: {model_id: [1], model_source: {a: {b: c}}}\nengine_kwargs: 3\naccelerator_type: {}\nruntime_env: []\n',
    ],
  ])('%s is read or refused in bounded time', (_title, text) => {
    expect(read(text).deployments.length).toBeLessThanOrEqual(100);
  });
});

// As in ai-on-gke/tutorials-and-examples (ray-serve/ray-serve-vllm): the program makes the engine's arguments itself.
describe('an application of the team’s own', () => {
  const own = (application: string, gpus: string): string => `apiVersion: ray.io/v1
kind: RayService
metadata: {name: llama}
spec:
  serveConfigV2: |
    applications:
    - name: llm
      import_path: ${application}
      deployments: [{name: Server, ray_actor_options: {num_gpus: 1}}]
  rayClusterConfig:
    workerGroupSpecs:
    - template:
        spec:
          containers:
          - name: worker
            image: registry.example.com/team/serve:1
            resources: {limits: {${gpus}}}
`;

  it.each([
    ['app:model\n      runtime_env: {env_vars: {MODEL_ID: org/name, MAX_MODEL_LEN: "16384"}}'],
    ['serve_vllm:app'],
  ])('is told of where it serves a language model: %s', (application) => {
    const { deployments, unsupported } = read(own(application, 'nvidia.com/gpu: 1'));
    expect(deployments).toEqual([]);
    expect(unsupported.map(({ name, place }) => [name, place.line])).toEqual([['llm', 8]]);
  });

  it('is left alone where it serves something else, or has no GPU', () => {
    const nothing = { deployments: [], unsupported: [] };
    expect(read(own('stable_diffusion:entrypoint', 'nvidia.com/gpu: 1'))).toEqual(nothing);
    expect(read(own('serve_vllm:app', 'cpu: 1'))).toEqual(nothing);
  });
});
