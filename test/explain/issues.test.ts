import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import { engines } from '../../src/engines/index.ts';
import type { Memory } from '../../src/estimate.ts';
import { readLog } from '../../src/explain.ts';

interface IssueLog {
  readonly source: string;
  readonly engine: string;
  readonly stages: readonly (string | null)[];
  readonly says: readonly string[];
  readonly neverSays?: readonly string[];
  readonly firstRemedyNot?: string;
  readonly figures?: Readonly<Partial<Record<keyof Memory, number>>>;
  readonly model?: string;
  readonly gpu?: string;
  readonly log: string;
}

const LOGS = readFileSync(new URL('issues.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as IssueLog);

const each = (text: string, wrap: (line: string) => string): string =>
  `${text.trimEnd().split('\n').map(wrap).join('\n')}\n`;

/** What stands around a log where people get it from. */
const WRAPPED: Readonly<Record<string, (text: string) => string>> = {
  'as pasted': (text) => text,
  'docker compose': (text) => each(text, (line) => `model-1  | ${line}`),
  'kubectl logs --prefix --timestamps': (text) =>
    each(text, (line) => `[pod/chat-6d9f8c7b5-x2k4j/engine] 2026-03-08T16:44:28.123456789Z ${line}`),
  'the file of a container runtime': (text) =>
    each(text, (line) => `2026-03-08T16:44:28.123456789+00:00 stderr F ${line}`),
  journald: (text) => each(text, (line) => `Nov 25 10:00:01 gpu-node-1 serve[4711]: ${line}`),
  'JSON of Docker': (text) =>
    each(text, (line) => JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: '2026-03-08T16:44:28Z' })),
  'JSON of a collector': (text) =>
    each(text, (line) => JSON.stringify({ insertId: 'a1', jsonPayload: { message: line }, severity: 'ERROR' })),
  colours: (text) => each(text, (line) => `\u001B[1;36m${line.slice(0, 7)}\u001B[0;0m${line.slice(7)}`),
  'Windows line ends': (text) => text.replaceAll('\n', '\r\n'),
};

describe.each(Object.entries(WRAPPED))('logs of public issues, %s', (_name, wrap) => {
  it.each(LOGS)('$source', ({ engine, stages, says, neverSays, firstRemedyNot, figures, model, gpu, log }) => {
    const read = readLog(wrap(log), engines);
    expect(read?.engine.title).toBe(engine);
    const { failure = null } = read?.log ?? {};
    expect(stages).toContain(failure?.stage ?? null);
    const answer = failure ? [failure.cause, ...failure.remedies].join('\n').toLowerCase() : '';
    for (const word of says) expect(answer).toContain(word.toLowerCase());
    for (const word of neverSays ?? []) expect(answer).not.toContain(word.toLowerCase());
    if (firstRemedyNot !== undefined) expect(failure?.remedies[0]).not.toContain(firstRemedyNot);
    for (const [name, value] of Object.entries(figures ?? {})) {
      const logged = read?.log.figures[name as keyof Memory]?.value ?? Number.NaN;
      expect(logged / (name.endsWith('Bytes') ? GIB : 1)).toBeCloseTo(value, 2);
    }
    if (model !== undefined) expect(read?.log.model).toBe(model);
    if (gpu !== undefined) expect(read?.log.gpuName).toBe(gpu);
  });
});
