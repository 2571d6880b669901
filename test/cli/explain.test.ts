import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-explain-'));
  mkdirSync(join(folder, '.git'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function explain(log: string, ...words: string[]) {
  writeFileSync(join(folder, 'vllm.log'), log);
  let [out, err] = ['', ''];
  const surroundings = {
    out: (text: string) => (out += text),
    err: (text: string) => (err += text),
    env: {},
    cwd: folder,
    columns: null,
  };
  const code = await run(['explain', 'vllm.log', ...words], surroundings);
  return { code, out, err };
}

// Figures of a public log: llm-d-planner accuracy sweep, vLLM 0.19.0, H100 80GB, Llama-3.1-8B (test/accuracy).
const STARTED = `(APIServer pid=1) INFO [api_server.py] vLLM API server version 0.19.0
(APIServer pid=1) INFO [utils.py:233] non-default args: {'model': 'meta-llama/Llama-3.1-8B-Instruct', 'max_model_len': 8192, 'max_num_seqs': 1024, 'max_num_batched_tokens': 8192, 'gpu_memory_utilization': 0.95}
(EngineCore pid=9) INFO [gpu_model_runner.py] Model loading took 14.99 GiB memory and 8.2 seconds
(EngineCore pid=9) INFO [kv_cache_utils.py] GPU KV cache size: 476,016 tokens
INFO:     Application startup complete.
`;

describe('headroom explain', () => {
  it('holds an estimate against a log that started', async () => {
    const { code, out } = await explain(STARTED, '--gpu', 'h100');
    expect(code).toBe(0);
    expect(out).toContain('vLLM 0.19.0  meta-llama/Llama-3.1-8B-Instruct: started');
    expect(out).toMatch(/KV cache tokens +476,016 tokens +\d{3},\d{3} tokens +[+-]0\.\d %/);
  });

  it('exits 2 on a version that is none, and on a format that it has not', async () => {
    expect(await explain(STARTED, '--engine-version', 'banana')).toMatchObject({ code: 2, out: '' });
    expect(await explain(STARTED, '--format', 'markdown')).toMatchObject({ code: 2, out: '' });
  });

  // 40 GiB hold the weights of 15 GiB and 21 GiB of cache at 0.95; the card of the catalogue has twice as much.
  it('takes the memory of a card that is not as the catalogue has it, and one kind of card', async () => {
    const tokens = async (...flags: string[]): Promise<number> => {
      const { out } = await explain(STARTED, '--gpu', 'h100', ...flags);
      return Number(/KV cache tokens +[\d,]+ tokens +([\d,]+) tokens/.exec(out)?.[1]?.replaceAll(',', ''));
    };
    const small = await tokens('--gpu-memory-gib', '40');
    expect(small).toBeGreaterThan(0);
    const memory = ['--gpu', 'h100', '--gpu-memory-gib', '40'];
    expect((await explain(STARTED, ...memory)).out).toContain('h100-80gb-sxm with 40.00 GiB.');
    expect(small).toBeLessThan((await tokens()) / 2);
    expect(await explain(STARTED, '--gpu', 'h100', '--gpu-memory-gib', 'x')).toMatchObject({ code: 2 });
    expect((await explain(STARTED, '--gpu', 'h100,l4')).err).toContain('one kind of GPU');
  });

  it('says why one did not start, what helps, and exits with 1', async () => {
    const { code, out } = await explain(
      `${STARTED.split('\n').slice(0, 3).join('\n')}\nValueError: To serve at least one request with the model's max seq len (131072), (16.0 GiB KV cache is needed, which is larger than the available KV cache memory (3.5 GiB). Based on the available memory, the estimated maximum model length is 28672.\n`,
    );
    expect(code).toBe(1);
    expect(out).toContain('did not start');
    expect(out).toContain('12.50 GiB short');
    expect(out).toContain('--max-model-len 28672 or less');
    expect(out).toContain('The log does not tell the GPU');
  });

  it('knows a message that only vLLM prints, and says which version it assumes where the log does not', async () => {
    const message =
      'RuntimeError: CUDA out of memory occurred when warming up sampler with 256 dummy requests. Please try lowering `max_num_seqs` or `gpu_memory_utilization` when initializing the engine.';
    const alone = await explain(message);
    expect(alone).toMatchObject({ code: 1 });
    expect(alone.out).toContain('sampling for 256 requests');
    const launch = ['--gpu', 'l4', '--', 'vllm', 'serve', 'Qwen/Qwen3-8B'];
    const words = (text: string): string => text.replaceAll(/\s+/g, ' ');
    expect(words((await explain(message, ...launch)).out)).toMatch(
      /on l4-24gb\. vLLM's version is not stated; assumed the newest known, [\d.]+; --engine-version says another\. $/,
    );
    expect((await explain(message, '--engine-version', '0.13.0', ...launch)).out).toMatch(/on l4-24gb\.\n$/);
  });

  // The row lc-qwen3coder30b-q8-a100-65k of test/accuracy/llama-cpp, as llama-server prints it.
  it('holds an estimate of llama.cpp against its buffers, on the card that the log names', async () => {
    const { code, out } = await explain(
      [
        'build: 7342 (abcdef01) with GNU 13.3.0 for Linux x86_64',
        '  Device 0: NVIDIA A100-PCIE-40GB, compute capability 8.0, VMM: yes',
        'llama_model_loader: loaded meta data with 44 key-value pairs and 579 tensors from /models/own.gguf (version GGUF V3)',
        'load_tensors:   CPU_Mapped model buffer size =   315.30 MiB',
        'load_tensors:        CUDA0 model buffer size = 30658.12 MiB',
        'llama_context: n_ctx         = 65536',
        'llama_kv_cache:      CUDA0 KV buffer size =  6144.00 MiB',
        'llama_context:      CUDA0 compute buffer size =   300.75 MiB',
        'llama_context:  CUDA_Host compute buffer size =   132.01 MiB',
        'main: server is listening on http://127.0.0.1:8080',
      ].join('\n'),
      '--',
      'llama-server',
      '-hf',
      'unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF:Q8_0',
      '-c',
      '65536',
    );
    expect(code).toBe(0);
    expect(out).toContain('llama.cpp b7342  /models/own.gguf: started');
    expect(out).toMatch(/weights +29\.94 GiB +29\.9\d GiB +[+-]0\.\d %/);
    expect(out).toMatch(/KV cache +6\.00 GiB +6\.00 GiB +\+0\.0 %/);
    expect(out).toContain('on a100-40gb-pcie');
  });

  it.each([
    ['a log of something else', 'nginx: started\n', /no log of an engine/],
    ['nothing', '', /is empty\n.*--previous/],
  ])('exits with 2 for %s', async (_title, log, message) => {
    const { code, err } = await explain(log);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('escapes what the log holds', async () => {
    const { out } = await explain(
      `vllm\n\u001B[31mValueError: No available memory for the cache blocks\u001B]0;x\u0007\n`,
    );
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(out).not.toMatch(/[\u0007\u001B]/);
  });
});

describe('headroom explain of llama.cpp', () => {
  it('measures in whole bytes, as JSON says it does', async () => {
    const log = [
      "srv    load_model: loading model '/models/a.gguf'",
      'load_tensors:        CUDA0 model buffer size = 14211.60 MiB',
      'llama_kv_cache:      CUDA0 KV buffer size =  1280.03 MiB',
      'llama_context:      CUDA0 compute buffer size =   306.75 MiB',
      'main: server is listening on http://127.0.0.1:8080',
    ];
    const { out } = await explain(log.join('\n'), '--format', 'json');
    const { figures } = JSON.parse(out) as { figures: Record<string, { value: number }> };
    // 14211.60 × 1024² and 1280.03 × 1024² are none.
    expect(figures).toMatchObject({ weightsBytes: { value: 14_901_942_682 }, kvCacheBytes: { value: 1_342_208_737 } });
  });

  it('says why nothing is learned', async () => {
    const log =
      "srv    load_model: loading model '/models/a.gguf'\nload_tensors:        CUDA0 model buffer size = 14211.60 MiB\n";
    const launch = ['--gpu', 'rtx-4090', '--learn', '--', 'llama-server', '-m', 'Qwen/Qwen3-14B:Q8_0', '-c', '8192'];
    const { code, err } = await explain(log, ...launch);
    expect(code).toBe(2);
    expect(err).toContain('estimates of llama.cpp take nothing from a log');
  });
});
