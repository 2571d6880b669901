import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';

/** All files of a repository, in memory. */
function contextOf(files: Readonly<Record<string, string>>) {
  return {
    engines,
    read: (path: string): SourceFile | null => (files[path] === undefined ? null : { path, text: files[path] }),
    list: (folder: string) =>
      Object.keys(files).flatMap((path) => {
        const name = folder === '' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '/';
        return name.includes('/') ? [] : [name];
      }),
  };
}

/** What a file of a repository says: its launches with values and lines, and what it cannot say. */
function read(path: string, text: string, others: Readonly<Record<string, string>> = {}) {
  const { deployments, unsupported } = extractAll([{ path, text }], contextOf({ ...others, [path]: text }));
  return {
    launches: deployments.map(({ engine, model, gpuRequest, arguments: found, unresolved }) => ({
      engine: engine.id,
      version: engine.version,
      model: model?.value ?? null,
      gpus: [gpuRequest.count?.value ?? null, gpuRequest.nodes],
      args: Object.fromEntries([...found.values()].map(({ name, value, place }) => [name, `${value}@${place.line}`])),
      open: unresolved.map(({ name, place }) => `${name}@${place.line}`),
    })),
    said: unsupported.map(({ reason, place }) => [place.line, reason] as const),
  };
}

/** A file with an argument of its first launch changed. */
function edited(path: string, text: string, name: string, value: number): string {
  const context = contextOf({ [path]: text });
  const [first] = extractAll([{ path, text }], context).deployments;
  if (!first) return 'no launch';
  const edits = editArgument(first, name, value, context, new Map([[path, { path, text }]]));
  return 'reason' in edits ? edits.reason : applyEdits(text, edits);
}

describe('a resource of an operator that says which engine it is', () => {
  // scitix/arks, api/v1: `runtime`, `tensorParallelSize`, `size` pods for each of the `replicas`.
  const ARKS = `apiVersion: arks.ai/v1
kind: ArksModel
metadata: { name: small }
spec:
  model: Qwen/Qwen3-8B
---
apiVersion: arks.ai/v1
kind: ArksApplication
metadata: { name: app }
spec:
  replicas: 1
  size: 2
  tensorParallelSize: 2
  runtime: sglang
  extraOptions: [--mem-fraction-static, "0.7"]
  model: { name: small }
  instanceSpec:
    resources: { limits: { nvidia.com/gpu: "1" } }
`;

  it('by its runtime, with the model of the document that it names', () => {
    expect(read('app.yaml', ARKS).launches).toEqual([
      {
        engine: 'sglang',
        version: null,
        model: 'Qwen/Qwen3-8B',
        gpus: [1, 2],
        args: { tp_size: '2@13', mem_fraction_static: '0.7@15' },
        open: [],
      },
    ]);
    expect(edited('app.yaml', ARKS, 'tp_size', 4)).toBe(ARKS.replace('Size: 2', 'Size: 4'));
  });

  // A section called after the engine beside a container without a command.
  it('by a section of settings, which its container alone does not show', () => {
    const text = `apiVersion: core.example.org/v1alpha1
kind: VllmDeployment
metadata: { name: chat }
spec:
  model: { name: Qwen/Qwen3-8B }
  vLLMConfig:
    max-model-len: 2000
    gpu-memory-utilization: "0.75"
  containers:
    - { name: vllm, image: "vllm/vllm-openai:v0.6.2" }
`;
    expect(read('chat.yaml', text)).toEqual({
      launches: [
        {
          engine: 'vllm',
          version: '0.6.2',
          model: 'Qwen/Qwen3-8B',
          gpus: [null, 1],
          args: { max_model_len: '2000@7', gpu_memory_utilization: '0.75@8' },
          open: [],
        },
      ],
      said: [],
    });
  });

  const SERVICE = (container: string) => `apiVersion: ml.example.org/v1
kind: ModelService
metadata: { name: chat }
spec:
  model: Qwen/Qwen3-8B
  template:
    spec:
      containers:
        - name: server
          ${container}
          resources: { limits: { nvidia.com/gpu: "1" } }
`;

  it('by the image of its container, and once', () => {
    const { launches } = read('s.yaml', SERVICE('image: vllm/vllm-openai:v0.10.0\n          args: [--dtype=half]'));
    expect(launches).toMatchObject([{ model: 'Qwen/Qwen3-8B', gpus: [1, 1], args: { dtype: 'half@11' } }]);
  });

  it('is said where the operator brings the image', () => {
    expect(read('s.yaml', SERVICE('ports: []'))).toMatchObject({
      launches: [],
      said: [[5, expect.stringContaining('leaves the engine and its image to its operator')]],
    });
  });

  it('leaves what a container says itself to the container', () => {
    const whole = SERVICE('image: vllm/vllm-openai:v0.10.0\n          command: [vllm, serve, other/model]');
    expect(read('s.yaml', whole).launches).toMatchObject([{ model: 'other/model' }]);
  });

  // llm-d's ModelService: its containers are laid over a preset that has the image.
  it('is read where a preset brings the image', () => {
    const text = `apiVersion: llm-d.ai/v1alpha1
kind: ModelService
metadata: { name: m }
spec:
  modelArtifacts: { uri: "hf://Qwen/Qwen3-8B" }
  decode:
    containers:
      - name: vllm
        args: [--max-model-len, "4096"]
        resources: { limits: { nvidia.com/gpu: 2 } }
`;
    expect(read('m.yaml', text).launches).toMatchObject([
      { engine: 'vllm', model: 'Qwen/Qwen3-8B', gpus: [2, 1], args: { max_model_len: '4096@9' } },
    ]);
  });
});

