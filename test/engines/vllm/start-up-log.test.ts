import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { readRepr } from '../../../src/engines/python-repr.ts';
import { logLines } from '../../../src/engines/log-lines.ts';
import { readStartUpLog as readLines } from '../../../src/engines/vllm/start-up-log.ts';

const readStartUpLog = (text: string) => readLines(logLines(text));

function read(...lines: string[]) {
  const log = readStartUpLog(
    ['INFO 05-05 12:00:00 [__init__.py:244] Automatically detected platform cuda. vllm', ...lines].join('\n'),
  );
  if (!log) throw new Error('no log');
  return log;
}

const gibOf = (log: ReturnType<typeof read>, figure: keyof typeof log.figures): number | undefined => {
  const found = log.figures[figure];
  return found && Math.round((found.value / GIB) * 100) / 100;
};

describe('the figures of a start-up log', () => {
  // vllm/worker/worker.py and executor/executor_base.py at v0.7.3; the numbers are made up.
  it('are read from V0', () => {
    const log = read(
      'INFO 02-20 10:00:00 model_runner.py:1115] Loading model weights took 14.9888 GB',
      'INFO 02-20 10:00:09 worker.py:267] Memory profiling takes 1.20 seconds',
      'INFO 02-20 10:00:09 worker.py:267] the current vLLM instance can use total_gpu_memory (22.06GiB) x gpu_memory_utilization (0.90) = 19.85GiB',
      'INFO 02-20 10:00:09 worker.py:267] model weights take 14.99GiB; non_torch_memory takes 0.08GiB; PyTorch activation peak memory takes 1.23GiB; the rest of the memory reserved for KV Cache is 3.55GiB.',
      'INFO 02-20 10:00:09 executor_base.py:111] # cuda blocks: 1817, # CPU blocks: 2048',
      'INFO 02-20 10:00:09 executor_base.py:116] Maximum concurrency for 8192 tokens per request: 3.55x',
      'INFO 02-20 10:00:30 model_runner.py:1562] Graph capturing finished in 20 secs, took 0.24 GiB',
      'INFO:     Application startup complete.',
    );
    expect(log).toMatchObject({ started: true, failure: null });
    expect(log.figures.maxConcurrency).toEqual({ value: 3.55, line: 7 });
    expect(
      Object.fromEntries(Object.keys(log.figures).map((key) => [key, gibOf(log, key as keyof typeof log.figures)])),
    ).toMatchObject({
      weightsBytes: 14.99,
      totalBytes: 22.06,
      budgetBytes: 19.85,
      nonTorchBytes: 0.08,
      activationBytes: 1.23,
      kvCacheBytes: 3.55,
      cudaGraphBytes: 0.24,
    });
  });

  // vllm/v1/worker/gpu_worker.py at v0.11.0 and v1/core/kv_cache_utils.py.
  it('are read from V1, with the launch that the log lists', () => {
    const log = read(
      '(APIServer pid=1) INFO 10-11 10:40:11 [api_server.py:1839] vLLM API server version 0.11.0',
      `(APIServer pid=1) INFO 10-11 10:40:11 [utils.py:233] non-default args: {'model_tag': 'Qwen/Qwen3-8B', 'host': '0.0.0.0', 'model': 'Qwen/Qwen3-8B', 'max_model_len': 8192, 'enforce_eager': True, 'compilation_config': {"level":null,"cudagraph_mode":<CUDAGraphMode.FULL: 2>,"use_inductor":true}, 'gpu_memory_utilization': 0.9}`,
      '(EngineCore_DP0 pid=9) INFO 10-11 10:42:10 [gpu_model_runner.py:2653] Model loading took 15.2683 GiB and 8.2 seconds',
      '(EngineCore_DP0 pid=9) INFO 10-11 10:42:14 [gpu_worker.py:298] Available KV cache memory: 54.21 GiB',
      '(EngineCore_DP0 pid=9) INFO 10-11 10:42:14 [kv_cache_utils.py:1087] GPU KV cache size: 394,720 tokens',
      '(EngineCore_DP0 pid=9) INFO 10-11 10:42:14 [kv_cache_utils.py:1091] Maximum concurrency for 8,192 tokens per request: 48.18x',
    );
    expect(log.version).toBe('0.11.0');
    expect(log.command?.slice(0, 3)).toEqual(['vllm', 'serve', 'Qwen/Qwen3-8B']);
    expect(log.command?.join(' ')).toContain('--max-model-len 8192 --enforce-eager');
    expect(log.command?.join(' ')).toContain('--gpu-memory-utilization 0.9');
    expect(log.command).not.toContain('--host');
    expect(log.figures.kvCacheTokens?.value).toBe(394_720);
    expect(log).toMatchObject({ started: false, failure: null });
  });

  it('are those of the fullest rank', () => {
    const log = read(
      '(Worker_TP0 pid=1) INFO Model loading took 16.95 GiB memory and 9.1 seconds',
      '(Worker_TP1 pid=2) INFO Model loading took 17.02 GiB memory and 9.3 seconds',
      '(Worker_TP0 pid=1) INFO Available KV cache memory: 50.1 GiB',
      '(Worker_TP1 pid=2) INFO Available KV cache memory: 49.8 GiB',
    );
    expect([gibOf(log, 'weightsBytes'), gibOf(log, 'kvCacheBytes')]).toEqual([17.02, 49.8]);
  });
});

