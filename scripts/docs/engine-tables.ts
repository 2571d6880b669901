import { engines } from '../../src/engines/index.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { LLAMA_OPTIONS } from '../../src/engines/llama-cpp/option-table.ts';
import { LMDEPLOY_ARGUMENTS } from '../../src/engines/lmdeploy/arguments.ts';
import { SGLANG_ARGUMENTS } from '../../src/engines/sglang/arguments.ts';
import { NEWEST_VERSION as NEWEST_SGLANG } from '../../src/engines/sglang/versions.ts';
import { TRTLLM_ARGUMENTS } from '../../src/engines/tensorrt-llm/arguments.ts';
import { TGI_ARGUMENTS } from '../../src/engines/tgi/arguments.ts';
import { VLLM_ARGUMENTS } from '../../src/engines/vllm/arguments.ts';
import { NEWEST_VERSION as NEWEST_VLLM } from '../../src/engines/vllm/versions.ts';
import { table } from './fill.ts';

/** Options by engine, where an engine keeps them in one table. */
const OPTIONS: Readonly<Record<string, ReadonlyMap<string, { readonly name: string; readonly memory: boolean }>>> = {
  vllm: VLLM_ARGUMENTS.byName,
  sglang: SGLANG_ARGUMENTS.byName,
  llamacpp: LLAMA_OPTIONS.byName,
  tgi: TGI_ARGUMENTS.byName,
  'tensorrt-llm': TRTLLM_ARGUMENTS.byName,
  lmdeploy: LMDEPLOY_ARGUMENTS.byName,
};

/** Newest release whose behaviour was read, of the engines whose releases are told apart one by one. */
const NEWEST: Readonly<Record<string, string>> = { vllm: NEWEST_VLLM, sglang: NEWEST_SGLANG };

/** What is known of each engine, one a row. */
export function engineTable(): string {
  const head = [
    'engine',
    '`engine-versions` key',
    'newest release read',
    'options known',
    'budget with a window',
    'logs for `explain`',
  ];
  const rows = engines.map((engine) => [
    engine.title,
    `\`${engine.id}\``,
    NEWEST[engine.id] ?? '',
    countOf(engine),
    engine.budget ? `\`${engine.budget.argument}\`` : 'none',
    engine.readStartUpLog ? 'yes' : 'no',
  ]);
  return table(head, rows);
}

/** What Headroom may turn to make a launch fit, cheapest first, and what each costs. */
export function knobTable(): string {
  const rows = engines
    .filter(({ id }) => id !== 'nim')
    .flatMap(({ title, knobs }) => knobs.map(({ argument, cost }) => [title, `\`${argument}\``, cost]));
  return table(['engine', 'argument', 'at the cost of'], rows);
}

/** The options of each engine that change its memory: one of them with a value that is not known makes the verdict `unknown`. */
export function memoryOptionList(): string {
  const blocks = engines.flatMap(({ id, title }) => {
    const names = [...(OPTIONS[id]?.values() ?? [])].filter(({ memory }) => memory).map(({ name }) => `\`${name}\``);
    return names.length > 0 ? [`**${title}** (${names.length}): ${names.toSorted().join(', ')}.`] : [];
  });
  return blocks.join('\n\n');
}

function countOf({ id }: Engine): string {
  const options = OPTIONS[id];
  if (!options) return '';
  const memory = [...options.values()].filter((one) => one.memory).length;
  return `${options.size}, ${memory} of them change memory`;
}
