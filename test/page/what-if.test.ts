import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { Window } from 'happy-dom';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';

/** Llama-3.1-8B at its own 131,072 tokens does not fit an L4. */
const SCRIPT = '#!/bin/bash\nvllm serve meta-llama/Llama-3.1-8B-Instruct --gpu-memory-utilization 0.9\n';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-page-'));
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, 'serve.sh'), SCRIPT);
});

afterAll(() => rmSync(folder, { recursive: true }));

async function headroom(...words: string[]): Promise<string> {
  let out = '';
  const surroundings = {
    out: (text: string) => void (out += text),
    err: () => undefined,
    env: {},
    cwd: folder,
    columns: null,
  };
  await run(words, surroundings);
  return out;
}

/** The page in a browser of its own, its program started. */
async function open() {
  const html = await headroom('check', '--gpu', 'l4', '--engine-version', '0.19.0', '--format', 'html');
  const window = new Window({
    settings: { enableJavaScriptEvaluation: true, suppressInsecureJavaScriptEnvironmentWarning: true },
  });
  // What every browser has and this one lacks.
  Object.assign(window, { Blob, Response, DecompressionStream });
  window.document.write(html);
  const { panel, form } = await vi.waitFor(() => {
    const found = window.document.querySelector('.try');
    const fields = found?.querySelector('form');
    if (!found || !fields) throw new Error('the page has no panel');
    return { panel: found, form: fields };
  });
  const type = (name: string, value: string): void => {
    const input = form.querySelector(`input[name="${name}"]`) as unknown as { value: string };
    input.value = value;
    form.dispatchEvent(new window.Event('input'));
  };
  return { html, window, panel, type };
}

describe('the page', () => {
  it('needs nothing else, and allows no program but its own', async () => {
    const { html } = await open();
    const [, allowed = ''] =
      /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src ([^"]*)"/.exec(
        html,
      ) ?? [];
    const [, starter = ''] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? [];
    const [, program = ''] = /<script type="application\/gzip" id="program">([^<]*)</.exec(html) ?? [];
    const hashes = [starter, gunzipSync(Buffer.from(program, 'base64'))].map(
      (script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
    );
    expect(allowed).toBe(hashes.join(' '));
    expect(html).not.toMatch(/(?:src|href)="|@import|url\(/);
    expect(html).toContain('fails when the KV cache is laid out');
  });

  it('answers what if with the estimate that the command line gives', async () => {
    const { panel, type } = await open();
    expect(panel.hasAttribute('hidden')).toBe(false);
    type('max_model_len', '8192');
    const said = panel.textContent ?? '';
    expect(said).toContain('fits');
    const json = JSON.parse(
      await headroom(
        'estimate',
        '--gpu',
        'l4',
        '--engine-version',
        '0.19.0',
        '--format',
        'json',
        '--',
        'vllm',
        'serve',
        'meta-llama/Llama-3.1-8B-Instruct',
        '--gpu-memory-utilization',
        '0.9',
        '--max-model-len',
        '8192',
      ),
    ) as { deployments: { targets: { memory: { kvCacheTokens: { value: number } } }[] }[] };
    const tokens = json.deployments[0]?.targets[0]?.memory.kvCacheTokens.value;
    expect(tokens).toBeGreaterThan(8192);
    expect(said).toContain(`${tokens?.toLocaleString('en-US')} tokens`);
    type('max_model_len', '131072');
    expect(panel.textContent).toContain('fails');
  });

  it('says what is wrong with a value, as the engine would', async () => {
    const { panel, type } = await open();
    type('tensor_parallel_size', '3');
    expect(panel.textContent).toMatch(/fails[\s\S]*divisible by tensor parallel size \(3\)/);
  });
});