describe('a container', () => {
  const POD = (spec: string, annotations = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: d }
spec:
  template:
    metadata:
      labels: { app: d }${annotations}
    spec:
      containers:
        - name: vllm
${spec.replaceAll(/^/gm, '          ')}
`;

  // HAMi, docs/how-to-use-vgpu: gpumem-percentage is what CUDA shows of the card.
  it.each([
    ['nvidia.com/gpumem-percentage: 30', ['gpu_memory@13']],
    ['nvidia.com/gpumem: 8000', ['gpu_memory@13']],
    ['nvidia.com/gpumem-percentage: 100', []],
  ])('with %s has an open GPU memory', (resource, open) => {
    const spec = `image: vllm/vllm-openai:v0.11.0\nargs: [Qwen/Qwen3-8B]\nresources: { limits: { nvidia.com/gpu: 1, ${resource} } }`;
    expect(read('d.yaml', POD(spec)).launches).toMatchObject([{ gpus: [1, 1], open: open.map((one) => one) }]);
  });

  it('whose image somebody else puts in is known by its name and its options', () => {
    const spec = 'image: ${VLLM_IMAGE}\nargs: ["--model=${MODEL}", --max-num-seqs=8, "${MORE}"]';
    expect(read('d.yaml', POD(spec)).launches).toMatchObject([
      { engine: 'vllm', args: { max_num_seqs: '8@12' }, open: ['model@12', 'more_arguments@12'] },
    ]);
    expect(read('d.yaml', POD(spec.replace('--max-num-seqs=8', '--cache-of-mine=8'))).launches).toEqual([]);
  });

  it('whose image alone is called after an engine is said where it gets a GPU', () => {
    const spec = 'image: team/our-sglang-v2\nresources: { limits: { nvidia.com/gpu: 1 } }';
    const named = POD(spec).replace('name: vllm', 'name: app');
    expect(read('d.yaml', named)).toMatchObject({ launches: [], said: [[11, expect.stringContaining('our-sglang')]] });
    expect(read('d.yaml', named.replace('our-sglang-v2', 'sglang-router')).said).toEqual([]);
  });

  // kserve python/huggingfaceserver/__main__.py: --model_id, --max_length; --backend huggingface is transformers.
  it('of KServe’s own server is vLLM outside of KServe too', () => {
    const spec = 'image: kserve/huggingfaceserver:v0.15.2-gpu\nargs: [--model_id=Qwen/Qwen3-8B, --max_length=4096]';
    expect(read('d.yaml', POD(spec)).launches).toMatchObject([
      { engine: 'vllm', model: 'Qwen/Qwen3-8B', args: { max_model_len: '4096@12' } },
    ]);
    const other = POD(spec.replace('--max_length=4096', '--backend=huggingface'));
    expect(read('d.yaml', other)).toMatchObject({
      launches: [],
      said: [[11, expect.stringContaining('transformers')]],
    });
  });

  it('that asks another Ollama launches none', () => {
    const spec = (host: string) =>
      `image: ollama/ollama\ncommand: [ollama, run, mistral]\nenv: [{ name: OLLAMA_HOST, value: "${host}" }]`;
    expect(read('d.yaml', POD(spec('http://ollama:11434'))).launches).toEqual([]);
    expect(read('d.yaml', POD(spec('0.0.0.0:11434'))).launches).toMatchObject([{ model: 'mistral' }]);
  });

  // llm-d-incubation/llm-d-fast-model-actuation: the server's pod is this one under the patch of the annotation.
  const PATCH = `
      annotations:
        dual-pod.llm-d.ai/server-patch: |
          spec:
            containers:
              - name: vllm
                image: vllm/vllm-openai:v0.26.0
                command: [vllm, serve, Qwen/Qwen3-8B, --max-model-len=8192]`;
  const ASKING = 'image: team/requester\nresources: { limits: { nvidia.com/gpu: 1 } }';

  it('is read as a patch in an annotation changes it', () => {
    const text = POD(ASKING, PATCH);
    expect(read('d.yaml', text).launches).toEqual([
      {
        engine: 'vllm',
        version: '0.26.0',
        model: 'Qwen/Qwen3-8B',
        gpus: [1, 1],
        args: { max_model_len: '8192@14' },
        open: [],
      },
    ]);
    expect(edited('d.yaml', text, 'max_model_len', 4096)).toBe(text.replace('8192', '4096'));
  });

  it('says a patch in an annotation that is no YAML yet, and reads no copy of the document', () => {
    const broken = POD(ASKING, PATCH.replace('vllm/vllm-openai:v0.26.0', '{a: ${B}, c')).replaceAll(
      'name: vllm',
      'name: s',
    );
    expect(read('d.yaml', broken)).toMatchObject({ launches: [], said: [[14, expect.stringContaining('annotation')]] });
    const copy = POD(
      ASKING,
      PATCH.replace('dual-pod.llm-d.ai/server-patch', 'kubectl.kubernetes.io/last-applied-configuration'),
    );
    expect(read('d.yaml', copy.replaceAll('name: vllm', 'name: s'))).toEqual({ launches: [], said: [] });
  });
});

describe('a program in a ConfigMap', () => {
  it('is read as the file that it is', () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata: { name: script }
data:
  batch.py: |
    from vllm import LLM
    llm = LLM(model="Qwen/Qwen3-8B", max_model_len=8192)
    llm.generate(["a"])
`;
    expect(read('map.yaml', text).launches).toMatchObject([
      { model: 'Qwen/Qwen3-8B', args: { max_model_len: '8192@7' } },
    ]);
    expect(edited('map.yaml', text, 'max_model_len', 4096)).toBe(text.replace('8192', '4096'));
  });
});

