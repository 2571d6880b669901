import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArgumentValue, Deployment } from '../../src/deployment.ts';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import { extractFrom, readCorpusFile, readManifest } from '../corpus/score.ts';

const context = { engines, read: () => null };

function read(text: string, path = 'serve.py') {
  return extractAll([{ path, text }], context);
}

function only(text: string): Deployment {
  const { deployments } = read(text);
  expect(deployments).toHaveLength(1);
  return deployments[0] as Deployment;
}

function lengthOf(text: string): ArgumentValue | undefined {
  const { model, arguments: args } = only(text);
  expect(model?.value).toBe('org/name');
  return args.get('max_model_len')?.value;
}

/** Each says `max_model_len` 4096 for org/name: what Python's own rules make of it. */
const SAME: readonly (readonly [string, string])[] = [
  ['keywords', 'from vllm import LLM\nLLM(model="org/name", max_model_len=4096)'],
  ['a positional model', 'import vllm\nvllm.LLM("org/name", max_model_len=4096)'],
  ['an alias', 'from vllm import AsyncEngineArgs as Args\nArgs(model="org/name", max_model_len=4_096)'],
  [
    'a submodule',
    'from vllm.engine.arg_utils import AsyncEngineArgs\nAsyncEngineArgs(model="org/name", max_model_len=2**12)',
  ],
  ['constants', 'from vllm import LLM\nM = "org/name"\nN = 4 * 1024\ndef f():\n    return LLM(M, max_model_len=N)'],
  ['a dict', 'from vllm import LLM\nK = {"model": "org/name", "max_model_len": 4096}\nLLM(**K)'],
  ['a dict that is built up', 'from vllm import LLM\nK = dict(model="org/name")\nK["max_model_len"] = 4096\nLLM(**K)'],
  ['merged dicts', 'from vllm import LLM\nK = {"model": "x"}\nLLM(**{**K, "model": "org/name"}, max_model_len=4096)'],
  ['getenv', 'import os, vllm\nvllm.LLM(os.getenv("M", "org/name"), max_model_len=int(os.environ.get("L", "4096")))'],
  ['or', 'import os, vllm\nvllm.LLM(os.environ.get("M") or "org/name", max_model_len=4096)'],
  ['set variables', 'import os, vllm\nos.environ["M"] = "org/name"\nvllm.LLM(os.environ["M"], max_model_len=4096)'],
  [
    'a call with values',
    'from vllm import LLM\ndef load(m, *, n=1, **kw):\n    return LLM(model=m, **kw)\nif __name__ == "__main__":\n    load("org/name", max_model_len=4096)',
  ],
  [
    'argparse',
    'import argparse\nfrom vllm import LLM\np = argparse.ArgumentParser()\np.add_argument("-m", "--model-id", default="org/name")\np.add_argument("--max-model-len", type=int, default=4096)\na = p.parse_args()\nLLM(a.model_id, max_model_len=a.max_model_len)',
  ],
  [
    'a dataclass',
    'from dataclasses import dataclass, field\nfrom vllm import LLM\n@dataclass\nclass C:\n    model: str = "org/name"\n    n: int = field(default=4096)\nc = C()\nLLM(c.model, max_model_len=c.n)',
  ],
  [
    'attributes of self',
    'from vllm import LLM\nclass S:\n    N = 4096\n    def __init__(self, m="org/name"):\n        self.m = m\n    def start(self):\n        self.llm = LLM(model=self.m, max_model_len=self.N)',
  ],
  ['attributes set later', 'from vllm import EngineArgs\na = EngineArgs(model="org/name")\na.max_model_len = 4096'],
  ['a list', 'import subprocess\nsubprocess.Popen(["vllm", "serve", "org/name", "--max-model-len", str(4096)])'],
  [
    'a list that grows',
    'import subprocess\ncmd = ["vllm", "serve"]\ncmd.append("org/name")\ncmd += ["--max-model-len"]\ncmd.extend(["4096"])\nsubprocess.run(cmd)',
  ],
  [
    'a list that a helper fills',
    'import subprocess\ndef add(c, k, v):\n    if v is not None:\n        c.extend([k, str(v)])\ncmd = ["vllm", "serve", "org/name"]\nadd(cmd, "--max-model-len", 4096)\nadd(cmd, "--seed", None)\nsubprocess.run(cmd)',
  ],
  ['joined', 'import os\nos.system(" ".join(["vllm", "serve", "org/name", "--max-model-len=4096"]))'],
  ['split', 'import subprocess\nsubprocess.run("vllm serve org/name --max-model-len 4096".split())'],
  ['shlex', 'import shlex, subprocess\nsubprocess.run(shlex.split("vllm serve \'org/name\' --max-model-len 4096"))'],
  [
    'an f-string',
    'import subprocess\nM = "name"\nsubprocess.run(f"""vllm serve org/{M} \\\n  --max-model-len {4096}""", shell=True)',
  ],
  ['implied concatenation', 'import os\nos.system("vllm serve "\n  f"org/name "\n  "--max-model-len " + "4096")'],
  ['format', 'import os\nos.system("vllm serve {m} --max-model-len {}".format(4096, m="org/name"))'],
  [
    'a shell in a list',
    'import subprocess\nsubprocess.run(["bash", "-c", "exec vllm serve org/name --max-model-len 4096"])',
  ],
  [
    'the interpreter',
    'import sys, subprocess\nsubprocess.run([sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", "org/name", "--max-model-len", "4096"])',
  ],
  [
    'separate words',
    'import asyncio\nasync def main():\n    await asyncio.create_subprocess_exec("vllm", "serve", "org/name", "--max-model-len", "4096")',
  ],
  [
    'a loop over options',
    'import subprocess\ncmd = ["vllm", "serve", "org/name"]\nfor k, v in {"max-model-len": 4096}.items():\n    cmd += [f"--{k}", str(v)]\nsubprocess.run(cmd)',
  ],
  [
    'a comprehension',
    'import subprocess\nopts = {"max-model-len": 4096}\nsubprocess.run(["vllm", "serve", "org/name"] + [f"--{k}={v}" for k, v in opts.items()])',
  ],
  [
    'a branch that the file decides',
    'from vllm import LLM\nBIG = False\nif BIG:\n    n = 8192\nelse:\n    n = 4096\nLLM("org/name", max_model_len=n)',
  ],
  [
    'a container',
    'import docker\ndocker.from_env().containers.run("vllm/vllm-openai:v0.9.1", ["--model", "org/name", "--max-model-len", "4096"])',
  ],
  ['CRLF', 'from vllm import LLM\r\nLLM(\r\n    model="org/name",\r\n    max_model_len=4096,\r\n)\r\n'],
  [
    'arguments of the program by the engine itself',
    'import argparse\nfrom vllm import AsyncEngineArgs\np = argparse.ArgumentParser()\np.add_argument("--model", default="org/name")\na = p.parse_args()\na.max_model_len = 4096\nAsyncEngineArgs.from_cli_args(a)',
  ],
  [
    'a download',
    'from huggingface_hub import snapshot_download\nfrom vllm import LLM\nLLM(snapshot_download("org/name"), max_model_len=4096)',
  ],
];

