import type { Device } from '../deployment.ts';
import type { Word } from '../syntax/word.ts';
import { printOption, settingSpec, type ArgumentTable } from './argument-table.ts';
import { readSettings, readWords } from './arguments.ts';
import type { Engine, Setting } from './engine.ts';
import { withModel } from './model-argument.ts';

type TableSurface = Pick<
  Engine,
  'parseWords' | 'parseSettings' | 'knowsArgument' | 'affectsMemory' | 'printArgument' | 'argumentOfVariable'
>;

/** The part of a surface that follows from the table of options alone; `positional` says whether the model stands without one. */
export function tableSurface(table: ArgumentTable, positional: (entrypoint: string) => boolean): TableSurface {
  return {
    parseWords: (words: readonly Word[], entrypoint: string) =>
      withModel(readWords(words, table), positional(entrypoint)),
    parseSettings: (settings: readonly Setting[], strict: boolean) =>
      withModel(readSettings(settings, table, strict), false),
    knowsArgument: (key) => settingSpec(key, table).spec !== null,
    affectsMemory: (name) => name === 'more_arguments' || (table.byName.get(name)?.memory ?? false),
    printArgument: (name, value) => printOption(table, name, value),
    argumentOfVariable: () => null,
  };
}

const DEVICE_WORDS: readonly (readonly [RegExp, Device])[] = [
  [/(?:^|[-_./:])(?:xeon|cpu)(?:$|[-_./:])/, 'cpu'],
  [/(?:^|[-_./:])(?:tpu|jetstream)(?:$|[-_./:])/, 'tpu'],
  [/(?:^|[-_./:])(?:neuron|neuronx|inf2|optimum-neuron)(?:$|[-_./:])/, 'neuron'],
  [/(?:^|[-_./:])(?:gaudi|hpu)(?:$|[-_./:0-9])/, 'gaudi'],
];

/** What an image's name says of the device that it is built for. */
export function deviceOfImage(image: string | null): Device {
  const name = (image ?? '').slice(0, 1_000).toLowerCase();
  return DEVICE_WORDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'gpu';
}
