import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import { targetName } from '../../src/hardware/gpu.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { defaultPolicy } from '../../src/policy/parse.ts';
import { targetsOf } from '../../src/targets.ts';
import { onlyIn, readText } from './reading.ts';

function launches(text: string) {
  return extractAll([{ path: 'serve.sh', text }], { engines, read: () => null }).deployments.map(
    ({ model, arguments: read, unresolved }) => [
      model?.value ?? null,
      read.get('max_model_len')?.value ?? null,
      read.get('max_model_len')?.place.line ?? null,
      unresolved.map(({ name }) => name).toSorted(),
    ],
  );
}

const ARGS = '  vllm/vllm-openai:v0.10.0 \\\n  --model Qwen/Qwen3-8B --max-model-len 4096';

describe('containers that a script makes', () => {
  it.each([
    ['run', `docker run -d --gpus all \\\n${ARGS}\n`],
    [
      'created first and started later (docker docs: docker container create)',
      `docker create --name a --gpus all \\\n${ARGS}\n`,
    ],
    ['with the whole command', `docker container run --gpus all \\\n${ARGS}\n`],
    ['whose id the script keeps', `id=$(docker run -d --gpus all \\\n${ARGS})\n`],
    [
      'whose id it keeps in quotes',
      `if true; then\n  id="$(docker run -d --gpus all vllm/vllm-openai:v0.10.0 \\\n  --model Qwen/Qwen3-8B --max-model-len 4096)"\nfi\n`,
    ],
  ])('%s', (_, text) => {
    expect(launches(text).map(([model, length]) => [model, length])).toEqual([['Qwen/Qwen3-8B', 4096]]);
  });

  it('take a module for the entrypoint, not for the size that an option of docker has', () => {
    const text = `args=(\n  -m vllm.entrypoints.openai.api_server\n  --model org/name\n  --served-model-name "$NAME"\n  --enable-auto-tool-choice\n  --max-model-len 4096\n)
docker run -d --gpus all -m 64g --entrypoint python3 "$IMAGE" "\${args[@]}"\n`;
    expect(launches(text)).toEqual([['org/name', 4096, 6, ['served_model_name']]]);
  });

  it('take the words of a list, whatever image a variable names', () => {
    const text = `args=(\n  --model "$MODEL_DIR"\n  --max-model-len 4096\n  --gpu-memory-utilization "$SHARE"\n)
id=$(docker run -d --name "$NAME" --gpus all "$IMAGE" "\${args[@]}")\n`;
    expect(launches(text)).toEqual([[null, 4096, 3, ['gpu_memory_utilization', 'model']]]);
  });

  it.each([
    ['are shown', `cmd=(docker run vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-8B)\nprintf '%q ' "\${cmd[@]}"\n`],
    ['are no containers', 'docker network create vllm\ndocker volume create vllm-cache\n'],
  ])('are none where they %s', (_, text) => {
    expect(launches(text)).toEqual([]);
  });
});

