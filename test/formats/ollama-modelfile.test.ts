import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };
const read = (text: string, path = 'Modelfile') => extractAll([{ path, text }], context).deployments;

function set(text: string, argument: string, value: number | undefined): string {
  const file = { path: 'Modelfile', text };
  const [one] = read(text);
  const edits = one ? editArgument(one, argument, value, context, new Map([[file.path, file]])) : { reason: 'none' };
  return 'reason' in edits ? edits.reason : applyEdits(text, edits);
}

const TEXT = `# made by hand
FROM llama3.1:8b
TEMPLATE """{{ .Prompt }}
PARAMETER num_ctx 1
"""
SYSTEM "two lines
PARAMETER num_ctx 2"
PARAMETER num_ctx 4096
parameter temperature 0.2
PARAMETER num_ctx 8192
PARAMETER stop "<|end|>"
`;

describe('a Modelfile', () => {
  it('has a model and the last of each parameter; texts in quotes say nothing', () => {
    const [one, ...others] = read(TEXT);
    expect(others).toEqual([]);
    expect([one?.engine.id, one?.model?.value, one?.model?.place.line]).toEqual(['ollama', 'llama3.1:8b', 2]);
    expect(one?.arguments.get('num_ctx')).toMatchObject({ value: 8192, place: { line: 10 } });
    expect([...(one?.arguments.keys() ?? [])]).toEqual(['num_ctx']);
  });

  it('is known by its instructions, or by its name where there is only FROM', () => {
    expect(read('FROM qwen3:8b\n')).toHaveLength(1);
    expect(read('FROM qwen3:8b\n', 'deploy/Modelfile.coding')).toHaveLength(1);
    expect(read('FROM qwen3:8b\n', 'other.txt')).toEqual([]);
    expect(read('FROM qwen3:8b\nPARAMETER num_ctx 5\n', 'other.txt')).toHaveLength(1);
  });

  it('is no Dockerfile', () => {
    expect(read('FROM ubuntu:24.04\nRUN echo\nCMD ["bash"]\n')).toEqual([]);
    expect(read('FROM ollama/ollama\nCOPY Modelfile /\nLABEL a=b\n')).toEqual([]);
  });

  it('leaves a placeholder open', () => {
    expect(read('FROM {{MODEL}}\nPARAMETER num_ctx 5\n')[0]?.unresolved).toMatchObject([{ name: 'model' }]);
  });

  it('is edited line by line', () => {
    expect(set(TEXT, 'num_ctx', 2048)).toBe(TEXT.replace('num_ctx 8192', 'num_ctx 2048'));
    expect(set(TEXT, 'num_gpu', 20)).toBe(`${TEXT}PARAMETER num_gpu 20\n`);
    expect(set('FROM a:1b\r\nPARAMETER num_ctx 8\r\n', 'num_gpu', 5)).toBe(
      'FROM a:1b\r\nPARAMETER num_ctx 8\r\nPARAMETER num_gpu 5\r\n',
    );
    expect(set('FROM a:1b\nPARAMETER num_ctx 8\n', 'num_ctx', undefined)).toBe('FROM a:1b\n');
    expect(set(TEXT, 'num_parallel', 2)).toMatch(/set for the server/);
  });
});