describe('a script that a program writes', () => {
  const script = '#!/bin/bash\\n#SBATCH --gres=gpu:h100:2\\nvllm serve {model} --max-model-len 4096 --port {port}\\n';
  it.each([
    `def submit(model, port):\n    job = f"${script}"\n    with open("job.sh", "w") as file:\n        file.write(job)\n`,
    `from pathlib import Path\ndef submit(model, port):\n    Path("job.sh").write_text(f"${script}")\n`,
    `import subprocess\ndef submit(model, port):\n    subprocess.run(["sbatch"], input=f"${script}", text=True)\n`,
  ])('%s', (text) => {
    const launch = only(text);
    expect(launch).toMatchObject({ model: null, gpuRequest: { name: { value: 'h100' }, count: { value: 2 } } });
    expect(launch.arguments.get('max_model_len')?.value).toBe(4096);
  });

  it('is none where it is only shown, or is no script', () => {
    const show = 'print("#!/bin/bash\\nvllm serve org/name --max-model-len 4096")\n';
    const note = 'open("a").write("run vllm serve org/name --max-model-len 4096")\n';
    expect(extractAll([{ path: 'a.py', text: show + note }], context).deployments).toEqual([]);
  });
});

describe('a program', () => {
  it.each(SAME)('%s', (_title, text) => {
    expect(lengthOf(text)).toBe(4096);
  });

  it.each(SAME.filter(([title]) => !/container|download|shell in/.test(title)))(
    '%s: can be changed and changed back',
    (_title, text) => {
      const file = { path: 'serve.py', text };
      const before = only(text);
      for (const value of [1234, undefined]) {
        const name = value === undefined ? 'max_num_seqs' : 'max_model_len';
        const edits = editArgument(before, name, value ?? 17, context, new Map([[file.path, file]]));
        if ('reason' in edits) {
          expect(edits.reason).toMatch(/\S.{5,}/);
          continue;
        }
        const changed = only(applyEdits(text, edits));
        expect(changed.arguments.get(name)?.value).toBe(value ?? 17);
        expect(changed.model?.value).toBe('org/name');
      }
    },
  );

  it('takes constants of the modules beside it, with their places', () => {
    const files = [
      {
        path: 'app/serve.py',
        text: 'import config\nfrom .settings import settings, LENGTH\nfrom vllm import LLM\nLLM(config.MODEL, max_model_len=LENGTH, max_num_seqs=settings.seqs, seed=config.missing)\n',
      },
      { path: 'app/config.py', text: '# names\nMODEL = "org/name"\n' },
      { path: 'app/settings.py', text: 'class Settings:\n    seqs: int = 17\nsettings = Settings()\nLENGTH = 4096\n' },
    ];
    const file = (path: string) => files.find((one) => one.path === path) ?? null;
    const [launch] = extractAll(files, { engines, read: file }).deployments;
    expect([launch?.model?.value, launch?.model?.place.file, launch?.model?.place.line]).toEqual([
      'org/name',
      'app/config.py',
      2,
    ]);
    expect(launch?.arguments.get('max_model_len')?.value).toBe(4096);
    expect(launch?.arguments.get('max_num_seqs')?.place.file).toBe('app/settings.py');
    expect(launch?.unresolved.map(({ name }) => name)).toEqual(['seed']);
    const map = new Map(files.map((one) => [one.path, one]));
    expect(launch && editArgument(launch, 'max_model_len', 1, { engines, read: file }, map)).toHaveProperty('reason');
  });

  it('points at the literal, wherever it is used', () => {
    const text =
      'import os\nfrom vllm import LLM\nM = os.getenv(\n    "M",\n    "org/name",\n)\nN = 1024\nLLM(M, max_model_len=N)\n';
    const { model, arguments: args, line } = only(text);
    expect([model?.place.line, args.get('max_model_len')?.place.line, line]).toEqual([5, 7, 8]);
    expect(text.slice(model?.place.start, model?.place.end)).toBe('org/name');
  });
});