describe('an LLMInferenceService with a command of its own', () => {
  // kserve: the model of the service is mounted at /mnt/models.
  it('serves the model of the service where the command names the mount', () => {
    const text = (path: string) => `apiVersion: serving.kserve.io/v1alpha1
kind: LLMInferenceService
metadata: { name: s }
spec:
  model: { uri: "hf://Qwen/Qwen3-8B" }
  template:
    containers:
      - { name: main, image: "vllm/vllm-openai:v0.11.0", command: [vllm, serve, ${path}] }
`;
    expect(read('s.yaml', text('/mnt/models')).launches).toMatchObject([{ model: 'Qwen/Qwen3-8B' }]);
    expect(read('s.yaml', text('/data/other')).launches).toMatchObject([{ model: '/data/other' }]);
  });
});

describe('a container of an engine whose command is nowhere in the repository', () => {
  const podWith = (container: string, gpu = true) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: d }
spec:
  template:
    spec:
      containers:
        - name: app
          ${container}
${gpu ? '          resources: { limits: { nvidia.com/gpu: 1 } }\n' : ''}`;

  it('says the script that it starts, which only the image holds', () => {
    const found = read('d.yaml', podWith('image: vllm/vllm-openai:v0.11.0\n          command: ["/opt/start.sh"]'));
    expect(found.launches).toEqual([]);
    expect(found.said).toEqual([[10, 'It starts /opt/start.sh, which the repository does not hold.']]);
  });

  it('says a script behind a shell and the program of a variable', () => {
    const shell = podWith(
      'image: me/vllm-fork:1\n          command: [bash, -c, "source env.sh && exec /app/serve.sh"]',
    );
    expect(read('d.yaml', shell).said.map(([line]) => line)).toEqual([10]);
    for (const program of ['exec $START', 'eval \\"$START\\"']) {
      const variable = podWith(`image: lmsysorg/sglang:v0.5.4\n          command: [sh, -c, "${program}"]`);
      expect(read('d.yaml', variable).said.map(([line]) => line)).toEqual([10]);
    }
  });

  it.each([
    'command: [sleep, infinity]',
    'command: [sh, -c, "tail -f /dev/null"]',
    'command: [python3, /app/benchmark_serving.py]',
    'command: [/app/download-model.sh]',
    'command: [nvidia-smi]',
  ])('says nothing of one that serves nothing: %s', (command) => {
    expect(read('d.yaml', podWith(`image: vllm/vllm-openai:v0.11.0\n          ${command}`)).said).toEqual([]);
  });

  it('says nothing of a script without a GPU or beside an engine', () => {
    const command = 'command: ["/opt/start.sh"]';
    expect(read('d.yaml', podWith(`image: vllm/vllm-openai:v0.11.0\n          ${command}`, false)).said).toEqual([]);
    expect(read('d.yaml', podWith(`image: me/vllm-router:1\n          ${command}`)).said).toEqual([]);
  });
});

describe('a service of KServe whose runtime or preset is elsewhere', () => {
  const service = (more: string) => `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: { name: q }
spec:
  predictor:
    model:
${more}
`;

  it('says a runtime that is nowhere, where the model or its arguments are those of a language model', () => {
    const format = '      modelFormat: { name: custom }\n      runtime: ours';
    const gpu = '      resources: { limits: { nvidia.com/gpu: 1 } }';
    const reason = 'Its runtime ours is not in the repository, so its engine is not known.';
    const said = (more: string) => read('isvc.yaml', service(more)).said;
    expect(said(`${format}\n${gpu}\n      storageUri: hf://Qwen/Qwen3-8B`)).toEqual([[7, reason]]);
    expect(said(`${format}\n${gpu}\n      storageUri: s3://x/y\n      args: [--max-model-len=8192]`)).toEqual([
      [7, reason],
    ]);
    expect(said(`${format}\n${gpu}\n      storageUri: s3://x/y`)).toEqual([]);
    expect(said(`${format}\n      storageUri: hf://Qwen/Qwen3-8B`)).toEqual([]);
    const other = '      modelFormat: { name: triton }\n      runtime: ours';
    expect(said(`${other}\n${gpu}\n      storageUri: hf://Qwen/Qwen3-8B`)).toEqual([]);
  });

  const LLM = `apiVersion: serving.kserve.io/v1alpha1
kind: LLMInferenceService
metadata: { name: q }
spec:
  baseRefs:
    - name: v3-5-0-kserve-config-llm-template
    - name: two-gpus
  model: { uri: "hf://Qwen/Qwen3-8B" }
  parallelism:
    tensor: 2
`;
  const PRESET = `apiVersion: serving.kserve.io/v1alpha1
kind: LLMInferenceServiceConfig
metadata: { name: two-gpus }
spec:
  template:
    containers:
      - name: main
        image: vllm/vllm-openai:v0.11.0
        env:
          - name: VLLM_ADDITIONAL_ARGS
            value: "--max-model-len=8192"
        resources: { limits: { nvidia.com/gpu: 2 } }
`;
  const BUILT = {
    engine: 'vllm',
    version: '0.11.0',
    model: 'Qwen/Qwen3-8B',
    gpus: [2, 1],
    args: { tensor_parallel_size: '2@10', max_model_len: '8192@11' },
    open: [],
  };

  it('reads a service over its presets, in the same file or near it', () => {
    expect(read('serve/q.yaml', LLM, { 'presets/two.yaml': PRESET }).launches).toEqual([BUILT]);
    expect(read('q.yaml', `${LLM}---\n${PRESET}`).launches).toMatchObject([{ gpus: [2, 1], model: 'Qwen/Qwen3-8B' }]);
  });

  it('changes what a preset says in the file of the preset', () => {
    const files = { 'q.yaml': LLM, 'two.yaml': PRESET };
    const context = contextOf(files);
    const [first] = extractAll([{ path: 'q.yaml', text: LLM }], context).deployments;
    const sources = new Map(Object.entries(files).map(([path, text]) => [path, { path, text }]));
    const edits = first && editArgument(first, 'max_model_len', 4096, context, sources);
    if (!edits || 'reason' in edits) throw new Error(`no edit: ${edits?.reason ?? ''}`);
    expect(applyEdits(PRESET, edits)).toBe(PRESET.replace('8192', '4096'));
  });

  it('leaves open what a preset says that nobody has', () => {
    expect(read('q.yaml', LLM).launches).toMatchObject([{ gpus: [null, 1], open: ['more_arguments@7'] }]);
  });
});

