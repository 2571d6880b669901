import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHub } from '../../test/hub/fake-hub.ts';
import { CLI } from './process.ts';

const CONFIG = JSON.stringify({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 4096,
  intermediate_size: 11_008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 32_000,
  max_position_embeddings: 4096,
  torch_dtype: 'bfloat16',
});

/** One check of a repository against a Hub on this machine. */
export interface HubRun {
  readonly milliseconds: number;
  readonly requests: number;
}

/** A repository of so many configs that name so many models: what it costs with an empty cache, and again. */
export async function timeHub(
  configs: number,
  models: number,
): Promise<{ readonly cold: HubRun; readonly warm: HubRun }> {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-bench-hub-'));
  mkdirSync(join(folder, '.git'));
  for (let at = 0; at < configs; at++)
    writeFileSync(join(folder, `${at}.sh`), `#!/bin/bash\nvllm serve acme/m${at % models} --max-model-len 4096\n`);
  const hub = await startHub(
    Object.fromEntries(
      Array.from({ length: models }, (_, at) => [
        `acme/m${at}`,
        { files: { 'config.json': CONFIG }, commit: String(at).padStart(40, '0') },
      ]),
    ),
  );
  const check = async (): Promise<HubRun> => {
    const before = hub.log.length;
    const started = performance.now();
    await new Promise<void>((resolve, reject) => {
      const env = { PATH: process.env['PATH'], HF_ENDPOINT: hub.url, HEADROOM_CACHE: join(folder, '.git', 'cache') };
      const child = spawn(process.execPath, [CLI, 'check', '.', '--hub', '--gpu', 'h100-80gb-sxm'], {
        cwd: folder,
        env,
        stdio: 'ignore',
      });
      child.on('error', reject);
      child.on('exit', (code) =>
        code === 0 || code === 1 ? resolve() : reject(new Error(`headroom ended with ${code}`)),
      );
    });
    return { milliseconds: performance.now() - started, requests: hub.log.length - before };
  };
  const cold = await check();
  const warm = await check();
  await hub.close();
  rmSync(folder, { recursive: true });
  return { cold, warm };
}