describe('what only a run could tell', () => {
  it.each([
    [
      'a variable without a default',
      'import os\nfrom vllm import LLM\nLLM(os.environ["M"], max_model_len=4096)',
      'model',
      /M is not set in the repository/,
    ],
    [
      'another module',
      'from config import N\nfrom vllm import LLM\nLLM("org/name", max_model_len=N)',
      'max_model_len',
      /config\.N is not set in this file/,
    ],
    [
      'a branch',
      'import x\nfrom vllm import LLM\nn = 1\nif x.big():\n    n = 2\nLLM("org/name", max_model_len=n)',
      'max_model_len',
      /several values, one for each branch/,
    ],
    [
      'a call',
      'import x\nfrom vllm import LLM\nLLM("org/name", max_model_len=x.length())',
      'max_model_len',
      /it is what x\.length gives/,
    ],
    [
      'the number of GPUs',
      'import torch\nfrom vllm import LLM\nLLM("org/name", tensor_parallel_size=torch.cuda.device_count())',
      'tensor_parallel_size',
      /number of GPUs/,
    ],
    [
      'more arguments',
      'from vllm import LLM\ndef f(**kw):\n    return LLM("org/name", **kw)',
      'more_arguments',
      /kw is a parameter of f/,
    ],
    [
      'a part of a text',
      'import os, x\nos.system(f"vllm serve org/name --max-model-len {x.n}")',
      'max_model_len',
      /x\.n is not set in this file/,
    ],
    [
      'what is added in a branch',
      'import os, x\nc = ["vllm", "serve", "org/name"]\nif x.y:\n    c += ["--max-model-len", "1"]\nos.execvp("vllm", c)',
      'max_model_len',
      /in a branch of the program/,
    ],
  ])('%s is open, with the reason', (_title, text, name, reason) => {
    const { unresolved, arguments: args } = only(text);
    expect(args.has(name)).toBe(false);
    expect(unresolved.find((open) => open.name === name)?.reason).toMatch(reason);
  });
});

