import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/deployment.ts';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';
import { onlyIn, readText } from './reading.ts';

function read(text: string, path = 'serve.py') {
  return readText(path, text);
}

function only(text: string): Deployment {
  return onlyIn('serve.py', text);
}

// modal.com/docs/guide/gpu, /reference/modal.Image; docs.bentoml.com "Resources"; docs.ray.io "ray.remote"; docs.beam.cloud
describe('platforms', () => {
  const launch = 'def serve():\n    import subprocess\n    subprocess.Popen(["vllm", "serve", "org/name"])\n';
  it.each([
    ['Modal', `import modal\napp = modal.App()\n@app.function(gpu="A100-80GB:2")\n${launch}`, 'A100-80GB', 2],
    ['Modal, one', `import modal\napp = modal.App()\n@app.function(gpu="L4")\n${launch}`, 'L4', 1],
    ['Modal, not upgraded', `import modal\napp = modal.App()\n@app.function(gpu="H100!")\n${launch}`, 'H100', 1],
    [
      'Modal, a constant',
      `import modal\nN = 4\napp = modal.App()\n@app.function(gpu=f"H200:{N}")\n${launch}`,
      'H200',
      4,
    ],
    [
      'Modal, an object',
      `import modal\napp = modal.App()\n@app.function(gpu=modal.gpu.A100(count=2, size="80GB"))\n${launch}`,
      'A100-80GB',
      2,
    ],
    ['Modal, any of', `import modal\napp = modal.App()\n@app.function(gpu=["H100", "A100"])\n${launch}`, 'H100', 1],
    [
      'BentoML',
      `import bentoml\n@bentoml.service(resources={"gpu": 2, "gpu_type": "nvidia-l4"})\n${launch}`,
      'nvidia-l4',
      2,
    ],
    ['Ray', `import ray\n@ray.remote(num_gpus=2, accelerator_type="L4")\n${launch}`, 'L4', 2],
    ['Ray Serve', `from ray import serve\n@serve.deployment(ray_actor_options={"num_gpus": 2})\n${launch}`, null, 2],
    ['Beam', `from beam import endpoint\n@endpoint(gpu="A10G", gpu_count=2)\n${launch}`, 'A10G', 2],
    [
      'Beam, a function that its decorator is given',
      'from beam import endpoint\nfrom vllm import LLM\ndef load():\n    return LLM("org/name")\n@endpoint(on_start=load, gpu="A10G", gpu_count=2)\ndef run(context):\n    pass\n',
      'A10G',
      2,
    ],
    ['visible devices', `import os\nos.environ["CUDA_VISIBLE_DEVICES"] = "0,1,2"\n${launch}`, null, 3],
  ])('%s', (_title, text, name, count) => {
    const { gpuRequest } = only(text);
    expect([gpuRequest.name?.value ?? null, gpuRequest.count?.value ?? null]).toEqual([name, count]);
  });

  it('a container in a manifest', () => {
    const text = `from kubernetes import client\npod = {"spec": {"containers": [{"name": "a", "image": "vllm/vllm-openai:v0.9.1", "args": ["--model", "org/name", "--max-model-len", "4096"], "env": [{"name": "VLLM_USE_V1", "value": "1"}], "resources": {"limits": {"nvidia.com/gpu": "2"}}}]}}\nclient.CoreV1Api().create_namespaced_pod("default", pod)\n`;
    const pod = only(text);
    expect([pod.model?.value, pod.engine.version, pod.gpuRequest.count?.value]).toEqual(['org/name', '0.9.1', 2]);
    expect(pod.arguments.get('max_model_len')?.value).toBe(4096);
    expect(pod.environment.get('VLLM_USE_V1')?.value).toBe('1');
  });

  it('a container in a request, with the keys of its API', () => {
    // RunPod docs, REST API: POST /pods.
    const text = `import requests\nrequests.post("https://rest.runpod.io/v1/pods", json={"imageName": "vllm/vllm-openai:v0.9.1", "gpuTypeIds": ["NVIDIA L4"], "gpuCount": 2, "dockerStartCmd": ["bash", "-c", "vllm serve org/name --max-model-len 4096"]})\n`;
    const { model, engine, gpuRequest, arguments: args } = only(text);
    expect([model?.value, engine.version, args.get('max_model_len')?.value]).toEqual(['org/name', '0.9.1', 4096]);
    expect([gpuRequest.name?.value, gpuRequest.count?.value]).toEqual(['NVIDIA L4', 2]);
  });

  // docs.runpod.io REST API, POST /pods: dockerEntrypoint, dockerStartCmd
  it('starts a pod’s command behind its entrypoint', () => {
    const pod =
      '{"imageName": "vllm/vllm-openai:v0.9.1", "dockerEntrypoint": ["/bin/bash"], "dockerStartCmd": ["-c", m]}';
    const found = only(
      `import requests\nm = "vllm serve org/name --max-model-len 4096"\nrequests.post("x", json=${pod})\n`,
    );
    expect(found.model).toMatchObject({ value: 'org/name', place: { line: 2 } });
    expect(found.arguments.get('max_model_len')?.value).toBe(4096);
    expect(found.problems).toEqual([]);
  });

  it('a device that is no GPU', () => {
    expect(only('from vllm import LLM\nLLM("org/name", device="cpu")').device).toBe('cpu');
  });

  it('variables that the program sets', () => {
    const text = `import os\nos.environ.setdefault("VLLM_USE_V1", "0")\nos.environ.update({"A": "b"})\nos.environ["C"] = str(1)\n${launch}`;
    const { environment } = only(text);
    expect([...environment].map(([name, { value }]) => [name, value])).toEqual([
      ['VLLM_USE_V1', '0'],
      ['A', 'b'],
      ['C', '1'],
    ]);
  });

  it('the number of GPUs is what the platform is asked for', () => {
    const text = `import modal, torch\nfrom vllm import LLM\napp = modal.App()\n@app.cls(gpu="H100:4")\nclass S:\n    @modal.enter()\n    def up(self):\n        self.llm = LLM("org/name", tensor_parallel_size=torch.cuda.device_count())\n`;
    expect(only(text).arguments.get('tensor_parallel_size')?.value).toBe(4);
  });

  it.each([
    ['pip_install', 'modal.Image.debian_slim().pip_install("vllm==0.9.1", "x")', '0.9.1'],
    ['uv_pip_install', 'modal.Image.debian_slim().uv_pip_install(["vllm[audio]==0.10.0"]).env({"A": "b"})', '0.10.0'],
    ['run_commands', 'modal.Image.debian_slim().run_commands("uv pip install --system vllm==0.8.5")', '0.8.5'],
    ['from_registry', 'modal.Image.from_registry("vllm/vllm-openai:v0.9.0", add_python="3.12")', '0.9.0'],
    ['an image that says nothing', 'modal.Image.debian_slim()', null],
  ])('the version from %s', (_title, image, version) => {
    const text = `import modal\nimage = ${image}\napp = modal.App(image=image)\n@app.function(gpu="L4")\n${launch}`;
    expect(only(text).engine.version).toBe(version);
  });

  it('the version from what a script names for itself (PEP 723)', () => {
    const text =
      '# /// script\n# dependencies = [\n#   "vllm==0.9.2",\n# ]\n# ///\nfrom vllm import LLM\nLLM("org/name")\n';
    expect(only(text).engine.version).toBe('0.9.2');
  });

  it('a service is read from the project beside it', () => {
    const service =
      'import bentoml\nclass A:\n    model_id: str = "org/other"\na = bentoml.use_arguments(A)\nclass S:\n    def __command__(self):\n        return ["vllm", "serve", a.model_id]\n';
    const project =
      '[tool.bentoml.build]\nservice = "s.py:S"\n\n[tool.bentoml.build.args]\nmodel_id = "org/name"\ntp = 2\ncli_args = ["--max-model-len", "4096"]\n\n[tool.ruff]\ntp = 9\n';
    const files = [
      { path: 'a/service.py', text: service },
      { path: 'a/pyproject.toml', text: project },
    ];
    const found = extractAll(files, { engines, read: (path) => files.find((file) => file.path === path) ?? null });
    expect(found.deployments.map(({ file, model }) => [file, model?.value])).toEqual([
      ['a/pyproject.toml', 'org/name'],
    ]);
    expect(found.deployments[0]?.arguments.get('tensor_parallel_size')?.value).toBe(2);
    expect(read(service).deployments[0]?.model?.value).toBe('org/other');
  });
});