describe('a release whose values are elsewhere', () => {
  const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: prod }
spec:
  source:
    chart: vllm-stack
    helm:
      valueFiles:
        - $values/prod.yaml
`;
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: chat }
spec:
  chart: { spec: { chart: ollama } }
  valuesFrom:
    - { kind: ConfigMap, name: chat-values }
`;

  it('says the file that nobody has, where the chart is an engine’s', () => {
    const reason = 'The values of its chart vllm-stack are in $values/prod.yaml, which is not in the repository.';
    expect(read('app.yaml', application).said).toEqual([[9, reason]]);
    expect(read('app.yaml', application, { 'prod.yaml': 'servingEngineSpec: {}\n' }).said).toEqual([]);
    expect(read('app.yaml', application.replace('vllm-stack', 'llm-gateway')).said).toEqual([]);
  });

  it('says a map that nobody has, unless a kustomization makes it', () => {
    expect(read('ai/hr.yaml', release).said.map(([line]) => line)).toEqual([7]);
    const kustomization = 'configMapGenerator:\n  - { name: chat-values, files: [values.yaml] }\n';
    expect(read('ai/hr.yaml', release, { 'ai/kustomization.yaml': kustomization }).said).toEqual([]);
  });

  it('says a request to Dynamo’s profiler', () => {
    const request = `apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeploymentRequest
metadata: { name: q }
spec:
  model: Qwen/Qwen3-32B
  backend: vllm
`;
    const reason = 'Dynamo’s profiler chooses the arguments of its engine in the cluster.';
    expect(read('dgdr.yaml', request)).toEqual({ launches: [], said: [[5, reason]] });
  });
});
