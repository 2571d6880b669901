import { execFileSync } from 'node:child_process';
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

describe('headroom completion', () => {
  it('offers commands, flags of the command, and what a flag may be', async () => {
    expect(await offered('ex')).toEqual(['explain']);
    expect(await offered('check', '--fo')).toEqual(['--format']);
    expect(await offered('estimate', '--f')).toEqual(['--format']);
    expect(await offered('check', '--format', 'j')).toEqual(['json', 'junit']);
    expect(await offered('estimate', '--gpu', 'l4-')).toEqual(['l4-24gb']);
    expect(await offered('check', 'dep')).toEqual([]);
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
