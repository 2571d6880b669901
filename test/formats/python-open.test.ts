import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/deployment.ts';
import { onlyIn, readText } from './reading.ts';

function read(text: string, path = 'serve.py') {
  return readText(path, text);
}

function only(text: string): Deployment {
  return onlyIn('serve.py', text);
}

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

describe('a check that ends the program', () => {
  // Nobody writes a program that always fails: the run has what the file does not show.
  it.each([
    ['a variable that must be set', 'if os.getenv("TOKEN") is None:\n    raise ValueError("TOKEN")'],
    ['one that is empty', 'if not os.environ.get("TOKEN"):\n    print("TOKEN?")\n    sys.exit(1)'],
    [
      'one of several',
      'kind = os.getenv("KIND")\nif kind == "a":\n    pass\nelif kind == "b":\n    pass\nelse:\n    raise ValueError(kind)',
    ],
  ])('takes no launch away behind %s', (_title, check) => {
    const { model, arguments: args } = only(
      `import os, sys\nfrom vllm import LLM\n${check}\nLLM("org/name", max_model_len=4096)\n`,
    );
    expect([model?.value, args.get('max_model_len')?.value]).toEqual(['org/name', 4096]);
  });

  it('takes none away in the branches in front of it', () => {
    const text =
      'import os\nfrom vllm import LLM\nif os.getenv("KIND") == "vllm":\n    LLM("org/name")\nelse:\n    raise ValueError("KIND")\n';
    expect(only(text).model?.value).toBe('org/name');
  });

  it('leaves what returns and what the file decides as they are', () => {
    const text = (way: string): string =>
      `from vllm import LLM\nSMALL = True\ndef run():\n    if SMALL:\n        LLM("org/small")\n        ${way}\n    LLM("org/large")\nrun()\n`;
    expect(read(text('return')).deployments.map(({ model }) => model?.value)).toEqual(['org/small']);
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

  it.each([
    [
      'an engine of its own with a memory option',
      'from vllm import LLM\nLLM(args.model, gpu_memory_utilization=0.8)',
      { gpu_memory_utilization: 0.8 },
    ],
    [
      'a server',
      'import subprocess\ndef start(model):\n    subprocess.Popen(["vllm", "serve", model])\nstart(args.model)',
      {},
    ],
  ])('is open where the command line of a program gives it to %s', (_title, use, values) => {
    const [imports = '', ...rest] = use.split('\n');
    const parser =
      'import argparse\np = argparse.ArgumentParser()\np.add_argument("--model", required=True)\nargs = p.parse_args()';
    const { model, unresolved, arguments: args } = only([imports, parser, ...rest].join('\n'));
    expect([model, unresolved.map(({ name }) => name)]).toEqual([null, ['model']]);
    for (const [name, value] of Object.entries(values)) expect(args.get(name)?.value).toBe(value);
  });

  it('makes a function that starts whatever it is told no config', () => {
    expect(read(serve('@app.function()')).deployments).toEqual([]);
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
