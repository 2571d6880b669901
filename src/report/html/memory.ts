import type { Estimate, Memory } from '../../estimate.ts';
import { htmlText } from '../escape.ts';
import { figure, gibCell, interval, PARTS, TITLES } from '../figures.ts';
import { verdictPhrase } from '../verdicts.ts';

/** One GPU's memory to scale, each part with its figure when pointed at; a red line where the GPU ends before the parts do. */
export function memoryBar(memory: Memory): string {
  const parts = PARTS.map((part) => ({ ...part, bytes: Math.max(0, memory[part.field].value) }));
  const used = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const total = memory.totalBytes.value;
  const scale = 100 / Math.max(total, used);
  const segments = parts.map(
    ({ letter, title, bytes }) =>
      `<i class="${letter}" style="width:${(bytes * scale).toFixed(3)}%" title="${htmlText(`${title} ${gibCell(bytes)} GiB`)}"></i>`,
  );
  const end = used > total ? `<b style="left:${(total * scale).toFixed(3)}%" title="end of the GPU"></b>` : '';
  const said = `${gibCell(used)} of ${gibCell(total)} GiB`;
  return `<div class="bar" role="img" aria-label="${htmlText(said)}">${segments.join('')}${end}</div>`;
}

/** What the colours of the bars are. */
export function legend(): string {
  const entries = PARTS.map(({ letter, title }) => `<span><i class="${letter}"></i>${htmlText(title)}</span>`);
  return `<p class="legend soft">${entries.join('')}</p>`;
}

/** The verdict in its colour. */
export function verdictText(estimate: Estimate): string {
  return `<span class="${estimate.verdict}">${htmlText(verdictPhrase(estimate))}</span>`;
}

/** Every figure of some memories beside each other, with its interval. */
export function figuresTable(columns: readonly { readonly name: string; readonly memory: Memory }[]): string {
  const fields = (Object.keys(TITLES) as (keyof Memory)[]).filter((field) =>
    columns.some(({ memory }) => memory[field].value !== 0 || memory[field].high !== 0),
  );
  const head = columns.map(({ name }) => `<th>${htmlText(name)}</th><th class="soft">interval</th>`).join('');
  const rows = fields.map((field) => {
    const cells = columns.map(
      ({ memory }) =>
        `<td class="num">${htmlText(figure(field, memory[field].value))}</td><td class="num soft">${htmlText(interval(field, memory[field]))}</td>`,
    );
    return `<tr><td>${htmlText(TITLES[field])}</td>${cells.join('')}</tr>`;
  });
  return `<table><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}
