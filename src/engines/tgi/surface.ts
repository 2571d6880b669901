import type { ArgumentValue } from '../../deployment.ts';
import type { Word } from '../../syntax/word.ts';
import { textOf } from '../argument-table.ts';
import type { Engine, RecognisedCommand } from '../engine.ts';
import { baseName } from '../../text.ts';
import { launchTexts } from '../launch-words.ts';
import { deviceOfImage, tableSurface } from '../table-surface.ts';
import { optionOfVariable, TGI_ARGUMENTS } from './arguments.ts';
import { isTgiImage, versionOfImage } from './image-version.ts';

/** How TGI is started, what its options are called, and how its images are named. */
export const tgiSurface = {
  ...tableSurface(TGI_ARGUMENTS, () => false),
  recognise,
  // Servers of its own name on the package index are clients.
  packages: [],
  ownsImage: isTgiImage,
  versionOfImage,
  deviceOf: deviceOfImage,
  argumentOfVariable: optionOfVariable,
  printArgument,
} satisfies Partial<Engine>;

function recognise(words: readonly Word[]): RecognisedCommand | null {
  const texts = launchTexts(words) ?? [];
  const at = texts.findIndex((text) => baseName(text) === 'text-generation-launcher');
  return at === -1 ? null : { argumentsStart: at + 1, entrypoint: 'launcher' };
}

/** Options that take `true` and `false`; the other booleans are flags without a twin. */
const SPOKEN: ReadonlySet<string> = new Set(['sharded']);

function printArgument(name: string, value: ArgumentValue): readonly string[] {
  const flag = `--${name === 'model' ? 'model-id' : name.replaceAll('_', '-')}`;
  if (typeof value === 'boolean') return SPOKEN.has(name) ? [flag, String(value)] : value ? [flag] : [];
  return [flag, Array.isArray(value) ? value.map(textOf).join(',') : textOf(value)];
}
