import { expect, it } from 'vitest';
import { committable, editedFiles, proposalsOf } from '../../src/action/proposals.ts';
import { failing, report, result, SHORTER } from '../report/factory.ts';

const text = `${'#'.repeat(409)}\n32768\n`;
const files = new Map([['deploy/qwen.yaml', { path: 'deploy/qwen.yaml', text }]]);
const mended = (recommendation: typeof SHORTER) =>
  report({ deployments: [result({ targets: [failing()], recommendation })] });

it('commits what makes it fit', () => {
  const [edited] = editedFiles(committable(mended(SHORTER)), files);
  expect(edited?.text).toBe(text.replace('32768', '16384'));
});

it.each([
  ['comes nearer only', { ...SHORTER, fits: false }],
  [
    'has another change that cannot be written',
    {
      ...SHORTER,
      changes: [
        ...SHORTER.changes,
        ...SHORTER.changes.map((one) => ({ ...one, edits: [], notEditable: 'it is templated' })),
      ],
    },
  ],
])('commits nothing that %s', (_, recommendation) => {
  expect(editedFiles(committable(mended(recommendation)), files)).toEqual([]);
});

it('writes no file back whose bytes were not all text', () => {
  const broken = new Map([['deploy/qwen.yaml', { path: 'deploy/qwen.yaml', text: `${text}\uFFFD` }]]);
  expect(editedFiles(committable(mended(SHORTER)), broken)).toEqual([]);
});

it('puts into a patch what no suggestion carries, and nothing twice', () => {
  const patch = '@@ -1,2 +1,2 @@\n-#\n+#\n 32768';
  const changed = [{ path: 'deploy/qwen.yaml', status: 'modified', sha: null, patch, previousPath: null }];
  const inside = proposalsOf(mended(SHORTER), files, changed);
  expect([inside.comments.length, inside.patchWithout(inside.comments)]).toEqual([1, '']);
  expect(inside.patchWithout([])).toContain('+16384');
  const outside = proposalsOf(mended(SHORTER), files, []);
  expect([outside.comments, outside.patchWithout([])]).toEqual([[], expect.stringContaining('+16384')]);
});