describe('a failure', () => {
  // Texts of vLLM at the releases named (v1/core/kv_cache_utils.py, v1/worker/utils.py, worker/worker.py, v1/worker/gpu_model_runner.py).
  it.each([
    [
      'of the length, 0.11',
      "ValueError: To serve at least one request with the models's max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (3.18 GiB). Based on the available memory, the estimated maximum model length is 26032. Try increasing `gpu_memory_utilization`",
      { stage: 'kv_cache', cause: /12\.82 GiB short/, remedies: [/--max-model-len 26032 or less/] },
    ],
    [
      'of the length, V0',
      "ValueError: The model's max seq len (32768) is larger than the maximum number of tokens that can be stored in KV cache (7344). Try increasing `gpu_memory_utilization`",
      { stage: 'kv_cache', cause: /holds 7344 tokens/, remedies: [/7344/] },
    ],
    [
      'of a GPU in use',
      'ValueError: Free memory on device cuda:0 (20.11/79.19 GiB) on startup is less than desired GPU memory utilization (0.9, 71.27 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.',
      { stage: 'free_memory', cause: /59\.08 GiB/, remedies: [/end what else/, /0\.25 at most/] },
    ],
    [
      'of no cache at all',
      'ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`',
      { stage: 'kv_cache' },
    ],
    [
      'of the sampler',
      'RuntimeError: CUDA out of memory occurred when warming up sampler with 1024 dummy requests. Please try lowering `max_num_seqs` or `gpu_memory_utilization`',
      { stage: 'serving', cause: /1024 requests/ },
    ],
  ])(
    '%s is told with its figures and what helps',
    (_title, text, { stage, cause, remedies }: { stage: string; cause?: RegExp; remedies?: readonly RegExp[] }) => {
      const { failure } = read('INFO starting', `(EngineCore pid=7) ERROR ${text}`);
      expect(failure).toMatchObject({ stage, line: 3 });
      if (cause) expect(failure?.cause).toMatch(cause);
      for (const [at, remedy] of (remedies ?? []).entries()) expect(failure?.remedies[at]).toMatch(remedy);
      expect(failure?.remedies.length).toBeGreaterThan(0);
    },
  );

  // The row a100-gemma4-26b-a4b-awq-mtp3 of test/accuracy, vLLM 0.28.0: 71.33 budget − 18.22 − 2.55 = 50.56 GiB of cache.
  it('takes the figures of 0.27 and newer apart', () => {
    const { figures } = read(
      'INFO Model loading took 16.33 GiB memory and 8 seconds',
      'INFO Estimated CUDA graph memory: 0.66 GiB total',
      'INFO Available KV cache memory: 50.56 GiB',
      'INFO Graph capturing finished in 9 secs, took 0.74 GiB',
      'INFO Actual usage is 18.22 GiB for consumed memory (weights + non-torch), 2.55 GiB for peak activation, and 0.74 GiB for CUDAGraph memory.',
    );
    const gib = (figure: keyof typeof figures): number => (figures[figure]?.value ?? 0) / GIB;
    expect(gib('cudaGraphBytes')).toBeCloseTo(0.66, 6);
    expect(gib('nonTorchBytes')).toBeCloseTo(18.22 - 16.33, 6);
    expect(gib('activationBytes')).toBeCloseTo(2.55 - 0.66, 6);
    const parts = gib('weightsBytes') + gib('nonTorchBytes') + gib('activationBytes') + gib('cudaGraphBytes');
    expect(71.33 - parts).toBeCloseTo(gib('kvCacheBytes'), 6);
  });

  const OUT =
    'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 0 has a total capacity of 22.06 GiB of which 187.75 MiB is free.';

  it.each([
    ['load', ['  File "…/llama.py", line 1, in load_weights']],
    [
      'profile',
      [
        'INFO Model loading took 15.0 GiB memory and 8 seconds',
        '  File "…/gpu_model_runner.py", line 1, in profile_run',
      ],
    ],
    [
      'kv_cache',
      [
        'INFO Available KV cache memory: 3.2 GiB',
        '  File "…/gpu_model_runner.py", line 1, in _allocate_kv_cache_tensors',
      ],
    ],
    [
      'graph_capture',
      ['INFO Available KV cache memory: 3.2 GiB', '  File "…/gpu_model_runner.py", line 1, in capture_model'],
    ],
    ['serving', ['INFO:     Application startup complete.', '  File "…/gpu_worker.py", line 1, in execute_model']],
    // Without a traceback, what was printed before tells.
    ['load', []],
    ['profile', ['INFO Model loading took 15.0 GiB memory and 8 seconds']],
    ['graph_capture', ['INFO GPU KV cache size: 1,000 tokens']],
  ])('out of memory in %s', (stage, before) => {
    const { failure, visibleBytes } = read(...before, OUT);
    expect(failure).toMatchObject({ stage, cause: expect.stringContaining('224.00 MiB') });
    expect(failure?.remedies.length).toBeGreaterThan(0);
    expect(visibleBytes).toBe(22.06 * GIB);
  });
});

