import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, type TextEdit } from '../../src/edit.ts';
import { linesOf } from '../../src/report/line-blocks.ts';
import { patchOf } from '../../src/report/patch.ts';
import { suggestionBlock, suggestionsOf } from '../../src/report/suggestion.ts';

const path = 'deploy.yaml';
const text = 'args:\n  - --max-model-len=32768\n  - --dtype\n  - auto\n';

function edit(start: number, end: number, newText: string): TextEdit {
  return { file: path, start, end, newText };
}

/** Text made of a few short lines, with edits that do not overlap, in any order. */
const editedText = fc
  .tuple(
    fc.array(fc.constantFrom('a', '- b', '  c: 1', '', '`', 'ü'), { maxLength: 12 }),
    fc.boolean(),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom('', 'x', '\ny', 'z\n', '2')), { maxLength: 4 }),
  )
  .map(([lines, ended, wishes]) => {
    const source = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '');
    const edits: TextEdit[] = [];
    let from = 0;
    for (const [seed, length, newText] of wishes) {
      if (from > source.length) break;
      const start = from + (seed % (source.length - from + 1));
      const end = Math.min(source.length, start + length);
      edits.push(edit(start, end, newText));
      from = end + 1;
    }
    return { source, edits };
  });

describe('suggestions', () => {
  it('replace whole lines and keep the indentation', () => {
    const at = text.indexOf('32768');
    expect(suggestionsOf({ path, text }, [edit(at, at + 5, '8192')])).toMatchObject([
      { path, startLine: 2, endLine: 2, lines: ['  - --max-model-len=8192'] },
    ]);
  });

  it('repeat the line that an added argument stands behind', () => {
    const at = text.indexOf('\n', text.indexOf('auto'));
    expect(suggestionsOf({ path, text }, [edit(at, at, '\n  - --enforce-eager')])).toMatchObject([
      { path, startLine: 4, endLine: 4, lines: ['  - auto', '  - --enforce-eager'] },
    ]);
  });

  it('are refused for CRLF files, whose line endings GitHub would not keep', () => {
    expect(suggestionsOf({ path, text: 'a: 1\r\n' }, [edit(3, 4, '2')])).toBeNull();
  });

  it('are fenced by more backticks than they hold', () => {
    expect(suggestionBlock(['a'])).toBe('```suggestion\na\n```');
    expect(suggestionBlock(['````x'])).toBe('`````suggestion\n````x\n`````');
    expect(suggestionBlock([])).toBe('```suggestion\n```');
    expect(suggestionBlock([''])).toBe('```suggestion\n\n```');
  });

  it('give the edited text when GitHub puts them in the place of their lines', () => {
    fc.assert(
      fc.property(editedText, ({ source, edits }) => {
        const suggestions = suggestionsOf({ path, text: source }, edits);
        if (suggestions === null) throw new Error('refused');
        const lines = linesOf(source);
        for (const suggestion of suggestions.toReversed()) {
          const { startLine, endLine } = suggestion;
          const atEnd = endLine >= lines.length && !source.endsWith('\n');
          const put = suggestion.lines.map((line, index) =>
            atEnd && index === suggestion.lines.length - 1 ? line : `${line}\n`,
          );
          lines.splice(startLine - 1, endLine - startLine + 1, ...put);
        }
        // GitHub knows whole lines only: a newline at the very end of the text is not its to add or take.
        expect(lines.join('').replace(/\n+$/, '')).toBe(applyEdits(source, edits).replace(/\n+$/, ''));
      }),
    );
  });
});

describe('a patch', () => {
  it.each([
    'with space.yaml',
    'a b/c d.yaml',
    'tab\there.yaml',
    'ümläut/模型.yaml',
    'quo"te\\s.yaml',
    "it's.yaml",
    ' lead.yaml',
    'end ',
  ])('of %j applies with git apply', (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-patch-'));
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    const at = text.indexOf('32768');
    const input = patchOf({ path: name, text }, [{ file: name, start: at, end: at + 5, newText: '8192' }]);
    execFileSync('git', ['apply', '-'], { cwd: folder, input });
    expect(readFileSync(join(folder, name), 'utf8')).toBe(text.replace('32768', '8192'));
    rmSync(folder, { recursive: true });
  });

  it('of a file with CRLF line endings applies and keeps them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-patch-'));
    const windows = text.replaceAll('\n', '\r\n');
    writeFileSync(join(folder, path), windows);
    const at = windows.indexOf('32768');
    const input = patchOf({ path, text: windows }, [edit(at, at + 5, '8192'), edit(at + 5, at + 5, '\r\n  - --x')]);
    execFileSync('git', ['apply', '-'], { cwd: folder, input });
    expect(readFileSync(join(folder, path), 'utf8')).toBe(windows.replace('32768', '8192\r\n  - --x'));
    rmSync(folder, { recursive: true });
  });

  it('is what git would print', () => {
    const at = text.indexOf('32768');
    expect(patchOf({ path, text }, [edit(at, at + 5, '8192')])).toBe(
      `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,4 +1,4 @@\n args:\n-  - --max-model-len=32768\n+  - --max-model-len=8192\n   - --dtype\n   - auto\n`,
    );
  });

  it('has no hunk for an edit that changes nothing', () => {
    const source = 'a\n'.repeat(20);
    const [, ...hunks] = patchOf({ path, text: source }, [edit(0, 0, ''), edit(30, 31, 'b')]).split(/^@@ .*\n/m);
    expect(hunks).toEqual([' a\n a\n a\n-a\n+b\n a\n a\n a\n']);
    expect(patchOf({ path, text: source }, [edit(0, 1, 'a')])).toBe('');
  });

  it('leaves alone the line behind which it adds one', () => {
    const end = text.indexOf('32768') + 5;
    const [, hunk] = patchOf({ path, text }, [edit(end, end, '\n  - --enforce-eager')]).split(/^@@ .*\n/m);
    expect(hunk).toBe(' args:\n   - --max-model-len=32768\n+  - --enforce-eager\n   - --dtype\n   - auto\n');
  });

  it('applies with git apply and gives the edited text', () => {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-patch-'));
    try {
      fc.assert(
        fc.property(editedText, ({ source, edits }) => {
          const edited = applyEdits(source, edits);
          fc.pre(edited !== source && source !== '' && edited !== '');
          writeFileSync(join(folder, path), source);
          execFileSync('git', ['apply', '--unidiff-zero', '--whitespace=nowarn', '-'], {
            cwd: folder,
            input: patchOf({ path, text: source }, edits),
          });
          expect(readFileSync(join(folder, path), 'utf8')).toBe(edited);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