describe('a command line in a variable', () => {
  // bash manual, word splitting: an unquoted value falls apart at its blanks, whatever it holds.
  const line = 'CMD="vllm serve $MODEL --max-model-len 4096 \\\n  --port $PORT"\n';

  it.each(['exec $CMD', 'eval "$CMD"', 'eval $CMD', 'nohup ${CMD} &'])('is read word by word: %s', (use) => {
    expect(launches(`${line}${use}\n`)).toEqual([[null, 4096, 1, ['model', 'port']]]);
  });

  it('has what a branch adds, as something that may be there', () => {
    const branch = 'if [ -n "$OFFLOAD" ]; then\n  CMD="$CMD --cpu-offload-gb 4"\nfi\nCMD+=" --seed 1"\n';
    expect(launches(`${line}${branch}exec $CMD\n`)).toEqual([[null, 4096, 1, ['cpu_offload_gb', 'model', 'port']]]);
  });

  it('is none where it is only shown', () => {
    expect(launches(`${line}echo "Running $CMD"\necho $CMD\n`)).toEqual([]);
  });

  it('ends in time however often it holds itself', () => {
    const doubled = Array.from({ length: 2_000 }, () => 'CMD="$CMD $CMD $X"\n').join('');
    const started = performance.now();
    launches(`${line}${doubled}exec $CMD\n`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('what a job asks Slurm for', () => {
  const asked = (text: string): unknown[] =>
    extractAll([{ path: 'serve.slurm', text }], { engines, read: () => null }).deployments.map(
      ({ gpuRequest: { name, count, nodes } }) => [name?.value ?? null, count?.value ?? null, count?.place.line, nodes],
    );
  const serve = 'vllm serve Qwen/Qwen3-8B';

  // sbatch manual: --gres=gpu[:type][:count], --gpus-per-node=[type:]number, -G as --gpus for the whole job, -N as --nodes.
  it.each([
    ['#SBATCH --gres=gpu:h100:4', serve, ['h100', 4, 2, 1]],
    ['#SBATCH --gres gpu:2   # two', serve, [null, 2, 2, 1]],
    ['#SBATCH --gres=gpu', serve, [null, 1, 2, 1]],
    ['#SBATCH -G A100:4', serve, ['A100', 4, 2, 1]],
    // A slice of a GPU is a kind; of a number that is put in later nobody knows anything.
    ['#SBATCH --gres=gpu:2g.20gb:1,tmpfs:8', serve, ['2g.20gb', 1, 2, 1]],
    ['#SBATCH --gres=gpu:{count}', serve, [null, null, undefined, 1]],
    ['#SBATCH -G a100:{count}', serve, [null, null, undefined, 1]],
    [
      '#SBATCH --gpus-per-node=8 --nodes=2',
      `${serve} --tensor-parallel-size 8 --pipeline-parallel-size 2`,
      [null, 8, 2, 2],
    ],
    ['#SBATCH --gpus-per-node=8 --nodes=2', `srun ${serve} --tensor-parallel-size 8`, [null, 8, 2, 1]],
    ['#SBATCH -N 2 --gpus 16', `${serve} --tensor-parallel-size 16`, [null, 8, 2, 2]],
    ['##SBATCH --gres=gpu:4', serve, [null, null, undefined, 1]],
    ['echo start\n#SBATCH --gres=gpu:4', serve, [null, null, undefined, 1]],
    ['#SBATCH --gres=gpu:4', `export CUDA_VISIBLE_DEVICES=0,1\n${serve}`, [null, 2, 3, 1]],
    ['', `srun -p part --gres=gpu:8 -n1 ${serve}`, [null, 8, 3, 1]],
  ])('%s', (directive, command, expected) => {
    expect(asked(`#!/bin/bash\n${directive}\n${command}\n`)).toEqual([expected]);
  });
});

describe('the nodes that a job is bound to', () => {
  const targets = (directive: string): string[] =>
    extractAll([{ path: 'serve.slurm', text: `#!/bin/bash\n${directive}\nvllm serve Qwen/Qwen3-8B\n` }], {
      engines,
      read: () => null,
    }).deployments.flatMap((deployment) =>
      targetsOf(deployment, defaultPolicy(), loadHardware()).flatMap(({ target, gated }) =>
        gated ? [targetName(target)] : [],
      ),
    );

  // sbatch manual, --constraint: features with `|` and `&` between; what a site calls no GPU says nothing of one.
  it.each([
    ['#SBATCH --gres=gpu:2 --constraint=l40s', ['l40s-48gb × 2']],
    ['#SBATCH --gres=gpu:1\n#SBATCH -C "a100-80g|h100&ib"', ['a100-80gb-sxm', 'h100-80gb-sxm']],
    ['#SBATCH --gres=gpu:1 --constraint=gpu80', []],
    ['#SBATCH --gres=gpu:h100:1 --constraint=l40s', ['h100-80gb-sxm']],
  ])('%s', (directive, expected) => {
    expect(targets(directive)).toEqual(expected);
  });
});

describe('a script that another program is given to run', () => {
  // What the outer shell knows it puts in, in whatever quotes of the inner one; what it does not know stays open.
  it('has the values of the script around it', () => {
    const text = `MODEL=Qwen/Qwen3-8B
IP=$(hostname -i)
srun --nodes=2 --ntasks=2 --ntasks-per-node=1 bash -c "vllm serve '$MODEL' \\
    --max-model-len 4096 --host '$IP' --seed \\$SLURM_PROCID" &
`;
    expect(launches(text)).toEqual([['Qwen/Qwen3-8B', 4096, 4, ['host', 'seed']]]);
  });

  it('is typed into a terminal', () => {
    const text =
      'MODEL=Qwen/Qwen3-8B\ntmux send-keys -t s:0 "vllm serve $MODEL --max-model-len 4096 --port $PORT" C-m\n';
    expect(launches(text)).toEqual([['Qwen/Qwen3-8B', 4096, 2, ['port']]]);
  });
});

describe('a command that runs on another machine', () => {
  const serve = 'vllm serve org/name --max-model-len 4096';
  it.each([
    ['gcloud', `gcloud compute ssh vm --zone z --command "${serve}"`],
    ['gcloud, one word', `gcloud compute ssh vm --command="${serve}"`],
    ['gcloud, the script of a machine', `gcloud compute instances create vm --metadata=startup-script="${serve}"`],
    ['sshpass', `sshpass -p "$PASSWORD" ssh gpu1 "nohup ${serve} &"`],
    ['SkyPilot', `sky exec cluster "${serve}"`],
    ['Vast.ai', `vastai create instance "$ID" --image vllm/vllm-openai:v0.9.0 --onstart-cmd "${serve}"`],
    ['kubectl', `kubectl exec -it pod -- bash -c "${serve}"`],
    ['LXD', `lxc exec box -- bash -lc "${serve}"`],
  ])('%s', (_, text) => {
    expect(launches(text)).toEqual([['org/name', 4096, 1, []]]);
  });

  it('is none where a program only speaks of it', () => {
    expect(launches(`git commit -m "${serve}"\ncurl -d "${serve}" http://localhost\n`)).toEqual([]);
  });
});

describe('a process manager', () => {
  // PM2 docs, application declaration: the program, PM2's own options, and behind two dashes what the program is given.
  it.each([
    ['a whole command', 'pm2 start --name chat "vllm serve org/name --max-model-len 4096"'],
    [
      'a module',
      'pm2 start "python -m vllm.entrypoints.openai.api_server --model org/name --max-model-len 4096" --name chat',
    ],
    [
      'a program and what it is given',
      'pm2 start vllm --name chat --interpreter none -- serve org/name --max-model-len 4096',
    ],
  ])('starts %s', (_, text) => {
    expect(launches(text)).toEqual([['org/name', 4096, 1, []]]);
  });

  it('starts any other program', () => {
    expect(launches('pm2 start app.js -- --model org/name\npm2 restart vllm -- serve org/name\n')).toEqual([]);
  });
});

describe('arguments that the script sets for itself', () => {
  // Bash Reference Manual, The Set Builtin: behind two dashes stand the positional parameters.
  const set = 'set -- --model org/name --max-model-len "${LEN:-4096}"\n';
  it.each([
    ['all of them', `${set}exec vllm serve "$@"\n`, ['org/name', 4096, []]],
    [
      'in front of its own',
      'set -- vllm serve org/name "$@"\nexec "$@" --max-model-len 4096\n',
      ['org/name', 4096, ['caller_arguments']],
    ],
    [
      'with what a branch adds',
      `${set}if [ -n "$Q" ]; then set -- "$@" --quantization "$Q"; fi\nvllm serve "$@"\n`,
      ['org/name', 4096, ['quantization']],
    ],
    [
      'that a branch sets anew',
      'set -- org/name\nif [ -n "$Q" ]; then set -- "$Q"; fi\nvllm serve "$1" --max-model-len 4096\n',
      [null, 4096, ['model']],
    ],
    ['and shifts', 'set -- a b org/name\nshift 2\nvllm serve $1 --max-model-len 4096\n', ['org/name', 4096, []]],
  ])('%s', (_, text, [model, length, open]) => {
    expect(launches(text).map(([one, value, , names]) => [one, value, names])).toEqual([[model, length, open]]);
  });
});

it.each([
  'sudo pkill -f "vllm serve org/name"',
  'ssh gpu1 "pgrep -f \'vllm serve org/name\'"',
  'sudo -S grep "vllm serve org/name" log',
])('a search for an engine is no launch: %s', (text) => {
  expect(launches(text)).toEqual([]);
});

describe('variables among the words in front of an engine', () => {
  const serve = 'vllm serve org/name';
  it.each([
    ['env', `env CUDA_VISIBLE_DEVICES=0,1 ${serve}`, 2],
    ['behind another', `nohup env HIP_VISIBLE_DEVICES=3 ${serve} &`, 1],
    ['on another machine', `ssh root@gpu1 CUDA_VISIBLE_DEVICES=0,1,2 ${serve}`, 3],
    ['of AMD’s runtime', `ROCR_VISIBLE_DEVICES=0,1 ${serve}`, 2],
    ['none', `sudo ${serve}`, null],
    // Only what stands in front of the program is its environment.
    ['an argument', `${serve} --lora-modules CUDA_VISIBLE_DEVICES=0,1`, null],
  ])('%s', (_, text, count) => {
    expect(onlyIn('serve.sh', text).gpuRequest.count?.value ?? null).toBe(count);
  });
});

describe('an engine that only prints something', () => {
  it.each([
    'vllm serve --help=max-model-len',
    'trtllm-serve serve --help | grep -q extra',
    'llama-server --version',
    'docker run --rm vllm/vllm-openai:v0.9.0 --help',
  ])('is no launch: %s', (text) => {
    expect(readText('serve.sh', text)).toEqual({ deployments: [], unsupported: [] });
  });
});

describe('a command line with quotes in it', () => {
  // bash manual, eval: the words are joined and read again as a command.
  const text = `CMD="vllm serve $MODEL --host '0.0.0.0' --max-model-len '4096' --seed '$SEED'"
if [ -n "$Q" ]; then CMD="$CMD --quantization $Q"; fi
`;
  it.each(['eval $CMD', 'eval "$CMD"', 'bash -c "$CMD"', '/bin/bash -lc "$CMD" &'])('%s', (use) => {
    expect(launches(`${text}${use}\n`)).toEqual([[null, 4096, 1, ['model', 'quantization', 'seed']]]);
  });

  it('says nothing against an option that a branch adds and whose value is empty elsewhere', () => {
    const empty = `if [ -z "$P" ]; then Q=; fi\nCMD="vllm serve Qwen/Qwen3-8B"\nif [ -n "$Q" ]; then\n  CMD="$CMD --quantization $Q"\nfi\neval $CMD\n`;
    const [found] = extractAll([{ path: 'serve.sh', text: empty }], { engines, read: () => null }).deployments;
    expect(found?.problems).toEqual([]);
    expect(found?.unresolved.map(({ name }) => name)).toEqual(['quantization']);
  });
});

describe('an image of Apptainer', () => {
  // Apptainer docs: run starts the image's own entrypoint; pull names what it makes NAME_TAG.sif.
  it.each([
    'apptainer run --nv --bind /m:/data images/vllm-openai_v0.8.5.sif',
    'singularity run --nv --env A=1 docker://vllm/vllm-openai:v0.8.5',
    'srun apptainer instance run --nv vllm-openai_v0.8.5.sif server',
  ])('%s', (run) => {
    const text = `${run} --model org/name --max-model-len 4096\n`;
    const [found] = extractAll([{ path: 'a.sh', text }], { engines, read: () => null }).deployments;
    expect([found?.model?.value, found?.arguments.get('max_model_len')?.value, found?.engine.version]).toEqual([
      'org/name',
      4096,
      '0.8.5',
    ]);
  });

  it('is none of ours with another program in it', () => {
    expect(launches('apptainer run --nv train.sif --model org/name --epochs 3\n')).toEqual([]);
  });
});

describe('a program that only a variable names', () => {
  it('is known by the options behind it', () => {
    const text = '"$LLAMA_BIN" -m /m/a.gguf --ctx-size 4096 --port $PORT\n';
    const [found] = extractAll([{ path: 'a.sh', text }], { engines, read: () => null }).deployments;
    expect([found?.engine.id, found?.model?.value, found?.arguments.get('ctx_size')?.value]).toEqual([
      'llamacpp',
      '/m/a.gguf',
      4096,
    ]);
  });

  it('is known by what the variable is called after', () => {
    const text = 'nohup "$LLAMA_SERVER" -hf org/name:Q4_K_M --host 0.0.0.0 -np 2 > llama-server.log &\n';
    const { engine, model, arguments: read } = onlyIn('serve.sh', text);
    expect([engine.id, model?.value, read.get('parallel')?.value]).toEqual(['llamacpp', 'org/name:Q4_K_M', 2]);
    expect(launches(text.replace('LLAMA_SERVER', 'PROXY'))).toEqual([]);
  });

  it('may be given more words than are known', () => {
    const {
      model,
      arguments: read,
      unresolved,
    } = onlyIn('serve.sh', '"$LLAMA_SERVER" -m a.gguf --ctx-size 8192 $EXTRA\n');
    expect([model?.value, read.get('ctx_size')?.value, unresolved.map(({ name }) => name)]).toEqual([
      'a.gguf',
      8192,
      ['more_arguments'],
    ]);
  });

  it('is any other with options that are no engine’s', () => {
    expect(launches('"$PYTHON" train.py --model org/name --max-model-len 4096 --epochs 3\n')).toEqual([]);
  });
});

it('is a template of Jinja, whose branches may or may not be there', () => {
  const text = `{% extends "base.sh" %}
{% block command %}
vllm serve org/name \\
  --max-model-len {{ length }} \\
{%- if seqs %}
  --max-num-seqs 64 \\
{%- endif %}
  --gpu-memory-utilization 0.8
{% endblock %}
`;
  const [found] = extractAll([{ path: 'serve.sh', text }], { engines, read: () => null }).deployments;
  expect(found?.model).toMatchObject({ value: 'org/name', place: { line: 3 } });
  expect(found?.arguments.get('gpu_memory_utilization')).toMatchObject({ value: 0.8, place: { line: 8 } });
  expect(found?.unresolved.map(({ name, reason }) => [name, reason])).toEqual([
    ['max_model_len', 'a template fills it in'],
    ['max_num_seqs', 'a template decides whether it is there'],
  ]);
});

it('adds no option of llama-server to the Python server, which calls its own by other names', () => {
  const file = { path: 'a.sh', text: 'python3 -m llama_cpp.server --model a.gguf --n_ctx 4096\n' };
  const context = { engines, read: () => null };
  const [found] = extractAll([file], context).deployments;
  const edit = (name: string) => found && editArgument(found, name, 20, context, new Map([[file.path, file]]));
  expect(edit('n_gpu_layers')).toMatchObject({ reason: expect.stringContaining('names of its own') as string });
  expect(edit('ctx_size')).toMatchObject([{ newText: '20' }]);
});

it('shows a launch behind more words than are read, and says that its options are not all known', () => {
  const text = `#!/bin/sh\necho ${'x '.repeat(30_000)}\nvllm serve org/m --max-model-len 8192 ${'--seed 1 '.repeat(20)}\n`;
  const [[model, length, line, open]] = launches(text) as [[string, number, number, string[]]];
  expect([model, length, line]).toEqual(['org/m', 8192, 3]);
  expect(open).toContain('more_arguments');
});

it('reads a unit that a script within the script writes', () => {
  const unit = '[Service]\nExecStart=/opt/llama-server \\\\\n  -m /srv/a.gguf \\\\\n  -c 4096\n';
  const text = `pct exec 101 -- bash -c '\ncat > /etc/systemd/system/llm.service <<EOF\n${unit}EOF\n'\n`;
  const [found, ...others] = extractAll([{ path: 'a.sh', text }], { engines, read: () => null }).deployments;
  expect(others).toEqual([]);
  expect(found?.model).toMatchObject({ value: '/srv/a.gguf', place: { line: 5 } });
  expect(found?.arguments.get('ctx_size')).toMatchObject({ value: 4096, place: { line: 6 } });
});
