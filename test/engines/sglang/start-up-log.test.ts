import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { engines } from '../../../src/engines/index.ts';
import { logLines } from '../../../src/engines/log-lines.ts';
import { readStartUpLog as readLines } from '../../../src/engines/sglang/start-up-log.ts';
import { readLog } from '../../../src/explain.ts';

const readStartUpLog = (text: string) => readLines(logLines(text));

/** Lines as SGLang 0.5.12 prints them, with the figures of a public log of Qwen3 8B on a GB300. */
const STARTED = `[2026-05-01 10:00:00] server_args=ServerArgs(model_path='Qwen/Qwen3-8B', tokenizer_path='Qwen/Qwen3-8B', host='0.0.0.0', port=30000, tp_size=1, mem_fraction_static=0.906, context_length=None, chunked_prefill_size=16384, disable_radix_cache=False, speculative_algorithm=None, speculative_num_steps=None)
[2026-05-01 10:00:05] Load weight begin. avail mem=275.75 GB
[2026-05-01 10:00:20] Load weight end. elapsed=14.20 s, type=Qwen3ForCausalLM, dtype=torch.bfloat16, avail mem=260.48 GB, mem usage=15.28 GB.
[2026-05-01 10:00:21] KV Cache is allocated. dtype: torch.bfloat16, #tokens: 1707904, K size: 117.28 GB, V size: 117.28 GB
[2026-05-01 10:00:21] Memory pool end. avail mem=25.28 GB
[2026-05-01 10:00:30] Capture cuda graph begin. This can take up to several minutes. avail mem=24.00 GB
[2026-05-01 10:00:40] Capture cuda graph end. Time elapsed: 9.20 s. mem usage=0.60 GB. avail mem=23.40 GB.
[2026-05-01 10:00:41] max_total_num_tokens=1707904, chunked_prefill_size=16384, max_prefill_tokens=16384, max_running_requests=4096, context_len=40960, available_gpu_mem=23.40 GB
[2026-05-01 10:00:45] The server is fired up and ready to roll!
`;

describe('a start-up log of SGLang', () => {
  it('says what was loaded, what the pool holds and what graphs took', () => {
    const log = readStartUpLog(STARTED);
    expect(log?.started).toBe(true);
    expect(log?.failure).toBeNull();
    expect(log?.figures.weightsBytes).toEqual({ value: 15.28 * GIB, line: 3 });
    expect(log?.figures.kvCacheTokens).toEqual({ value: 1_707_904, line: 4 });
    expect(log?.figures.cudaGraphBytes?.value).toBeCloseTo(0.6 * GIB, 0);
  });

  it('lists the launch, with the options that move memory', () => {
    expect(readStartUpLog(STARTED)?.command).toEqual(
      'python3 -m sglang.launch_server --model-path Qwen/Qwen3-8B --tp-size 1 --mem-fraction-static 0.906 --chunked-prefill-size 16384'.split(
        ' ',
      ),
    );
  });

  it('of old releases is read from the free memory', () => {
    const old =
      'Load weight begin. avail mem=78.81 GB\nLoad weight end. type=LlamaForCausalLM, dtype=torch.bfloat16, avail mem=63.72 GB\n';
    expect(readStartUpLog(old)?.figures.weightsBytes?.value).toBeCloseTo(15.09 * GIB, -3);
  });

  it('takes the rank with the smallest pool', () => {
    const ranks = '[TP0] max_total_num_tokens=200, x\n[TP1] max_total_num_tokens=100, x\n';
    expect(readStartUpLog(ranks)?.figures.kvCacheTokens).toEqual({ value: 100, line: 2 });
  });

  // Texts of the engine: pool_configurator, model_runner and cuda_graph_runner.
  it.each([
    [
      'RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.',
      'kv_cache',
      'raise --mem-fraction-static',
    ],
    [
      'ValueError: Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.88. Raise --mem-fraction-static above 0.912 (minimum viable = 1 - available/pre = 0.9113). If',
      'kv_cache',
      'raise --mem-fraction-static',
    ],
    ['Exception: Capture cuda graph failed: CUDA out of memory.', 'graph_capture', 'lower --mem-fraction-static'],
    ['torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 448.00 MiB. GPU 0', 'load', 'a quantized variant'],
  ])('%s', (text, stage, remedy) => {
    const log = readStartUpLog(`Load weight begin. avail mem=78.81 GB\n${text}\n`);
    expect(log?.failure).toMatchObject({ stage, line: 2 });
    expect(log?.failure?.remedies[0]).toContain(remedy);
  });

  it('tells where memory ran out by how far it got', () => {
    const out = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0';
    expect(readStartUpLog(`${STARTED}${out}\n`)?.failure?.stage).toBe('serving');
  });

  it('is SGLang’s though it names vLLM, and one of vLLM is vLLM’s', () => {
    expect(readLog(`import vllm\n${STARTED}`, engines)?.engine.id).toBe('sglang');
    const other =
      'INFO vLLM API server version 0.19.0\nINFO Model loading took 14.99 GiB memory\nGPU KV cache size: 100,000 tokens\n';
    expect(readLog(other, engines)?.engine.id).toBe('vllm');
    expect(readLog('hello', engines)).toBeNull();
  });
});
