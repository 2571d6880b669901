import { createHash } from 'node:crypto';
import { Window } from 'happy-dom';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { renderCodeQuality } from '../../src/report/code-quality.ts';
import { renderJunit } from '../../src/report/junit.ts';
import { models } from '../engines/vllm/catalogue.ts';

const hardware = loadHardware();

function reportOf(path: string, text: string, policy = 'gpus: [l4]\nfail-on: [fails]\n') {
  const parsed = parsePolicy({ path: '.github/headroom.yml', text: policy }, hardware);
  if (!('policy' in parsed)) throw new Error('the policy is wrong');
  return check({
    files: [{ path, text }],
    read: () => null,
    list: () => [],
    policy: parsed.policy,
    hardware,
    models,
    version: '1.0.0',
  });
}

// Llama-3.1-8B at 131,072 tokens needs 16 GiB of KV cache, which an L4 does not have beside its weights.
const FAILS = '#!/bin/sh\nvllm serve meta-llama/Llama-3.1-8B-Instruct\n';
const FITS = `${FAILS.trim()} --max-model-len 8192\n`;

describe('JUnit', () => {
  function casesOf(xml: string) {
    const document = new new Window().DOMParser().parseFromString(xml, 'application/xml');
    expect(document.querySelector('parsererror')).toBeNull();
    return [...document.querySelectorAll('testcase')].map((one) => [
      one.getAttribute('name'),
      one.firstElementChild?.tagName ?? 'passed',
    ]);
  }

  it('has a case for each GPU, failed where the policy fails, and green only where the launch fits', () => {
    const outcomeOf = (text: string, policy?: string) =>
      casesOf(renderJunit(reportOf('a.sh', text, policy))).find(([name]) => name === 'l4-24gb')?.[1];
    expect(outcomeOf(FAILS)).toBe('failure');
    expect(outcomeOf(FAILS, 'gpus: [l4]\nfail-on: never\n')).toBe('skipped');
    expect(outcomeOf('vllm serve nobody/has-this-model\n')).toBe('skipped');
    expect(outcomeOf(FITS)).toBe('passed');
  });

  it('skips what is only shown, and counts', () => {
    const xml = renderJunit(reportOf('a.sh', FITS, 'fail-on: [fails]\n'));
    expect(casesOf(xml).every(([, outcome]) => outcome === 'skipped')).toBe(true);
    expect(xml).toMatch(/tests="(\d+)" failures="0" skipped="\1"/);
  });

  it('stays XML whatever a file is called', () => {
    expect(casesOf(renderJunit(reportOf('a"<&\'>\u0000\uFFFE]]>.sh', FAILS))).length).toBeGreaterThan(0);
  });
});

describe('Code Quality', () => {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const entriesOf = (text: string, path = 'a.sh') =>
    JSON.parse(renderCodeQuality(reportOf(path, text), digest)) as Readonly<Record<string, unknown>>[];

  // https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
  it('has what GitLab asks for in every entry, each with a fingerprint of its own', () => {
    const entries = entriesOf(FAILS);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        description: expect.stringMatching(/\S/),
        check_name: expect.stringMatching(/^[a-z-]+$/),
        severity: expect.stringMatching(/^(?:info|minor|major|critical|blocker)$/),
        location: { path: 'a.sh', lines: { begin: 2 } },
      });
    }
    expect(new Set(entries.map(({ fingerprint }) => fingerprint)).size).toBe(entries.length);
  });

  it('keeps a fingerprint when lines above come and go', () => {
    const prints = (text: string) => entriesOf(text).map(({ fingerprint }) => fingerprint);
    expect(prints(FAILS.replace('\n', '\n# a line more\n'))).toEqual(prints(FAILS));
  });
});
