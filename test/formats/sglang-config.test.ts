import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import type { FormatContext } from '../../src/formats/format.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const none: FormatContext = { engines, read: () => null };

function read(text: string, files: Readonly<Record<string, string>> = {}) {
  const context: FormatContext = {
    engines,
    read: (path) => (files[path] === undefined ? null : { path, text: files[path] }),
  };
  return extractAll([{ path: Object.keys(files).length > 0 ? 'run.sh' : 'serving.yaml', text }], context).deployments;
}

const FILE = `model-path: Qwen/Qwen3-8B
host: 0.0.0.0
tensor-parallel-size: 2
mem-fraction-static: 0.8
enable-metrics: true
`;

describe('a file for `sglang.launch_server --config` (docs/advanced_features/server_arguments.md, “Configuration file”)', () => {
  it('is read by its own keys, under SGLang’s names', () => {
    const [found] = read(FILE);
    expect(found?.format).toBe('sglang-config');
    expect(found?.engine.id).toBe('sglang');
    expect(found?.model?.value).toBe('Qwen/Qwen3-8B');
    expect(found?.arguments.get('tp_size')).toMatchObject({ value: 2, place: { line: 3 } });
    expect(found?.arguments.get('mem_fraction_static')).toMatchObject({ value: 0.8, place: { line: 4 } });
    expect(found?.problems).toEqual([]);
  });

  // _convert_config_to_args puts `--` in front of a key as it is, and the parser has no `--tp_size`.
  it('says which keys keep the server from starting', () => {
    const [found] = read(`${FILE}tp_size: 4\nmax-model-len: 8192\n`);
    expect(found?.problems.map(({ argument, remedy, place }) => [argument, remedy, place.line])).toEqual([
      ['tp_size', 'Write tp-size.', 6],
      ['max-model-len', 'Take the key out.', 7],
    ]);
  });

  it('is joined with the command that names it, which goes before it', () => {
    const [found] = read('python3 -m sglang.launch_server --config conf/serving.yaml --tp 4\n', {
      'conf/serving.yaml': FILE,
    });
    expect(found?.model?.value).toBe('Qwen/Qwen3-8B');
    expect(found?.arguments.get('tp_size')).toMatchObject({ value: 4, place: { file: 'run.sh', line: 1 } });
    expect(found?.arguments.get('mem_fraction_static')).toMatchObject({ value: 0.8, place: { line: 4 } });
    expect(found?.unresolved).toEqual([]);
  });

  it('leaves the arguments open where the file is not there', () => {
    const [found] = read('python3 -m sglang.launch_server --config /etc/serving.yaml --tp 4\n', { other: '' });
    expect(found?.unresolved.map(({ name }) => name)).toEqual(['config']);
  });

  it.each([
    ['a training run', 'model_path: a/b\nmem_fraction_static: 0.8\ndataset: c4\ntp_size: 2\n'],
    ['any server’s settings', 'model_path: a/b\nport: 1\nhost: x\ndtype: bf16\n'],
    ['a few options among many', 'mem-fraction-static: 0.8\ntp-size: 1\na: 1\nb: 2\nc: 3\n'],
    ['TGI’s options', 'model_id: a/b\nmax_total_tokens: 2048\nport: 80\ndtype: bf16\n'],
    ['a Kubernetes object', 'apiVersion: v1\nkind: ConfigMap\nmem-fraction-static: 0.8\ntp-size: 1\n'],
  ])('%s is none', (_what, text) => {
    expect(read(text).filter(({ format }) => format === 'sglang-config')).toEqual([]);
  });

  it('is changed in place', () => {
    const file = { path: 'serving.yaml', text: FILE };
    const [found] = extractAll([file], none).deployments;
    if (!found) throw new Error('not read');
    const edits = editArgument(found, 'mem_fraction_static', 0.75, none, new Map([[file.path, file]]));
    if ('reason' in edits) throw new Error(edits.reason);
    expect(edits.map(({ newText }) => newText)).toEqual(['0.75']);
  });
});
