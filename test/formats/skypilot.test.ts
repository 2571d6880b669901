import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };

function read(text: string, path = 'tasks/serve.yaml') {
  return extractAll([{ path, text }], context);
}

function task(resources: string, more = ''): string {
  return `resources:\n  ${resources}\n${more}run: |\n  vllm serve org/name \\\n    --tensor-parallel-size $SKYPILOT_NUM_GPUS_PER_NODE --max-model-len 4096\n`;
}

// SkyPilot docs, YAML spec (accelerators, any_of, num_nodes, image_id) and "Environment variables"
describe('a task of SkyPilot', () => {
  it.each([
    ['accelerators: L4', 'L4', 1],
    ['accelerators: L4:4', 'L4', 4],
    ['accelerators: "H100:8"', 'H100', 8],
    ['accelerators: {A100-80GB: 2}', 'A100-80GB', 2],
    ['accelerators: {A100-80GB:2}', 'A100-80GB', 2],
    ['accelerators: [H200:8, B200:8]', 'H200', 8],
    ['any_of: [{accelerators: H100:2}, {accelerators: H200:2}]', 'H100', 2],
  ])('asks for GPUs with %s, which its variables know', (resources, name, count) => {
    const [found] = read(task(resources)).deployments;
    expect(found?.gpuRequest).toMatchObject({ name: { value: name }, count: { value: count }, nodes: 1 });
    expect(found?.arguments.get('tensor_parallel_size')?.value).toBe(count);
    expect(found?.arguments.get('tensor_parallel_size')?.place.line).toBe(5);
  });

  it('keeps every GPU that it allows, and leaves a number open on which they differ', () => {
    const [found] = read(task('accelerators: {L4:4, A100:1}')).deployments;
    expect(found?.gpuRequest.alternatives).toMatchObject([{ name: { value: 'A100' }, count: { value: 1 } }]);
    expect(found?.unresolved).toMatchObject([{ name: 'tensor_parallel_size', place: { line: 5 } }]);
  });

  it('takes variables, versions and nodes from beside its script', () => {
    const text = `envs:\n  MODEL: org/name\n  LEN: 8192\nsecrets:\n  KEY:\nresources: {accelerators: H100:8}\nnum_nodes: 2\nsetup: |\n  uv pip install vllm==0.10.1\nrun: |\n  vllm serve $MODEL --max-model-len $LEN -pp $SKYPILOT_NUM_NODES --api-key $KEY\n`;
    const [found] = read(text).deployments;
    expect(found).toMatchObject({
      engine: { version: '0.10.1' },
      model: { value: 'org/name', place: { line: 2 } },
      gpuRequest: { nodes: 2 },
    });
    expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 8192, place: { line: 3 } });
    expect(found?.arguments.get('pipeline_parallel_size')?.value).toBe(2);
    expect(found?.unresolved.map(({ name }) => name)).toEqual(['api_key']);
  });

  it('takes the version from the image that it runs in', () => {
    const [found] = read(task('image_id: docker:vllm/vllm-openai:v0.9.2')).deployments;
    expect(found?.engine.version).toBe('0.9.2');
  });

  it('is read as JSON, and one behind the other in one file', () => {
    const json = JSON.stringify({ resources: { accelerators: 'L4:2' }, run: 'vllm serve org/name' });
    expect(read(json, 'task.json').deployments).toMatchObject([{ format: 'skypilot', model: { value: 'org/name' } }]);
    const names = read(`${task('accelerators: L4')}---\n${task('accelerators: H100')}`).deployments.map(
      ({ name }) => name,
    );
    expect(names).toEqual(['serve.yaml', 'serve.yaml #2']);
  });

  it('gets the value itself in the place of a variable that SkyPilot sets', () => {
    const file = { path: 'tasks/serve.yaml', text: task('accelerators: L4:4') };
    const [found] = extractAll([file], context).deployments;
    const edits = found && editArgument(found, 'tensor_parallel_size', 2, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error(JSON.stringify(edits));
    expect(applyEdits(file.text, edits)).toBe(file.text.replace('$SKYPILOT_NUM_GPUS_PER_NODE', '2'));
  });

  it.each([
    [
      'a training',
      'resources: {accelerators: H100:8}\nrun: |\n  torchrun train.py --max_model_len 4096\n# vllm serve\n',
    ],
    ['resources of another tool', 'resources: {limits: {cpu: 1}, replicas: 2}\nrun: echo vllm serve org/name\n'],
  ])('is none in %s', (_title, text) => {
    expect(read(text)).toEqual({ deployments: [], unsupported: [] });
  });
});
