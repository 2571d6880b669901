import { Window } from 'happy-dom';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { defaultPolicy } from '../../src/policy/parse.ts';
import { STYLE } from '../../src/report/html/style.ts';
import { renderHtml } from '../../src/report/html/page.ts';
import { models } from '../engines/vllm/catalogue.ts';

function pageOf(text: string, path = 'a.sh'): string {
  const report = check({
    files: [{ path, text }],
    read: () => null,
    list: () => [],
    policy: defaultPolicy(),
    hardware: loadHardware(),
    models,
    version: '1.0.0',
  });
  return renderHtml(report, null);
}

describe('the HTML report', () => {
  it('shows a bar to scale for every GPU, with what each part takes', () => {
    const html = pageOf('#!/bin/sh\nvllm serve Qwen/Qwen3-8B\n');
    const bars = html.match(/<div class="bar"[\s\S]*?<\/div>/g) ?? [];
    expect(bars.length).toBeGreaterThan(3);
    for (const bar of bars) {
      const widths = [...bar.matchAll(/<i [^>]*width:([\d.]+)%/g)].map(([, width]) => Number(width));
      expect(widths.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(100.01);
    }
    expect(html).toContain('title="weights 15.27 GiB"');
  });

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '</style><b>',
    "' onload='x",
    '`${x}`',
    '\u202Eevil',
  ])('shows %j as text, wherever it stands', (hostile) => {
    const html = pageOf(
      `#!/bin/sh\nvllm serve '${hostile.replaceAll("'", '')}' --max-model-len "${hostile.replaceAll(/["$`]/g, '')}"\n`,
      `${hostile}.sh`,
    );
    const { document } = new Window();
    document.write(html);
    expect(document.querySelectorAll('script, img')).toHaveLength(0);
    const attributes = [...document.querySelectorAll('body *')].flatMap((element) => element.getAttributeNames());
    expect(
      attributes.filter(
        (name) => !/^(?:id|class|style|title|role|aria-label|aria-hidden|hidden|data-deployment)$/.test(name),
      ),
    ).toEqual([]);
    expect(html).not.toContain('\u202E');
    expect(html.match(/<\/style>/g)).toHaveLength(1);
  });

  it('begins with links to many launches, those that need somebody first, and says once what is missing', () => {
    const launches = ['Qwen/Qwen3-0.6B', 'a', 'nobody/has-this', 'Qwen/Qwen3-4B', 'Qwen/Qwen3-8B', 'Qwen/Qwen3-14B'];
    const page = (ids: readonly string[]): Window['document'] => {
      const { document } = new Window();
      document.write(pageOf(`#!/bin/sh\n${ids.map((id) => `vllm serve ${id}\n`).join('')}`));
      return document;
    };
    expect(page(launches.slice(1)).querySelector('nav')).toBeNull();
    const whole = page(launches);
    const links = [...whole.querySelectorAll('nav a')];
    expect(links).toHaveLength(6);
    for (const link of links) {
      const section = whole.querySelector(link.getAttribute('href') ?? '');
      expect(section?.querySelector('h2 code')?.textContent).toBe(link.querySelector('code')?.textContent);
    }
    const words = links.map(({ parentElement }) => parentElement?.textContent?.split(': ').at(-1) ?? '');
    const order = ['fails', 'degraded', 'tight', 'unknown', 'fits'];
    expect(words).toEqual(words.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
    expect(new Set(words).size).toBeGreaterThan(1);
    expect(whole.body.textContent?.match(/'nobody\/has-this' is not known/g)).toHaveLength(1);
  });

  it('without its program allows none', () => {
    expect(pageOf('')).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });
});

describe('the colours of the HTML report', () => {
  const [light = '', dark = ''] = STYLE.split('@media (prefers-color-scheme: dark)');
  const valuesOf = (text: string): Map<string, string> =>
    new Map([...text.matchAll(/--([a-z]+): (#[0-9a-f]{3,6});/g)].map(([, name = '', value = '']) => [name, value]));
  const schemes = [
    ['light', valuesOf(light)],
    ['dark', new Map([...valuesOf(light), ...valuesOf(dark)])],
  ] as const;

  // WCAG 2.2, relative luminance and contrast ratio; 1.4.3 asks 4.5 of text, 1.4.11 asks 3 of the edges of fields.
  const luminance = (colour: string): number => {
    const hex = colour.length === 4 ? colour.replace(/[0-9a-f]/g, '$&$&') : colour;
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one: string, other: string): number => {
    const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };

  it.each(schemes)('can be read in %s', (_scheme, colours) => {
    for (const text of ['ink', 'soft', 'good', 'warn', 'bad', 'open'])
      for (const ground of ['back', 'panel'])
        expect(contrast(colours.get(text) ?? '', colours.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5);
    expect(STYLE).toMatch(/\.try input, [^}]*border: 1px solid var\(--soft\)/);
    expect(STYLE).toMatch(/::placeholder \{ color: var\(--soft\); opacity: 1; \}/);
  });
});