describe('what serves nobody', () => {
  it('a test by the name of its file, as pytest finds it', () => {
    const text = 'from vllm import LLM\ndef run():\n    LLM("org/name")\ndef test_it():\n    run()\n';
    expect(read(text, 'tests/test_llm.py').deployments).toEqual([]);
    expect(read(text.replace('def test_it', 'def main'), 'tests/test_llm.py').deployments).toHaveLength(1);
  });

  it.each([
    ['a test by pytest', 'import pytest\nfrom vllm import LLM\ndef check():\n    LLM("org/name")'],
    ['a test by its name', 'from vllm import LLM\ndef test_it():\n    LLM("org/name")'],
    ['a test in a class', 'from vllm import LLM\nclass TestIt:\n    def run(self):\n        LLM("org/name")'],
    ['training', 'from trl import GRPOTrainer\nfrom vllm import LLM\nLLM("org/name")'],
    ['a measurement', 'from vllm import LLM\ndef benchmark_prefix():\n    LLM("org/name")\nbenchmark_prefix()'],
    ['a library', 'from vllm import LLM\ndef load(model, n=4096):\n    return LLM(model, max_model_len=n)'],
    [
      'a tool',
      'import argparse\nfrom vllm import LLM\np = argparse.ArgumentParser()\np.add_argument("--model", required=True)\nLLM(p.parse_args().model)',
    ],
    ['a message', 'print("start it with: vllm serve org/name --max-model-len 4096")'],
    ['a help text', 'import argparse\nargparse.ArgumentParser().add_argument("--x", help="vllm serve org/name")'],
    ['a documentation', '"""Run it:\n\n    vllm serve org/name --max-model-len 4096\n"""\nimport vllm\n'],
    ['a comment', '# subprocess.run(["vllm", "serve", "org/name"])\nimport vllm\n'],
    ['a search for the process', 'import os\nos.system("pkill -f \'vllm serve org/name\'")'],
    [
      'a metric',
      'from prometheus_client import Gauge\nGauge("vllm:requests", "Requests that are running", ["model", "vllm"])',
    ],
    ['a file', 'def save(path):\n    open(path, "w").write("x")\nsave("./vllm_config.json")\n'],
    [
      'a client',
      'from openai import OpenAI\nc = OpenAI(base_url="http://vllm:8000/v1")\nc.chat.completions.create(model="org/name")',
    ],
    ['a class of the same name', 'class LLM:\n    pass\nimport vllm_client\nLLM()\n'],
    ['what is installed', 'import subprocess\nsubprocess.run(["pip", "install", "vllm"])'],
    ['another language', '{"a": "vllm serve org/name"}'],
  ])('%s', (_title, text) => {
    expect(read(text)).toEqual({ deployments: [], unsupported: [] });
  });

  it('a file of another kind is left to its own format', () => {
    expect(read('from vllm import LLM\nLLM("org/name")\n', 'notes.txt').deployments).toEqual([]);
  });
});

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
    ['Modal, any of', `import modal\napp = modal.App()\n@app.function(gpu=["H100", "A100"])\n${launch}`, null, null],
    [
      'BentoML',
      `import bentoml\n@bentoml.service(resources={"gpu": 2, "gpu_type": "nvidia-l4"})\n${launch}`,
      'nvidia-l4',
      2,
    ],
    ['Ray', `import ray\n@ray.remote(num_gpus=2, accelerator_type="L4")\n${launch}`, 'L4', 2],
    ['Ray Serve', `from ray import serve\n@serve.deployment(ray_actor_options={"num_gpus": 2})\n${launch}`, null, 2],
    ['Beam', `from beam import endpoint\n@endpoint(gpu="A10G", gpu_count=2)\n${launch}`, 'A10G', 2],
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

