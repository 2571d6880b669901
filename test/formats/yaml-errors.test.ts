import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/syntax/yaml.ts';

const LOG = Array.from(
  { length: 2_000 },
  (_, at) => `(pid=${at}) INFO [a.py:${at}] args: {'model': 'a', }: b: c\n`,
).join('');

describe('a text that is no YAML', () => {
  it('is said by the first of its errors, as the parser finds it', () => {
    const [first] = [...parseAllDocuments(LOG, { strict: false, prettyErrors: false })].flatMap(({ errors }) => errors);
    expect(first?.message).toBeTruthy();
    expect(readYaml({ path: 'a.log', text: LOG })).toEqual({ reason: `it is not valid YAML: ${first?.message}` });
  });

  it('leaves the documents beside it as they are', () => {
    const text = 'a: 1\n---\nx: y\n- q\n}\n]\n---\nb: 2\n';
    const wholes = parseAllDocuments(text, { strict: false, prettyErrors: false });
    expect([...wholes].map(({ errors }) => errors.length > 1)).toEqual([false, true, false]);
    expect(readYaml({ path: 'a.yaml', text })).toMatchObject({
      documents: [{ entries: [{ key: 'a' }] }, { entries: [{ key: 'b' }] }],
      broken: [{ reason: expect.stringContaining('not valid YAML') }],
    });
  });
});