describe('an image that knows what it serves', () => {
  it('needs no command', () => {
    const text = 'nim = NIM(image="nvcr.io/nim/meta/llama3-8b-instruct:1.0.0", env={"NIM_MAX_MODEL_LEN": "4096"})\n';
    const { engine, model, arguments: args } = only(text);
    expect([engine.id, engine.version, model?.value]).toEqual(['nim', '1.0.0', 'meta/llama3-8b-instruct']);
    expect(args.get('max_model_len')?.value).toBe(4096);
  });

  it('is none where it is only shown', () => {
    expect(read('print("nvcr.io", image="nvcr.io/nim/meta/llama3-8b-instruct:1.0.0")\n').deployments).toEqual([]);
  });
});

it('runs where the call says that its arguments are given to', () => {
  // Beam docs, vLLM integration: VLLM(gpu=…, vllm_args=VLLMArgs(…))
  const text = `from beam.integrations import VLLM, VLLMArgs
from beam import Image
M = "org/name"
chat = VLLM(name="chat", gpu="A10G", gpu_count=2, image=Image().add_python_packages(["vllm==0.6.4"]), vllm_args=VLLMArgs(model=M, max_model_len=4096))
`;
  const { model, engine, gpuRequest, arguments: args } = only(text);
  expect([model?.value, args.get('max_model_len')?.value, engine.version]).toEqual(['org/name', 4096, '0.6.4']);
  expect([gpuRequest.name?.value, gpuRequest.count?.value]).toEqual(['A10G', 2]);
});
