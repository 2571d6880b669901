import { gib } from '../bytes.ts';
import { columns, wrap } from '../report/columns.ts';
import { MAX_NAME_CHARACTERS, terminalText } from '../report/escape.ts';
import { gibCell } from '../report/figures.ts';
import type { ModelCard, WeightLine } from './model-card.ts';
import { grouped } from '../text.ts';

const WIDTH = 120;
/** KiB read better than GiB where a token is concerned. */
const KIB = 1024;

/** The card for a terminal. */
export function renderCard(card: ModelCard, width: number | null): string {
  const name = (text: string): string => terminalText(text, MAX_NAME_CHARACTERS);
  const quantization = card.quantization === null ? 'not quantized' : name(card.quantization);
  const experts = card.experts === null ? '' : `, ${card.expertsPerToken} of ${card.experts} experts per token`;
  const lines = [
    name(card.id),
    `  ${name(card.className || 'no class')} (${name(card.modelType || 'no type')}), ${card.task}, ${card.dtype}, ${quantization}`,
    `  ${grouped(card.parameters)} parameters, ${gib(card.weightBytes)} of weights${checkpoint(card)}`,
    `  ${card.layers} layers, ${card.attentionHeads} query heads, ${card.kvHeads} key-value heads${experts}`,
    `  context ${grouped(card.contextTokens)} tokens${card.contextKey === null ? ', assumed: no field states it' : ` (${name(card.contextKey)})`}`,
    '',
    ...indented(weightTable('tensors', card.byRole)),
    '',
    ...indented(weightTable('stored as', card.byStorage)),
    '',
    ...indented(cacheTable(card)),
    '',
    ...sizeLines(card, (width ?? WIDTH) - 2),
  ];
  const ahead = card.nextTokenPrediction;
  if (ahead)
    lines.push(
      `  ${ahead.name}: ${grouped(ahead.parameters)} parameters, ${gib(ahead.bytes)}, loaded for speculation alone`,
    );
  for (const text of card.approximations)
    lines.push(...wrap(`approximate: ${terminalText(text)}`, (width ?? WIDTH) - 2).map((line) => `  ${line}`));
  lines.push(
    '',
    ...indented(
      columns([['fact', 'source'], ...card.sources.map(({ fact, source }) => [fact, terminalText(source)])], [0, 1]),
    ),
  );
  return `${lines.join('\n')}\n`;
}

function checkpoint({ checkpointBytes }: ModelCard): string {
  return checkpointBytes === null ? '' : `; files of ${gib(checkpointBytes)}`;
}

function weightTable(head: string, lines: readonly WeightLine[]): string[] {
  const rows = lines.map(({ name, parameters, bytes }) => [
    name,
    parameters === 0 ? '' : grouped(parameters),
    gibCell(bytes),
  ]);
  return columns([[head, 'parameters', 'GiB'], ...rows]);
}

function cacheTable({ caches }: ModelCard): string[] {
  if (caches.length === 0) return ['nothing is kept between tokens'];
  const kib = (bytes: number): string => (bytes === 0 ? '' : (bytes / KIB).toFixed(2));
  return columns([
    ['kept by', 'layers', 'KiB per token', 'KiB per request'],
    ...caches.map(({ name, layers, bytesPerToken, bytesPerRequest }) => [
      name,
      String(layers),
      kib(bytesPerToken),
      kib(bytesPerRequest),
    ]),
  ]);
}

function sizeLines({ tensorParallelSizes }: ModelCard, width: number): string[] {
  const even = tensorParallelSizes.filter(({ obstacle }) => obstacle === null).map(({ size }) => size);
  const against = tensorParallelSizes
    .filter(({ size, obstacle }) => obstacle !== null && [2, 4, 8, 16].includes(size))
    .map(({ size, obstacle }) => `${size} (${terminalText(obstacle ?? '', 100)})`);
  const not = against.length > 0 ? `; not by ${against.join(', ')}` : '';
  return indented(wrap(`tensor parallelism divides it by ${even.join(', ')}${not}`, width));
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
