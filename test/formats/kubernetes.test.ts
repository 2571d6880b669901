import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const pod = (image: string, args: string): string => `apiVersion: v1
kind: Pod
metadata: {name: chat}
spec:
  containers:
    - name: engine
      image: ${image}
      args: ${args}
`;

function read(text: string) {
  return extractAll([{ path: 'pods.yaml', text }], { engines, read: () => null });
}

describe('a file of several documents', () => {
  const GOOD = pod('vllm/vllm-openai:v0.11.0', '[--model=org/name]');
  const BROKEN = pod('vllm/vllm-openai:v0.11.0', '[--model=org/other\n   bad: [');

  it('says which of them is no YAML, and reads the others', () => {
    const { deployments, unsupported } = read(`${GOOD}---\n${BROKEN}`);
    expect(deployments.map(({ model }) => model?.value)).toEqual(['org/name']);
    expect(unsupported.map(({ place }) => place.line)).toEqual([16]);
    expect(unsupported[0]?.reason).toContain('not valid YAML');
  });

  it('says it of one that stands among others that launch nothing', () => {
    const { deployments, unsupported } = read(`apiVersion: v1\nkind: Service\nmetadata: {name: x}\n---\n${BROKEN}`);
    expect([deployments.length, unsupported.length]).toEqual([0, 1]);
  });

  it('passes over a broken one that shows no engine', () => {
    const { unsupported } = read(`${GOOD}---\n${pod('nginx', '[a\n   bad: [')}`);
    expect(unsupported).toEqual([]);
  });
});

it.each(['\n', '\r\n'])(
  'an item that is taken out of the end of a file without a last break leaves none behind',
  (end) => {
    const text = ['apiVersion: v1', 'kind: Pod', 'metadata: { name: p }', 'spec:', '  containers:', '    - name: c']
      .concat([
        '      image: vllm/vllm-openai:v0.11.0',
        '      args:',
        '        - --model=Qwen/Qwen3-8B',
        '        - --max-model-len=8192',
      ])
      .join(end);
    const file = { path: 'pod.yaml', text };
    const context = { engines, read: () => null };
    const [found] = extractAll([file], context).deployments;
    const edits = found && editArgument(found, 'max_model_len', undefined, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error('no edit');
    expect(applyEdits(text, edits)).toBe(text.slice(0, text.lastIndexOf(end)));
  },
);

it('a variable for envsubst stands for the default that it is given, and an edit writes the default', () => {
  const args = '["--model=${MODEL:=org/name}", --max-model-len, "${LEN:-8192}", --max-num-seqs, "${SEQS}"]';
  const text = pod('vllm/vllm-openai:${VLLM:=v0.11.0}', args);
  const { deployments } = read(text);
  const [found] = deployments;
  expect(found).toMatchObject({ model: { value: 'org/name' }, engine: { version: '0.11.0' } });
  expect(found?.arguments.get('max_model_len')?.value).toBe(8192);
  expect(found?.unresolved.map(({ name }) => name)).toEqual(['max_num_seqs']);
  const file = { path: 'pods.yaml', text };
  const context = { engines, read: () => null };
  const edits = found && editArgument(found, 'max_model_len', 4096, context, new Map([[file.path, file]]));
  if (!edits || 'reason' in edits) throw new Error('no edit');
  expect(applyEdits(text, edits)).toBe(text.replace('8192', '4096'));
});
