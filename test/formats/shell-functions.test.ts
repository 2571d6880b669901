import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';
import { editedText } from './reading.ts';

/** Bash manual, "Shell Functions" and "Bourne Shell Builtins" (`source`): where a function's words and a file's values come from. */
function deploymentsOf(files: Readonly<Record<string, string>>) {
  const all: SourceFile[] = Object.entries(files).map(([path, text]) => ({ path, text }));
  const context = { engines, read: (path: string) => all.find((file) => file.path === path) ?? null };
  return { ...extractAll(all, context), all, context };
}

function launches(files: string | Readonly<Record<string, string>>) {
  const { deployments } = deploymentsOf(typeof files === 'string' ? { 'serve.sh': files } : files);
  return deployments.map(({ file, model, arguments: read, unresolved }) => {
    const length = read.get('max_model_len');
    const at = length ? `${length.place.file}:${length.place.line}` : null;
    return [file, model?.value ?? null, length?.value ?? null, at, unresolved.map(({ name }) => name).toSorted()];
  });
}

const SERVE = 'serve() {\n  vllm serve "$1" --max-model-len "$2"\n}\n';

describe('functions of a script', () => {
  it('start what they are called with, once for each call', () => {
    expect(launches(`${SERVE}serve org/a 1024 &\nserve org/b 2048\n`)).toEqual([
      ['serve.sh', 'org/a', 1024, 'serve.sh:4', []],
      ['serve.sh', 'org/b', 2048, 'serve.sh:5', []],
    ]);
  });

  it('that are called again with the same words start one launch, which can be edited', () => {
    const text = 'start() {\n  MODE=$1 vllm serve org/a --max-model-len 1024 &\n}\nstart a\nstart b\nstart a\n';
    expect(launches(text)).toEqual([['serve.sh', 'org/a', 1024, 'serve.sh:2', []]]);
    expect(editedText('serve.sh', text, 'max_model_len', 512)).toBe(text.replace('1024', '512'));
    // What the engine itself reads tells them apart.
    expect(launches(text.replace('MODE', 'VLLM_USE_V1'))).toHaveLength(2);
  });

  it.each([
    ['hand on all their words', 'serve() { vllm serve "$@"; }\nserve org/a --max-model-len 1024\n', 2],
    ['call each other', `${SERVE}main() {\n  serve org/a 1024\n}\nmain "$@"\n`, 5],
    [
      'shift',
      'serve() {\n  local model=$1\n  shift\n  vllm serve "$model" "$@"\n}\nserve org/a --max-model-len 1024\n',
      6,
    ],
    ['have a default', 'serve() {\n  vllm serve org/a --max-model-len "${1:-1024}"\n}\nserve\n', 2],
    ['take what is set behind them', 'serve() { vllm serve org/a --max-model-len $LEN; }\nLEN=1024\nserve\n', 2],
    ['are called in the test of `if`', `${SERVE}if ! serve org/a 1024; then exit 1; fi\n`, 4],
  ])('that %s', (_, text, line) => {
    expect(launches(text)).toEqual([['serve.sh', 'org/a', 1024, `serve.sh:${line}`, []]]);
  });

  it('say options for others', () => {
    const options = 'options() { echo --max-model-len "${LEN:-1024}" $(more); }\nmore() { echo --seed 1; }\n';
    expect(launches(`${options}vllm serve org/a $(options)\n`)).toEqual([
      ['serve.sh', 'org/a', 1024, 'serve.sh:1', []],
    ]);
    // What does more than say one thing, is given words, or is one word of all, is not followed.
    for (const [other, use] of [
      ['options() { echo --seed 1; echo --max-model-len 1; }', '$(options)'],
      ['options() { echo --max-model-len 1 >&2; }', '$(options)'],
      ['options() { echo --max-model-len "$1"; }', '$(options 1)'],
      ['options() { echo $(options) --max-model-len 1; }', '"$(options)"'],
    ] as const)
      expect(launches(`${other}\nvllm serve org/a ${use}\n`)).toEqual([
        ['serve.sh', 'org/a', null, null, ['more_arguments']],
      ]);
  });

  it('that nobody calls by name leave open what they are called with', () => {
    expect(launches(`${SERVE}trap serve EXIT\n`)).toEqual([['serve.sh', null, null, null, ['max_model_len', 'model']]]);
  });

  it('end in time however they call each other', () => {
    const names = Array.from({ length: 60 }, (_, index) => `f${index}`);
    const text = names.map((name, index) => `${name}() {\n  f${index + 1} a; f${index + 1} b\n}\n`).join('');
    const start = performance.now();
    launches(`${text}f60() { vllm serve "$1"; }\nf0\n`);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('end in time however often they say each other', () => {
    const says = (index: number): string => Array.from({ length: 100 }, () => `$(f${index + 1})`).join(' ');
    const names = Array.from({ length: 60 }, (_, index) => `f${index}() { echo ${says(index)}; }\n`);
    const start = performance.now();
    expect(launches(`${names.join('')}f60() { echo --seed 1; }\nvllm serve org/a $(f0)\n`)).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(4000);
  });
});

describe('files that a script takes its variables from', () => {
  const use = 'vllm serve "$MODEL" --max-model-len "$LEN"\n';
  const values = 'MODEL=org/a\nLEN=1024\n';

  it.each([
    ['beside it', 'scripts/config.sh', 'source ./config.sh'],
    ['by the folder of the script', 'scripts/config.sh', 'source "$(dirname "$0")/config.sh"'],
    ['above it', 'config.sh', '. "$(dirname "${BASH_SOURCE[0]}")/../config.sh"'],
    [
      'by a variable that holds the folder',
      'profiles/a.env',
      'ROOT="$(cd "$(dirname "$0")/.." && pwd)"\nsource "$ROOT/profiles/a.env"',
    ],
    ['if it is there', 'scripts/config.sh', 'MODEL=org/b\nif [ -f config.sh ]; then\n  source config.sh\nfi'],
    ['if it is there, in short', 'scripts/config.sh', 'MODEL=org/b\n[ -f config.sh ] && . config.sh'],
  ])('%s', (_, path, line) => {
    expect(launches({ 'scripts/serve.sh': `${line}\n${use}`, [path]: values })).toEqual([
      ['scripts/serve.sh', 'org/a', 1024, `${path}:2`, []],
    ]);
  });

  it('may hold the function that starts the server', () => {
    const lib = 'run_it() {\n  build/bin/llama-server --host 0.0.0.0 "$@"\n}\n';
    const found = deploymentsOf({ 'a/run.sh': 'source ../lib.sh\nrun_it -m a.gguf --ctx-size 4096\n', 'lib.sh': lib });
    const own = found.deployments.filter(({ file }) => file === 'a/run.sh');
    expect(own.map(({ line, model, arguments: read }) => [line, model?.value, read.get('ctx_size')?.value])).toEqual([
      [2, 'a.gguf', 4096],
    ]);
  });

  it('leave a value open that only one branch takes from them', () => {
    const text = 'MODEL=org/b\nif [ "$1" = prod ]; then\n  source prod.env\nfi\nvllm serve "$MODEL" --port 80\n';
    expect(launches({ 'serve.sh': text, 'prod.env': 'MODEL=org/a\n' })).toEqual([
      ['serve.sh', null, null, null, ['model']],
    ]);
  });

  it('leave it open where they are not in the repository', () => {
    expect(launches({ 'serve.sh': `source /etc/llm.env\n${use}`, 'etc/llm.env': values })).toEqual([
      ['serve.sh', null, null, null, ['max_model_len', 'model']],
    ]);
  });

  it('have their value edited where it stands', () => {
    const { deployments, all, context } = deploymentsOf({ 'serve.sh': `. ./config.sh\n${use}`, 'config.sh': values });
    const files = new Map(all.map((file) => [file.path, file]));
    const edits = deployments[0] && editArgument(deployments[0], 'max_model_len', 512, context, files);
    if (!edits || 'reason' in edits) throw new Error('no edit');
    expect(edits.map(({ file }) => file)).toEqual(['config.sh']);
    expect(applyEdits(values, edits)).toBe('MODEL=org/a\nLEN=512\n');
  });
});

describe('a program that only a variable names', () => {
  // Behind programs that start another one: coreutils `nohup`, `env`; `sudo`.
  it.each(['nohup "$SERVER"', 'exec $SERVER', 'env A=1 "$DIR/build/bin/llama-server"', 'sudo -E "$SERVER"'])(
    '%s',
    (front) => {
      const { deployments } = deploymentsOf({
        'serve.sh': `${front} -m a.gguf --ctx-size 4096 --n-gpu-layers 99 > server.log 2>&1 &\n`,
      });
      expect(
        deployments.map(({ engine, model, arguments: read }) => [engine.id, model?.value, read.get('ctx_size')?.value]),
      ).toEqual([['llamacpp', 'a.gguf', 4096]]);
    },
  );
});

// vLLM docs, "Configuration": `vllm serve --config config.yaml` takes its arguments from the file.
describe('a file of settings that a script names', () => {
  const files = {
    'serve.sh': 'vllm serve --config config.yaml\n',
    'config.yaml': 'model: org/a\nmax-model-len: 1024\n',
  };

  it('is the launch of the script, once', () => {
    expect(launches(files)).toEqual([['serve.sh', 'org/a', 1024, 'config.yaml:2', []]]);
    expect(launches({ 'config.yaml': files['config.yaml'] })).toEqual([
      ['config.yaml', 'org/a', 1024, 'config.yaml:2', []],
    ]);
  });

  it('is edited through it', () => {
    const { deployments, all, context } = deploymentsOf(files);
    const edits =
      deployments[0] &&
      editArgument(deployments[0], 'max_model_len', 512, context, new Map(all.map((file) => [file.path, file])));
    if (!edits || 'reason' in edits) throw new Error('no edit');
    expect(applyEdits(files['config.yaml'], edits)).toBe('model: org/a\nmax-model-len: 512\n');
  });
});

describe('a command that nobody can put together', () => {
  const server = 'cmd="$DIR/bin/llama-server"\nbuild() { echo "$cmd --port $1"; }\nfull="$(build 80)"\n';

  it('is said where the script has it run', () => {
    const { deployments, unsupported } = deploymentsOf({ 'serve.sh': `${server}nohup $full > log &\n` });
    expect(deployments).toEqual([]);
    expect(unsupported).toMatchObject([{ name: 'llama-server', place: { line: 1 } }]);
  });

  it('is said where a container is given it', () => {
    const text =
      'cmd=()\nif (( WRAP )); then\n  cmd=(/bin/bash -lc "vllm serve ${args[*]@Q}")\nfi\ndocker run --gpus all \\\n  "$IMAGE" \\\n  "${cmd[@]}"\n';
    expect(deploymentsOf({ 'serve.sh': text })).toMatchObject({
      deployments: [],
      unsupported: [{ name: 'vllm serve', place: { line: 3 } }],
    });
  });

  it.each([
    ['the script runs nothing of its own', server],
    ['the program is put into place', 'ln -sf "$DIR/bin/llama-server" /usr/bin\nexec $SHELL\n'],
    ['it is only spoken of', 'msg="starts llama-server"\necho "$msg"\nexec $NEXT\n'],
  ])('is not said where %s', (_, text) => {
    expect(deploymentsOf({ 'serve.sh': text }).unsupported).toEqual([]);
  });
});
