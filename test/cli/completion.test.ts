import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';

async function headroom(...words: string[]) {
  let [out, err] = ['', ''];
  const surroundings = {
    out: (text: string) => (out += text),
    err: (text: string) => (err += text),
    env: {},
    cwd: '/',
    columns: null,
  };
  const code = await run(words, surroundings);
  return { code, out, err };
}

/** What bash offers behind these words, the last of which is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-completion-'));
  const script = join(folder, 'completion.bash');
  writeFileSync(script, (await headroom('completion', 'bash')).out);
  const typed = words.map((word) => `'${word}'`).join(' ');
  const ask = `source ${script}; COMP_WORDS=(headroom ${typed}); COMP_CWORD=${words.length}; _headroom; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const answer = execFileSync('bash', ['-c', ask], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return answer.split('\n').filter((word) => word !== '');
}

/** A shell that this machine may not have. */
function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

async function answerOf(shell: 'fish' | 'zsh', ask: (script: string) => string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-completion-'));
  const script = join(folder, 'script');
  writeFileSync(script, (await headroom('completion', shell)).out);
  const { stdout, stderr } = spawnSync(shell, ['-c', ask(script)], { encoding: 'utf8', cwd: folder });
  rmSync(folder, { recursive: true });
  return stdout + stderr;
}

describe.skipIf(!has('fish'))('completion of fish', () => {
  it.each([
    ['headroom ch', /^check\t/],
    ['headroom check --format js', /^json$/],
    ['headroom check --format=js', /^--format=json$/],
    ['headroom estimate --gpu h100-94', /^h100-94gb-nvl\ta GPU by any name that the catalogue knows$/],
    ['headroom check --fail-on ti', /^tight$/],
    ['headroom facts l', /^lock$/],
  ])('of %s', async (typed, expected) => {
    const answer = await answerOf('fish', (script) => `source ${script}; complete -C '${typed}'`);
    expect(answer.trim()).toMatch(expected);
  });

  it('offers no file where a command stands', async () => {
    expect(await answerOf('fish', (script) => `source ${script}; complete -C 'headroom scr'`)).toBe('');
  });
});

describe.skipIf(!has('zsh'))('completion of zsh', () => {
  it('is a script that it takes', async () => {
    const load = (script: string): string =>
      `autoload -U compinit; compinit -u -D; source ${script}; print $+functions[_headroom] $+functions[_bash_complete]`;
    expect(await answerOf('zsh', load)).toBe('1 1\n');
  });
});

describe('headroom completion', () => {
  it('offers commands, flags of the command, and what a flag may be', async () => {
    expect(await offered('ex')).toEqual(['explain']);
    expect(await offered('check', '--fo')).toEqual(['--format']);
    expect(await offered('estimate', '--f')).toEqual(['--format']);
    expect(await offered('check', '--format', 'j')).toEqual(['json', 'junit']);
    expect(await offered('estimate', '--gpu', 'l4-')).toEqual(['l4-24gb']);
    expect(await offered('check', '--fail-on', 'ti')).toEqual(['tight']);
    expect(await offered('check', 'dep')).toEqual([]);
  });

  it('takes a value behind a sign as bash and as zsh split it', async () => {
    expect(await offered('check', '--format', '=')).toContain('sarif');
    expect(await offered('check', '--format', '=', 'js')).toEqual(['json']);
    expect(await offered('check', '--format=js')).toEqual(['--format=json']);
    expect(await offered('check', '--gpu=h100-94gb-nvl-mig-3')).toEqual(['--gpu=h100-94gb-nvl-mig-3g.47gb']);
    expect(await offered('check', '--policy=.g')).toEqual([]);
  });

  it('offers what stands first behind a command', async () => {
    expect(await offered('facts', '')).toEqual(['lock', 'check']);
    expect(await offered('completion', 'z')).toEqual(['zsh']);
    expect(await offered('rules', 'tig')).toEqual(['tight-fit']);
    expect(await offered('gpus', 'l4-')).toEqual(['l4-24gb']);
    expect(await offered('help', 'est')).toEqual(['estimate']);
    expect(await offered('facts', 'lock', '')).toEqual([]);
  });

  it('prints for the other shells too, and says which there are', async () => {
    expect((await headroom('completion', 'zsh')).out).toMatch(/^autoload -U \+X bashcompinit/);
    expect((await headroom('completion', 'fish')).out).toContain(
      "complete -c headroom -n '__fish_seen_subcommand_from check' -l format -x",
    );
    expect(await headroom('completion', 'tcsh')).toMatchObject({
      code: 2,
      err: expect.stringContaining('bash|zsh|fish'),
    });
    expect(await headroom('completion')).toMatchObject({ code: 2 });
  });
});
