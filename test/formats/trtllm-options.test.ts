import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';

const context = { engines, read: () => null };
const OPTIONS = 'max_batch_size: 16\ntensor_parallel_size: 2\nkv_cache_config:\n  free_gpu_memory_fraction: 0.85\n';

function only(file: SourceFile, read: (path: string) => SourceFile | null = () => null) {
  return extractAll([file], { engines, read }).deployments[0];
}

function values(deployment: ReturnType<typeof only>): Record<string, unknown> {
  return Object.fromEntries([...(deployment?.arguments ?? [])].map(([name, { value }]) => [name, value]));
}

describe('option files of TensorRT-LLM', () => {
  it('are read under any name, in YAML and JSON', () => {
    const read = { max_batch_size: 16, tp_size: 2, 'kv_cache_config.free_gpu_memory_fraction': 0.85 };
    expect(values(only({ path: 'whatever.yaml', text: OPTIONS }))).toEqual(read);
    const json =
      '{\n  "max_batch_size": 16,\n  "tensor_parallel_size": 2,\n  "kv_cache_config": {"free_gpu_memory_fraction": 0.85}\n}';
    expect(values(only({ path: 'whatever.json', text: json }))).toEqual(read);
  });

  it.each([
    ['a benchmark', `benchmark:\n  isl: 1024\n${OPTIONS}`],
    [
      'a set-up of several servers',
      'hostname: localhost\nport: 8000\ncontext_servers:\n  num_instances: 1\n  kv_cache_config:\n    free_gpu_memory_fraction: 0.2\n',
    ],
    ['one key alone', 'kv_cache_config:\n  enable_block_reuse: false\n'],
  ])('%s is none', (_what, text) => {
    expect(only({ path: 'x.yaml', text })).toBeUndefined();
  });

  it.each([
    ['kv_cache_config.dtype', 'fp8', `${OPTIONS}  dtype: fp8\n`],
    ['kv_cache_config.free_gpu_memory_fraction', 0.7, OPTIONS.replace('0.85', '0.7')],
    ['tp_size', 4, OPTIONS.replace('size: 2', 'size: 4')],
    ['max_seq_len', 8192, `${OPTIONS}max_seq_len: 8192\n`],
  ])('take %s = %s', (argument, value, expected) => {
    const file = { path: 'x.yaml', text: OPTIONS };
    const deployment = only(file);
    const edits = deployment && editArgument(deployment, argument, value, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error(edits?.reason ?? 'no launch');
    expect(applyEdits(OPTIONS, edits)).toBe(expected);
  });
});

describe('a launch that names such a file', () => {
  const script = (path: string): SourceFile => ({
    path: 'deploy/serve.sh',
    text: `trtllm-serve org/model --max_batch_size 64 --config ${path}\n`,
  });
  const read = (path: string): SourceFile | null => (path === 'deploy/options.yaml' ? { path, text: OPTIONS } : null);

  it('gets its options, which go over the command line', () => {
    const deployment = only(script('options.yaml'), read);
    expect(deployment?.unresolved).toEqual([]);
    expect(values(deployment)).toMatchObject({ max_batch_size: 16, tp_size: 2 });
    expect(deployment?.arguments.get('max_batch_size')?.place.file).toBe('deploy/options.yaml');
  });

  it('finds it below the folder that the repository is mounted at', () => {
    expect(values(only(script('/workspace/deploy/options.yaml'), read))).toMatchObject({ tp_size: 2 });
  });

  it('is open without it', () => {
    expect(only(script('/etc/options.yaml'), read)?.unresolved.map(({ name }) => name)).toEqual(['config']);
  });

  it('gets what the script itself writes', () => {
    const text = `cat > /tmp/x.yaml <<EOF\n${OPTIONS}EOF\ntrtllm-serve org/model --config /tmp/x.yaml\n`;
    const deployment = only({ path: 'serve.sh', text });
    expect(values(deployment)).toMatchObject({ tp_size: 2, 'kv_cache_config.free_gpu_memory_fraction': 0.85 });
    expect(deployment?.arguments.get('tp_size')?.place.line).toBe(3);
  });
});
