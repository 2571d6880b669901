import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { jsonPieces, jsonText, logSafe, markdownCode, markdownText, plain } from '../../src/report/escape.ts';
import { HOSTILE_NAMES } from './hostile.ts';

function html(markdown: string): string {
  return micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
}

describe('markdown', () => {
  it.each(HOSTILE_NAMES)('%j stays one cell of text, in code and in a sentence', (name) => {
    for (const escaped of [markdownCode(name), markdownText(name)]) {
      const rendered = html(`| a | b |\n| --- | --- |\n| ${escaped} | after |`);
      expect(rendered.match(/<td>/g)).toHaveLength(2);
      expect(rendered).toContain('<td>after</td>');
      expect(rendered.replace(/<\/?(?:table|thead|tbody|tr|th|td|code)>/g, '')).not.toMatch(/<[a-z!/]/i);
    }
  });

  it('breaks mentions and issue links, which GitHub looks for after rendering', () => {
    expect(html(markdownText('ask @octocat about #12'))).toBe('<p>ask @\u200boctocat about #\u200b12</p>');
  });

  it('leaves figures and sentences readable in the source', () => {
    expect(markdownText('It needs 4.50 GiB: too much. See (5.1).')).toBe('It needs 4.50 GiB: too much. See (5.1).');
  });

  it('makes no element of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        expect(html(`x ${markdownText(text)}`)).not.toMatch(/<(?!\/?p>)/);
        expect(html(`x ${markdownCode(text)}`)).not.toMatch(/<(?!\/?(?:p|code)>)/);
      }),
    );
  });
});

describe('plain text', () => {
  it('is one line of what can be seen', () => {
    expect(plain('a\u001b[31mred\u001b[0m\r\nb\u202egnp.exe\u200b\u0007\t c')).toBe('a[31mred[0m bgnp.exe c');
  });

  it('cuts what is too long and says so', () => {
    expect(plain('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(plain('x'.repeat(10), 10)).toBe('x'.repeat(10));
    expect(plain('\u{1f600}'.repeat(20), 5)).toBe(`${'\u{1f600}'.repeat(4)}…`);
  });
});

describe('logs', () => {
  it.each([
    ['::error::pwned', ': :error::pwned'],
    ['fine\n  ::set-output name=a::b', 'fine\n  : :set-output name=a::b'],
    ['c10::Error stays', 'c10::Error stays'],
    ['a ##[group]b', 'a ## [group]b'],
  ])('%j gives no command to the runner', (text, safe) => {
    expect(logSafe(text)).toBe(safe);
  });

  it('JSON keeps every value and shows no control character', () => {
    const value = { 'a\u202e': ['##[error]x', '\u009b31m', '::error::', 'é\u2028', '\u{e0041}'] };
    const text = jsonText(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text).not.toMatch(/##\[|[\u0080-\u009f\u202e\u2028]|\u{e0041}/u);
  });
});

it('gives the same JSON in pieces as in one', () => {
  const anything = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 6 });
  fc.assert(
    fc.property(anything, (value) => {
      expect([...jsonPieces(value)].join('')).toBe(`${jsonText(value)}\n`);
    }),
  );
});
