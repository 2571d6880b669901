import type { ArgumentValue, Deployment } from '../../deployment.ts';
import type { TextEdit } from '../../edit.ts';
import { mappedFile, placeOfMapped } from '../../syntax/mapped-text.ts';
import { type Property, readProperties } from '../../syntax/properties.ts';
import { baseName, lineEndOf, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { CannotEdit, Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf } from '../launch.ts';
import { propertyOf } from './arguments.ts';
import { BLOCK, blocksOf } from './blocks.ts';
import { backendOf, djlLaunch, isTelling, type Options } from './launch.ts';

const ID = 'djl-serving';
const PREFIX = 'option.';

/** `serving.properties` of DJL Serving and SageMaker's LMI containers. */
export const djlServing: Format = {
  id: ID,
  title: 'DJL Serving and SageMaker LMI properties',
  detect: ({ text }) => /^[ \t]*option\.\w+[ \t]*[=:]/m.test(text) && (BLOCK.test(text) || isProperties(text)),
  extract,
  edit,
};

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const base = baseName(file.path);
  const launched = blocksOf(file).flatMap(({ properties, name, image, gpuRequest }) => {
    const [first] = properties;
    const options = optionsOf(properties);
    const program = properties.findLast(({ key }) => key === 'engine')?.value.text.text ?? 'Python';
    const isPython = /^(?:Python|MPI)$/i.test(program);
    if (!first || !isPython || ![...options.keys()].some(isTelling)) return [];
    const start = {
      file: file.path,
      format: ID,
      name: name ?? base,
      anchor: first.keyText,
      options,
      image,
      gpuRequest,
    };
    return djlLaunch({ ...start, environment: new Map() }, context) ?? [];
  });
  return launched.length === 0 ? null : extractionOf(launched);
}

/** Nothing but properties, comments and a template's own lines. */
function isProperties(text: string): boolean {
  return readProperties(mappedFile({ path: '', text })) !== null;
}

function optionsOf(properties: readonly Property[]): Options {
  return new Map(
    properties.flatMap(({ key, value }) =>
      key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), value] as const] : [],
    ),
  );
}

/** Changes a property where it stands; another is added behind the last one, and one is taken out with its line. */
function edit(
  deployment: Deployment,
  argument: string,
  value: ArgumentValue | undefined,
  context: FormatContext,
  file: SourceFile,
): readonly TextEdit[] | CannotEdit {
  const written = deployment.arguments.get(argument);
  const own = written?.source === 'wrapper' ? undefined : written;
  const blocks = blocksOf(file);
  const block = blocks.find(
    ({ properties: [first] }) => first && placeOfMapped(first.keyText).line === deployment.line,
  );
  const properties = block?.properties ?? [];
  const held = properties.findLast(({ value: word }) => own && placeOfMapped(word.text).start === own.place.start);
  if (value === undefined) return held ? [withoutLine(file, held)] : [];
  const isOpen = deployment.unresolved.some(({ name, text }) => name === argument && text !== 'max');
  if (own || isOpen) return editDeployment(deployment, argument, value, context);
  const last = properties.findLast(({ key }) => key.startsWith(PREFIX));
  if (!last || typeof value === 'object') return { reason: 'it is written by hand in a file of properties' };
  const property = propertyOf(argument, backendOf(optionsOf(properties), block?.image?.value ?? ''));
  const max = properties.findLast(({ key, value: word }) => key === PREFIX + property && word.text.text === 'max');
  if (max) {
    const place = placeOfMapped(max.value.text);
    return [{ file: file.path, start: place.start, end: place.end, newText: String(value) }];
  }
  const { end } = placeOfMapped(last.value.text);
  const eol = lineEndOf(file.text);
  const key = placeOfMapped(last.keyText).start;
  const indent = file.text.slice(file.text.lastIndexOf('\n', key - 1) + 1, key);
  return [{ file: file.path, start: end, end, newText: `${eol}${indent}${PREFIX}${property}=${String(value)}` }];
}

function withoutLine({ path, text }: SourceFile, { keyText }: Property): TextEdit {
  const { start } = placeOfMapped(keyText);
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', start);
  // The last line takes the end of the line before it along.
  if (next === -1) {
    const before = text.slice(0, from).replace(/\r?\n$/, '').length;
    return { file: path, start: before, end: text.length, newText: '' };
  }
  return { file: path, start: from, end: next + 1, newText: '' };
}