describe('edits', () => {
  function edited(text: string, name: string, value: ArgumentValue | undefined): string {
    const file = { path: 'serve.py', text };
    const edits = editArgument(only(text), name, value, context, new Map([[file.path, file]]));
    if ('reason' in edits) throw new Error(edits.reason);
    return applyEdits(text, edits);
  }
  const head = 'from vllm import LLM\n';

  it.each([
    ['a number', 'LLM("m", max_num_seqs=8)', 'max_num_seqs', 17, 'LLM("m", max_num_seqs=17)'],
    ['a bare number by a word', 'LLM("m", max_model_len=8)', 'max_model_len', 'auto', 'LLM("m", max_model_len="auto")'],
    ['a text', "LLM('m', kv_cache_dtype='auto')", 'kv_cache_dtype', 'fp8', "LLM('m', kv_cache_dtype='fp8')"],
    ['a flag', 'LLM("m", enforce_eager=False)', 'enforce_eager', true, 'LLM("m", enforce_eager=True)'],
    ['one more', 'LLM("m", max_num_seqs=8)', 'max_model_len', 4, 'LLM("m", max_num_seqs=8, max_model_len=4)'],
    ['the first keyword', 'LLM("m")', 'max_model_len', 4, 'LLM("m", max_model_len=4)'],
    ['in front of a dict', 'K = {}\nLLM("m", **K)', 'max_model_len', 4, 'K = {}\nLLM("m", max_model_len=4, **K)'],
    [
      'an entry of a dict',
      'K = {"model": "m"}\nLLM(**K)',
      'max_model_len',
      4,
      'K = {"model": "m", "max_model_len": 4}\nLLM(**K)',
    ],
    [
      'one more line',
      'LLM(\n  "m",\n  max_num_seqs=8,  # few\n)',
      'max_model_len',
      4,
      'LLM(\n  "m",\n  max_num_seqs=8,  # few\n  max_model_len=4,\n)',
    ],
    [
      'without a comma',
      'LLM(\n  "m",\n  max_num_seqs=8\n)',
      'max_model_len',
      4,
      'LLM(\n  "m",\n  max_num_seqs=8,\n  max_model_len=4\n)',
    ],
    ['one less', 'LLM("m", max_num_seqs=8, seed=1)', 'max_num_seqs', undefined, 'LLM("m", seed=1)'],
    [
      'a line less',
      'LLM(\n  "m",\n  max_num_seqs=8,\n  seed=1,\n)',
      'max_num_seqs',
      undefined,
      'LLM(\n  "m",\n  seed=1,\n)',
    ],
    ['the definition', 'N = 8\nLLM("m", max_num_seqs=N)', 'max_num_seqs', 9, 'N = 9\nLLM("m", max_num_seqs=N)'],
    [
      'a key of a dict',
      'K = {"max_num_seqs": 8}\nLLM("m", **K)',
      'max_num_seqs',
      9,
      'K = {"max_num_seqs": 9}\nLLM("m", **K)',
    ],
    ['a computed number', 'LLM("m", max_model_len=8 * 1024)', 'max_model_len', 4096, 'LLM("m", max_model_len=4096)'],
  ])('%s', (_title, before, name, value, after) => {
    expect(edited(head + before, name, value)).toBe(head + after);
  });

  it('keeps the pairs of a list and its quotes', () => {
    const before = "import subprocess\nsubprocess.run([\n    'vllm', 'serve', 'm',\n    '--max-num-seqs', '8',\n])\n";
    const after =
      "import subprocess\nsubprocess.run([\n    'vllm', 'serve', 'm',\n    '--max-num-seqs', '8',\n    '--max-model-len', '4',\n])\n";
    expect(edited(before, 'max_model_len', 4)).toBe(after);
    expect(edited(after, 'max_model_len', undefined)).toBe(before);
  });

  it('says why a value of several launches is left alone', () => {
    const text = `${head}N = 8\nLLM("a", max_num_seqs=N)\nLLM("b", max_num_seqs=N)\n`;
    const [first] = read(text).deployments;
    const file = { path: 'serve.py', text };
    expect(first && editArgument(first, 'max_num_seqs', 9, context, new Map([[file.path, file]]))).toHaveProperty(
      'reason',
    );
  });
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ['a megabyte of calls', 'f(a, b=1, c="x")\n'.repeat(55_000)],
  ['a hundred thousand parentheses', `x = ${'('.repeat(100_000)}1${')'.repeat(100_000)}\n`],
  [
    'blocks in blocks',
    `${Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}if a:\n`).join('')}${' '.repeat(900)}pass\n`,
  ],
  ['a sum of a hundred thousand texts', `x = ${'"a" + '.repeat(100_000)}"b"\nvllm.LLM(model=x)\n`],
  ['texts that grow', `x = "vllm serve "\n${'x = x + x\n'.repeat(60)}os.system(x)\n`],
  ['lists that grow', `x = ["vllm", "serve"]\n${'x = x + x\n'.repeat(60)}os.execvp("vllm", x)\n`],
  [
    'functions that call each other',
    `${Array.from({ length: 40 }, (_, i) => `def f${i}():\n  ${i ? `f${i - 1}(); f${i - 1}(); f${i - 1}()` : 'pass'}\n`).join('')}f39()\n`,
  ],
  ['a function that calls itself', 'def f(x):\n  return f(f(x))\nvllm.LLM(model=f("a"))\n'],
  ['classes that inherit from each other', 'class A(B): pass\nclass B(A): pass\nA().x\n'],
  [
    'loops in loops',
    `${Array.from({ length: 12 }, (_, i) => `${' '.repeat(i)}for x in [1, 2, 3, 4, 5, 6]:\n`).join('')}${' '.repeat(12)}f(x)\n`,
  ],
  ['quotes that nobody closes', '"""'.repeat(50_001)],
  ['replacements in replacements', `x = ${'f"{'.repeat(5_000)}\n`],
  [
    'thirty thousand keywords',
    `vllm.LLM(model="a/b", ${Array.from({ length: 30_000 }, (_, i) => `k${i}=${i}`).join(', ')})\n`,
  ],
  ['a chain of methods', `i = modal.Image${'.pip_install("vllm==1")'.repeat(20_000)}\n`],
  [
    'names of the prototype',
    '__proto__ = {"polluted": True}\nx = {"__proto__": {"polluted": True}}\nvllm.LLM(model="m", **x)\nconstructor.x = 1\n',
  ],
  ['a NUL and a BOM', '\uFEFFimport vllm\0\nvllm.LLM(model="m\0")\n'],
];

describe('whatever a program holds', () => {
  it.each(HOSTILE)('%s is read or refused in bounded time', (_title, text) => {
    expect(read(`import os, vllm, modal\n${text}`).deployments.length).toBeLessThan(3);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('never makes the reader throw', () => {
    const corpus = new URL('../corpus/', import.meta.url);
    const files = readManifest(corpus).flatMap(({ file }) =>
      file.endsWith('.py') ? [readCorpusFile(corpus, file)] : [],
    );
    expect(files.length).toBeGreaterThan(4);
    const piece = fc.constantFrom(
      '',
      '"',
      "'",
      '"""',
      '(',
      ')',
      '[',
      '{',
      '}',
      ':',
      '\\',
      '\n',
      '\t',
      'f"',
      '**',
      '*',
      'lambda x:',
      'if ',
      'return ',
      '\0',
      '\uD800',
      '#',
      '@',
    );
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.nat(), fc.nat(40), piece, (file, seed, length, put) => {
        const start = seed % (file.text.length + 1);
        const text = file.text.slice(0, start) + put + file.text.slice(start + length);
        expect(extractFrom({ path: file.path, text }).deployments.length).toBeLessThan(20);
      }),
      { numRuns: 150 },
    );
  });
});

it('tells the LLM class, whose default batches are larger, from a server', () => {
  const contextOf = (text: string) => only(text).arguments.get('usage_context')?.value;
  expect(contextOf('from vllm import LLM\nLLM("org/name")')).toBe('LLM_CLASS');
  expect(contextOf('from langchain_community.llms import VLLM\nVLLM(model="org/name")')).toBe('LLM_CLASS');
  expect(contextOf('from vllm import AsyncEngineArgs\nAsyncEngineArgs(model="org/name")')).toBeUndefined();
  expect(contextOf('import subprocess\nsubprocess.run(["vllm", "serve", "org/name"])')).toBeUndefined();
});

describe('what a loop sets before a branch leaves it', () => {
  // Python reference, break: what was assigned up to there holds behind the loop.
  it.each([
    ['for', 'for n in range(1, count()):\n        if ok(n):\n            size = n\n            break'],
    ['while', 'while more():\n        if ok():\n            size = 2\n            break'],
    ['a list', 'for n in [2, 4]:\n        if ok(n):\n            size = n\n            break'],
    ['continue', 'for n in range(9):\n        if ok(n):\n            size = n\n            continue\n        other(n)'],
  ])('%s', (_, loop) => {
    const text = `from vllm import LLM\ndef serve():\n    size = 1\n    ${loop}\n    LLM("org/name", tensor_parallel_size=size)\n`;
    const { arguments: args, unresolved } = only(text);
    expect(args.has('tensor_parallel_size')).toBe(false);
    expect(unresolved.map(({ name }) => name)).toEqual(['tensor_parallel_size']);
  });
});

describe('a model that the caller gives', () => {
  const serve = (decorator: string): string => `import subprocess, modal
app = modal.App()
${decorator}
def serve(model: str):
    command = f"python -m sglang.launch_server --model-path {model} --context-length 8192 --tp-size 2"
    subprocess.run(command.split())
`;
  it('is shown as open where GPUs are named for it', () => {
    const { model, arguments: args, unresolved, gpuRequest } = only(serve('@app.function(gpu="H100:2")'));
    expect(model).toBeNull();
    expect(unresolved.map(({ name }) => name)).toEqual(['model']);
    expect(args.get('context_length')?.value).toBe(8192);
    expect([gpuRequest.name?.value, gpuRequest.count?.value]).toEqual(['H100', 2]);
  });

  it('makes a function that starts whatever it is told no config', () => {
    expect(read(serve('@app.function()')).deployments).toEqual([]);
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

// LMDeploy lmdeploy/serve/async_engine.py: AsyncEngine(model_path, backend_config=…), which its API server is given.
it('an engine of LMDeploy that a program makes for its server is a launch', () => {
  const found = only(`from lmdeploy.serve.async_engine import AsyncEngine
from lmdeploy.messages import TurbomindEngineConfig
config = TurbomindEngineConfig(cache_max_entry_count=0.85, session_len=8192)
engine = AsyncEngine("org/name", backend_config=config)
`);
  expect(found).toMatchObject({ engine: { id: 'lmdeploy' }, model: { value: 'org/name', place: { line: 4 } } });
  expect([...found.arguments].map(([name, { value, place }]) => [name, value, place.line])).toEqual([
    ['cache_max_entry_count', 0.85, 3],
    ['session_len', 8192, 3],
  ]);
});
