import type { ArgumentValue } from '../../deployment.ts';
import type { Word } from '../../syntax/word.ts';
import { printOption } from '../argument-table.ts';
import type { Engine, ImageVersion, RecognisedCommand } from '../engine.ts';
import { imageName } from '../image-name.ts';
import { baseName } from '../../text.ts';
import { askedDevice, launchTexts } from '../launch-words.ts';
import { deviceOfImage, tableSurface } from '../table-surface.ts';
import { LMDEPLOY_ARGUMENTS } from './arguments.ts';

/** How LMDeploy is started, what its options are called, and how its images are named. */
export const lmdeploySurface = {
  ...tableSurface(LMDEPLOY_ARGUMENTS, (entrypoint) => entrypoint === 'api_server'),
  recognise,
  packages: ['lmdeploy'],
  // Its images start a shell: the command stands in every launch.
  ownsImage: () => false,
  versionOfImage,
  deviceOf,
  printArgument: (name: string, value: ArgumentValue): readonly string[] =>
    value === false && LMDEPLOY_ARGUMENTS.byName.get(name)?.type === 'boolean'
      ? []
      : printOption(LMDEPLOY_ARGUMENTS, name, value),
} satisfies Partial<Engine>;

function recognise(words: readonly Word[]): RecognisedCommand | null {
  const texts = launchTexts(words) ?? [];
  for (const [index, text] of texts.entries()) {
    const isProgram = baseName(text) === 'lmdeploy' || (text === 'lmdeploy' && texts[index - 1] === '-m');
    if (isProgram && texts[index + 1] === 'serve' && texts[index + 2] === 'api_server')
      return { argumentsStart: index + 3, entrypoint: 'api_server' };
    if (text === '-m' && texts[index + 1] === 'lmdeploy.serve.openai.api_server')
      return { argumentsStart: index + 2, entrypoint: 'api_server' };
  }
  return null;
}

/** `openmmlab/lmdeploy:v0.9.2-cu12`, `latest-cu12.8`. */
function versionOfImage(image: string): ImageVersion | null {
  const { name, last, tag } = imageName(image);
  if (!/^lmdeploy(?:$|[-_])/.test(last)) return null;
  const version = /^v?(0\.\d{1,3}\.\d{1,3}(?:\.post\d)?)(?![\d.])/.exec(tag)?.[1] ?? null;
  const published = /(?:^|\/)openmmlab\//.test(name);
  return version === null && !published ? null : { version, by: null, published: true };
}

function deviceOf(image: string | null, words: readonly Word[]): ReturnType<Engine['deviceOf']> {
  return askedDevice(words) === 'cpu' ? 'cpu' : deviceOfImage(image);
}
