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

const entry = (path: string, patch?: string) => ({ path, status: 'modified', sha: null, patch, previousPath: null });
const kinds = (comments: readonly { readonly kind: string }[]) => comments.map(({ kind }) => kind);

it('comments on a changed file for what lies beyond its hunks, and on no other', () => {
  const beyond = proposalsOf(mended(SHORTER), files, [entry('deploy/qwen.yaml')]);
  expect(kinds(beyond.comments)).toEqual(['file']);
  expect(beyond.comments[0]?.body).toContain(`-32768\n+16384`);
  // Nothing is applied with a click, so the patch holds it too.
  expect(beyond.patchWithout(beyond.comments)).toContain('+16384');
  expect(proposalsOf(mended(SHORTER), files, [{ ...entry('deploy/qwen.yaml'), status: 'removed' }]).comments).toEqual(
    [],
  );
});

it('comments on ten files at most, and says how many more there are', () => {
  const paths = Array.from({ length: 12 }, (_, at) => `deploy/${at}.yaml`);
  const many = report({
    deployments: paths.map((file) => {
      const changes = SHORTER.changes.map((one) => ({ ...one, edits: one.edits.map((edit) => ({ ...edit, file })) }));
      return result({ targets: [failing()], recommendation: { ...SHORTER, changes } });
    }),
  });
  const texts = new Map(paths.map((path) => [path, { path, text }]));
  const { comments, reasons } = proposalsOf(
    many,
    texts,
    paths.map((path) => entry(path)),
  );
  expect([comments.length, reasons]).toEqual([
    10,
    ['The values of 2 files more lie beyond the diff; the patch holds them.'],
  ]);
});

it('fences a diff and a suggestion by more backticks than they hold', () => {
  const quoted = new Map([
    ['deploy/qwen.yaml', { path: 'deploy/qwen.yaml', text: `${'#'.repeat(404)}\n\`\`\`\`32768\n` }],
  ]);
  for (const patch of [undefined, '@@ -1,2 +1,2 @@\n-#\n+#\n 32768']) {
    const [comment] = proposalsOf(mended(SHORTER), quoted, [entry('deploy/qwen.yaml', patch)]).comments;
    expect(comment?.body).toMatch(/^`{5}(?:diff|suggestion)$/m);
  }
});

it('posts nothing that is longer than GitHub takes', () => {
  const long = new Map([
    ['deploy/qwen.yaml', { path: 'deploy/qwen.yaml', text: `${'#'.repeat(409)}\n32768${' '.repeat(70_000)}\n` }],
  ]);
  const { comments, reasons, patchWithout } = proposalsOf(mended(SHORTER), long, [
    entry('deploy/qwen.yaml', '@@ -1,2 +1,2 @@\n-#\n+#\n 32768'),
  ]);
  expect([comments, reasons]).toEqual([
    [],
    ['1 suggestion more than GitHub takes at once, or longer; the patch holds the values.'],
  ]);
  expect(patchWithout([])).toContain('+16384');
});

it('says of a file whose bytes are no text that its values are written nowhere', () => {
  const broken = new Map([['deploy/qwen.yaml', { path: 'deploy/qwen.yaml', text: `${text}\uFFFD` }]]);
  const { comments, asides, patchWithout } = proposalsOf(mended(SHORTER), broken, [entry('deploy/qwen.yaml')]);
  expect([comments, patchWithout([])]).toEqual([[], '']);
  expect(asides).toEqual([expect.stringContaining('set them by hand')]);
});

it('writes comments on lines and on files that a person can read', async () => {
  const patch = '@@ -1,2 +1,2 @@\n-#\n+#\n 32768';
  const windows = new Map([
    ['deploy/qwen.yaml', { path: 'deploy/qwen.yaml', text: `${'#'.repeat(408)}\r\n32768\r\n` }],
  ]);
  const bodies = [
    ...proposalsOf(mended(SHORTER), files, [entry('deploy/qwen.yaml', patch)]).comments,
    ...proposalsOf(mended(SHORTER), files, [entry('deploy/qwen.yaml')]).comments,
    ...proposalsOf(mended(SHORTER), windows, [entry('deploy/qwen.yaml', patch)]).comments,
  ].map(({ body }) => body.replace(/#{20,}/g, '####'));
  await expect(`${bodies.join('\n\n---\n\n')}\n`).toMatchFileSnapshot('snapshots/review-comments.md');
});