describe('any text', () => {
  it('is no log of vLLM, or is read without a throw', () => {
    expect(readStartUpLog('INFO: nginx started')).toBeNull();
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            "non-default args: {'model': ",
            "'x'",
            '{',
            '[',
            '(',
            '"',
            "'",
            '\\',
            ': ',
            ', ',
            '}',
            '<A: 1>',
            '1e999',
            '\u001B[31m',
            '\n',
            'Model loading took ',
            '1,2.3.4',
            ' GiB',
          ),
          { maxLength: 40 },
        ),
        (pieces) => {
          const log = readStartUpLog(`vllm ${pieces.join('')}`);
          for (const { value } of Object.values(log?.figures ?? {})) expect(Number.isFinite(value)).toBe(true);
        },
      ),
    );
  });

  it('of Python is read as Python prints it', () => {
    expect([
      ...readRepr(
        String.raw`{'a': 1, 'b': 'it\'s', "c": None, 'd': [1, 'x'], 'e': (True,), 'f': torch.bfloat16, 'g': Foo(x=1, y=','), 'h': -0.5, 'i': {'k': {'l': 2}}}`,
        0,
      ),
    ]).toEqual([
      ['a', 1],
      ['b', "it's"],
      ['c', null],
      ['d', [1, 'x']],
      ['e', [true]],
      ['f', 'torch.bfloat16'],
      ['h', -0.5],
      ['i', { k: { l: 2 } }],
    ]);
    expect([...readRepr('Namespace(host=None, model="a/b", x=<Y.Z: 1>, n=3)', 'Namespace('.length)]).toEqual([
      ['host', null],
      ['model', 'a/b'],
      ['n', 3],
    ]);
  });
});
