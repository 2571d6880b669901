import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const SCRIPT = '#!/bin/bash\nset -e\nexec vllm serve "$MODEL" --max-model-len 8192\n';
const COMPOSE = `services:
  llm:
    image: own/image
    volumes: ["./start.sh:/start.sh"]
    entrypoint: /start.sh
    environment:
      MODEL: Qwen/Qwen3-8B
`;

/** What is found when `read` of the files are those that are checked, and the others are only there. */
function found(files: Readonly<Record<string, string>>, read: readonly string[]) {
  const context = {
    engines,
    read: (path: string) => (path in files ? { path, text: files[path] ?? '' } : null),
    list: (folder: string) => (folder === '' ? Object.keys(files).filter((path) => !path.includes('/')) : []),
  };
  const own = read.map((path) => ({ path, text: files[path] ?? '' }));
  const { deployments } = extractAll(own, context);
  const edit = (index: number, name: string, value: number) => {
    const deployment = deployments[index];
    if (!deployment) return null;
    return editArgument(deployment, name, value, context, new Map(own.map((file) => [file.path, file])));
  };
  return { deployments, edit, at: deployments.map(({ file, model }) => [file, model?.value ?? null]) };
}

describe('a script that another config starts', () => {
  const files = { 'compose.yaml': COMPOSE, 'start.sh': SCRIPT };

  it('is one launch with its starter, which knows its variables', () => {
    expect(found(files, ['compose.yaml', 'start.sh']).at).toEqual([['compose.yaml', 'Qwen/Qwen3-8B']]);
    expect(found(files, ['compose.yaml']).at).toEqual([['compose.yaml', 'Qwen/Qwen3-8B']]);
  });

  it('is a launch by itself where nobody among the files starts it', () => {
    expect(found(files, ['start.sh']).at).toEqual([['start.sh', null]]);
    expect(
      found({ ...files, 'compose.yaml': COMPOSE.replace('./start', './other') }, ['compose.yaml', 'start.sh']).at,
    ).toEqual([['start.sh', null]]);
  });

  it('is one launch for each of its starters', () => {
    const two = `${COMPOSE}${COMPOSE.slice(COMPOSE.indexOf('  llm:')).replace('llm', 'other').replace('8B', '4B')}`;
    expect(found({ ...files, 'compose.yaml': two }, ['compose.yaml', 'start.sh']).at).toEqual([
      ['compose.yaml', 'Qwen/Qwen3-8B'],
      ['compose.yaml', 'Qwen/Qwen3-4B'],
    ]);
  });

  it('keeps the launches that its starter does not come to', () => {
    const script = `#!/bin/sh\ncase "$MODE" in\n  a) vllm serve Qwen/Qwen3-8B ;;\n  *) vllm serve Qwen/Qwen3-4B ;;\nesac\n`;
    const compose = COMPOSE.replace('MODEL: Qwen/Qwen3-8B', 'MODE: a');
    expect(found({ 'compose.yaml': compose, 'start.sh': script }, ['compose.yaml', 'start.sh']).at).toEqual([
      ['compose.yaml', 'Qwen/Qwen3-8B'],
      ['start.sh', 'Qwen/Qwen3-4B'],
    ]);
  });

  it.each([['compose.yaml'], ['compose.yaml', 'start.sh']])('is edited in the script', (...read) => {
    const edits = found(files, read).edit(0, 'max_model_len', 4096);
    expect(edits && !('reason' in edits) && applyEdits(SCRIPT, edits)).toBe(SCRIPT.replace('8192', '4096'));
    const added = found(files, read).edit(0, 'max_num_seqs', 7);
    expect(added && !('reason' in added) && applyEdits(SCRIPT, added)).toBe(
      SCRIPT.replace('8192', '8192 --max-num-seqs 7'),
    );
  });

  it('is not edited where that changes another service too', () => {
    const two = `${COMPOSE}${COMPOSE.slice(COMPOSE.indexOf('  llm:')).replace('llm', 'other')}`;
    const edits = found({ ...files, 'compose.yaml': two }, ['compose.yaml', 'start.sh']).edit(0, 'max_model_len', 4096);
    expect(edits).toEqual({ reason: 'the same place also sets max_model_len of other' });
  });

  it('is started by Truss', () => {
    const config = 'model_name: a\ndocker_server:\n  start_command: sh /app/model/run.sh\n';
    const { deployments } = found({ 'config.yaml': config, 'model/run.sh': SCRIPT }, ['config.yaml', 'model/run.sh']);
    expect(deployments.map(({ file }) => file)).toEqual(['config.yaml']);
  });
});

