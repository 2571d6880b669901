import { Window } from 'happy-dom';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { defaultPolicy } from '../../src/policy/parse.ts';
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
      attributes.filter((name) => !/^(?:id|class|style|title|role|aria-label|hidden|data-deployment)$/.test(name)),
    ).toEqual([]);
    expect(html).not.toContain('\u202E');
    expect(html.match(/<\/style>/g)).toHaveLength(1);
  });

  it('without its program allows none', () => {
    expect(pageOf('')).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });
});
