import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

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
