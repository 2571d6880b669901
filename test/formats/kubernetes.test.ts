import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

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
