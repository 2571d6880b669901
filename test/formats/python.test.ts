import { describe, expect, it } from 'vitest';
import type { ArgumentValue, Deployment } from '../../src/deployment.ts';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import { onlyIn, readText } from './reading.ts';

const context = { engines, read: () => null };

function only(text: string): Deployment {
  return onlyIn('serve.py', text);
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
  [
    'the arguments of the program itself',
    'import sys\nfrom vllm.entrypoints.cli.main import main\nsys.argv = ["vllm", "serve", "org/name", "--max-model-len", "4096"]\nmain()',
  ],
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
    expect(readText('a.py', show + note).deployments).toEqual([]);
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

it('tells the LLM class, whose default batches are larger, from a server', () => {
  const contextOf = (text: string) => only(text).arguments.get('usage_context')?.value;
  expect(contextOf('from vllm import LLM\nLLM("org/name")')).toBe('LLM_CLASS');
  expect(contextOf('from langchain_community.llms import VLLM\nVLLM(model="org/name")')).toBe('LLM_CLASS');
  expect(contextOf('from vllm import AsyncEngineArgs\nAsyncEngineArgs(model="org/name")')).toBeUndefined();
  expect(contextOf('import subprocess\nsubprocess.run(["vllm", "serve", "org/name"])')).toBeUndefined();
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