// Docker docs, Dockerfile reference: ENTRYPOINT starts the copied script, with the variables that ENV sets.
describe('a script that an image starts', () => {
  const script = '#!/bin/bash\nexec vllm serve org/a --max-model-len "${LEN:-1024}"\n';
  const image = 'FROM python:3.12\nENV LEN=4096\nCOPY start.sh /start.sh\nENTRYPOINT ["/bin/bash", "/start.sh"]\n';
  const files = { Dockerfile: image, 'start.sh': script };
  const lengths = (all: Readonly<Record<string, string>>) =>
    found(all, Object.keys(all)).deployments.map(({ file, arguments: read }) => [
      file,
      read.get('max_model_len')?.value,
      read.get('max_model_len')?.place.file,
    ]);

  it('has the variables of the image', () => {
    expect(lengths(files)).toEqual([['Dockerfile', 4096, 'Dockerfile']]);
    expect(lengths({ 'start.sh': script })).toEqual([['start.sh', 1024, 'start.sh']]);
  });

  it('is one launch with the service that builds the image', () => {
    const compose = 'services:\n  llm:\n    build: .\n    environment: [LEN=2048]\n';
    expect(lengths({ ...files, 'compose.yaml': compose })).toEqual([['compose.yaml', 2048, 'compose.yaml']]);
  });

  it('is edited in the image', () => {
    const edits = found(files, ['Dockerfile', 'start.sh']).edit(0, 'max_model_len', 512);
    expect(edits && !('reason' in edits) && applyEdits(image, edits)).toBe(image.replace('4096', '512'));
    const added = found(files, ['Dockerfile', 'start.sh']).edit(0, 'max_num_seqs', 7);
    const after = added && !('reason' in added) ? applyEdits(script, added) : '';
    expect(after.replace(' --max-num-seqs 7', '')).toBe(script);
    expect(after).not.toBe(script);
  });
});

describe('a script that a workload mounts', () => {
  const pod = `apiVersion: apps/v1
kind: Deployment
metadata: {name: chat}
spec:
  template:
    spec:
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.11.0
          command: ["/bin/bash", "/scripts/start.sh"]
          env: [{name: MODEL, value: Qwen/Qwen3-8B}]
          volumeMounts: [{name: s, mountPath: /scripts}]
      volumes: [{name: s, configMap: {name: scripts}}]
`;
  const map = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: scripts}\ndata:\n  start.sh: |\n    ${SCRIPT.trimEnd().replaceAll('\n', '\n    ')}\n`;
  // Kubernetes docs, "ConfigMaps"; Kustomize docs, configMapGenerator (files).
  it.each([
    ['a ConfigMap holds', { 'map.yaml': map }, 'map.yaml'],
    [
      'a kustomization makes a ConfigMap of',
      {
        'start.sh': SCRIPT,
        'kustomization.yaml': 'resources: [pod.yaml]\nconfigMapGenerator:\n  - name: scripts\n    files: [start.sh]\n',
      },
      'start.sh',
    ],
  ])('and that %s is the launch of the workload', (_, others, held) => {
    const all: Record<string, string> = { ...others, 'pod.yaml': pod };
    expect(found(all, Object.keys(all)).at).toEqual([['pod.yaml', 'Qwen/Qwen3-8B']]);
    expect(found(all, [held]).at).toEqual([[held, null]]);
    const edits = found(all, Object.keys(all)).edit(0, 'max_model_len', 4096);
    expect(edits && !('reason' in edits) && applyEdits(all[held] ?? '', edits)).toBe(
      all[held]?.replace('8192', '4096'),
    );
  });
});
