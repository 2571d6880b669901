/// <reference lib="dom" />
import type { ArgumentValue } from '../deployment.ts';
import { engines } from '../engines/index.ts';
import type { Engine, Workload } from '../engines/engine.ts';
import { targetName } from '../hardware/gpu.ts';
import { htmlText } from '../report/escape.ts';
import { argumentText } from '../report/figures.ts';
import { figuresTable, memoryBar, verdictText } from '../report/html/memory.ts';
import type { Launch } from './launches.ts';
import { type Nodes, unpack } from './shared-values.ts';

/** The part of a page that answers "what if": the same estimate as in the check, run again in the reader's browser. */
function start(): void {
  const data = document.getElementById('launches')?.textContent ?? '[]';
  for (const launch of unpack(JSON.parse(data) as Nodes) as Launch[]) {
    const panel = document.querySelector<HTMLElement>(`.try[data-deployment="${launch.deployment}"]`);
    const engine = engines.find(({ id }) => id === launch.engine);
    if (panel && engine) show(panel, launch, engine);
  }
}

function show(panel: HTMLElement, { workloads }: Launch, engine: Engine): void {
  const names = argumentsOf(engine, workloads);
  const gpus = workloads
    .map(({ target }, at) => `<option value="${at}">${htmlText(targetName(target))}</option>`)
    .join('');
  const fields = names.map(
    (name) => `<label>${htmlText(name)}<input name="${htmlText(name)}" spellcheck="false" autocomplete="off"></label>`,
  );
  panel.innerHTML =
    `<b>What if</b><form aria-label="What if"><label>GPU<select name="gpu">${gpus}</select></label>${fields.join('')}` +
    `<label>&nbsp;<button type="reset">as written</button></label></form><div></div>`;
  panel.hidden = false;
  const form = panel.querySelector('form');
  const result = panel.querySelector('div');
  if (!form || !result) return;
  const refill = (): void => {
    const args = workloads[0]?.arguments ?? {};
    for (const name of names) {
      const input = form.elements.namedItem(name);
      if (!(input instanceof HTMLInputElement)) continue;
      input.defaultValue = args[name] === undefined ? '' : argumentText(args[name]);
      const effective = workloads[0] ? engine.estimate(workloads[0]).effective[name] : undefined;
      input.placeholder = effective === undefined ? 'not set' : argumentText(effective);
    }
  };
  const update = (): void => {
    const entries = new FormData(form);
    const workload = workloads[Number(entries.get('gpu'))];
    if (!workload) return;
    const values = names.map((name) => [name, String(entries.get(name) ?? '').trim()] as const);
    result.innerHTML = answer(engine, workload, values);
  };
  refill();
  form.addEventListener('input', update);
  // The fields hold their old values again only after the event.
  form.addEventListener('reset', () => queueMicrotask(update));
  form.addEventListener('submit', (event) => event.preventDefault());
}

/** What may be turned: the engine's own levers, and what the launch sets. */
function argumentsOf(engine: Engine, workloads: readonly Workload[]): string[] {
  const written = Object.keys(workloads[0]?.arguments ?? {}).filter((name) => engine.affectsMemory(name));
  return [...new Set([...engine.knobs.map(({ argument }) => argument), ...written])].filter((name) => name !== 'model');
}

/** The launch with other values, beside the launch as it is written. */
function answer(engine: Engine, workload: Workload, values: readonly (readonly [string, string])[]): string {
  const kept = { ...workload.arguments };
  for (const [name] of values) delete kept[name];
  const words = values.flatMap(([name, text]) => (text === '' ? [] : [[name, valueOf(text)] as const]));
  const changed = engine.estimate({ ...workload, arguments: { ...kept, ...Object.fromEntries(words) } });
  const written = engine.estimate(workload);
  const bar = changed.memory ? memoryBar(changed.memory) : '';
  const message = changed.message === null ? '' : `<blockquote>${htmlText(changed.message)}</blockquote>`;
  const columns = [
    { name: 'as written', memory: written.memory },
    { name: 'with these values', memory: changed.memory },
  ].flatMap(({ name, memory }) => (memory === null ? [] : [{ name, memory }]));
  return `<p role="status">${verdictText(changed)}</p>${bar}${message}${columns.length > 0 ? figuresTable(columns) : ''}`;
}

/** A value as one types it: a number, true, false, JSON, else a text. */
function valueOf(text: string): ArgumentValue {
  try {
    return JSON.parse(text) as ArgumentValue;
  } catch {
    return text;
  }
}

start();
