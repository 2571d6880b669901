import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';

const context = { engines, read: () => null };

function launches(text: string, path = 'model/serving.properties') {
  return extractAll([{ path, text }], context);
}

function valuesIn(text: string, path?: string): Record<string, unknown> {
  const [only] = launches(text, path).deployments;
  return Object.fromEntries([...(only?.arguments ?? [])].map(([name, { value }]) => [name, value]));
}

const LMI = 'engine=Python\noption.model_id=org/model\noption.tensor_parallel_degree=4\n';

describe('properties of DJL Serving', () => {
  // djl_python/properties_manager/vllm_rb_properties.py
  it('are the engine’s arguments under other names', () => {
    const text = `${LMI}option.rolling_batch=vllm\noption.max_rolling_batch_size=64\noption.max_rolling_batch_prefill_tokens=8192\noption.quantize=awq\noption.dtype=fp16\noption.gpu_memory_utilization=0.85\noption.speculative_config={"method": "ngram", "num_speculative_tokens": 3}\n`;
    expect(valuesIn(text)).toEqual({
      tensor_parallel_size: 4,
      max_num_seqs: 64,
      max_num_batched_tokens: 8192,
      quantization: 'awq',
      dtype: 'float16',
      gpu_memory_utilization: 0.85,
      speculative_config: { method: 'ngram', num_speculative_tokens: 3 },
    });
  });

  // LmiConfigRecommender.java setRollingBatchSize
  it.each([
    ['', 32],
    ['option.rolling_batch=auto\n', 32],
    ['option.rolling_batch=vllm\n', 256],
    ['option.rolling_batch=lmi-dist\n', 256],
  ])('let %j run %i requests at once', (more, requests) => {
    const [only] = launches(LMI + more).deployments;
    expect(only?.arguments.get('max_num_seqs')).toMatchObject({ value: requests, source: 'wrapper' });
  });

  it('for TensorRT-LLM have its names and its own defaults', () => {
    expect(valuesIn(`${LMI}option.rolling_batch=trtllm\noption.free_gpu_memory_fraction=0.8\n`)).toEqual({
      tp_size: 4,
      'kv_cache_config.free_gpu_memory_fraction': 0.8,
      max_batch_size: 256,
      max_num_tokens: 16_384,
    });
  });

  it.each(['', 'option.tensor_parallel_degree=max\n'])(
    'leave the ranks open where all GPUs are taken (%j)',
    (degree) => {
      const [only] = launches(`engine=Python\noption.model_id=org/model\n${degree}`).deployments;
      expect(only?.unresolved.map(({ name }) => name)).toEqual(['tensor_parallel_size']);
    },
  );

  it.each([
    ['another task', 'engine=Python\noption.model_id=distilbert\noption.task=question-answering\n'],
    ['another program', 'engine=PyTorch\noption.model_id=resnet18\n'],
    ['a model of DJL’s zoo', 'option.model_id=djl://ai.djl.pytorch/resnet\n'],
    ['an echo', 'option.entryPoint=model.py\noption.handler=handle\n'],
    ['a client', 'app.option.timeout=3\nserver.port=8080\n'],
  ])('of %s are no launch', (_what, text) => {
    expect(launches(text).deployments).toEqual([]);
  });

  it('of batching that nobody models are said', () => {
    const { deployments, unsupported } = launches(`${LMI}option.rolling_batch=scheduler\n`);
    expect(deployments).toEqual([]);
    expect(unsupported.map(({ reason }) => reason)).toEqual(['DJL Serving’s scheduler batching is not modelled.']);
  });

  it('are read in comments, templates, Windows lines and over several of them', () => {
    const text =
      '# LMI\r\noption.model_id={{ model_id }}\r\noption.tensor_parallel_degree = 2\r\noption.max_model_len: 4096\r\noption.gpu_memory_utilization=0.\\\r\n  9\r\n';
    const [only] = launches(text).deployments;
    expect(only?.unresolved.map(({ name }) => name).sort()).toEqual(['gpu_memory_utilization', 'model']);
    expect(valuesIn(text)).toMatchObject({ tensor_parallel_size: 2, max_model_len: 4096 });
  });
});

describe('variables of LMI containers', () => {
  const deployment = (image: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: lmi }
spec:
  template:
    spec:
      containers:
        - name: lmi
          image: ${image}
          env:
            - { name: HF_MODEL_ID, value: org/model }
            - { name: OPTION_ROLLING_BATCH, value: vllm }
            - { name: OPTION_MAX_MODEL_LEN, value: "8192" }
            - { name: TENSOR_PARALLEL_DEGREE, value: max }
          resources: { limits: { nvidia.com/gpu: 2 } }
`;

  it('are options, and all GPUs of the container its ranks', () => {
    const text = deployment('763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.35.0-lmi17.0.0-cu128');
    const [only] = launches(text, 'lmi.yaml').deployments;
    expect(only?.model?.value).toBe('org/model');
    // docs/lmi/release_notes.md: LMI V17 holds vLLM 0.11.1.
    expect(only?.engine).toMatchObject({ id: 'vllm', version: '0.11.1' });
    expect(valuesIn(text, 'lmi.yaml')).toEqual({ max_model_len: 8192, max_num_seqs: 256, tensor_parallel_size: 2 });
  });

  it('say nothing to an engine’s own image', () => {
    expect(valuesIn(deployment('vllm/vllm-openai:v0.11.0'), 'lmi.yaml')).toEqual({});
  });
});

describe('an edit', () => {
  function edited(text: string, argument: string, value: number | string | undefined): string {
    const file: SourceFile = { path: 'model/serving.properties', text };
    const [only] = extractAll([file], context).deployments;
    const edits = only && editArgument(only, argument, value, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error(edits?.reason ?? 'no launch');
    return applyEdits(text, edits);
  }

  it('changes a value in its line', () => {
    expect(edited(LMI, 'tensor_parallel_size', 8)).toBe(LMI.replace('=4', '=8'));
  });

  it('adds a property behind the last one, by DJL’s own name', () => {
    expect(edited(`${LMI}# end\n`, 'max_num_seqs', 16)).toBe(`${LMI}option.max_rolling_batch_size=16\n# end\n`);
  });

  it('keeps Windows lines, and takes a line out again', () => {
    const windows = LMI.replaceAll('\n', '\r\n');
    const longer = edited(windows, 'max_model_len', 4096);
    expect(longer).toBe(`${windows}option.max_model_len=4096\r\n`);
    expect(edited(longer, 'max_model_len', undefined)).toBe(windows);
  });

  it('changes a property in a here-document of a script', () => {
    const text = `#!/bin/bash\ncat > model/serving.properties <<EOF\n${LMI}EOF\ntar czf model.tar.gz model\n`;
    const file: SourceFile = { path: 'pack.sh', text };
    const [only] = extractAll([file], context).deployments;
    const edits = only && editArgument(only, 'tensor_parallel_size', 8, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error(edits?.reason ?? 'no launch');
    expect(applyEdits(text, edits)).toBe(text.replace('=4', '=8'));
    const more = editArgument(only, 'max_model_len', 4096, context, new Map([[file.path, file]]));
    if ('reason' in more) throw new Error(more.reason);
    expect(applyEdits(text, more)).toBe(text.replace('=4\n', '=4\noption.max_model_len=4096\n'));
  });
});
