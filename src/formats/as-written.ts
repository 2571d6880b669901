import type { Deployment, Unresolved, Unsupported } from '../deployment.ts';
import { baseName, type Place, type SourceFile } from '../text.ts';
import type { Extraction } from './format.ts';

/** What stands at a place in a file of the repository, or null where the file is not there. */
type Written = (place: Place) => string | null;

/** A mark of a reader: a private character (syntax/template-mask.ts), or the variable for an expression of a justfile. */
const MARK = /[\uE000-\uE002]|\bjust_\d+\b/;

/** Characters of a text that is shown. */
const SHOWN = 200;
const OPEN_REASON = 'it is not written out in the file';

/**
 * What was read in the words of the file itself: readers write marks in the place of what they do not know, so that nothing takes
 * it apart, and no mark is shown to anyone. A value that still holds one is not known.
 */
export function asWritten(
  { deployments, unsupported }: Extraction,
  file: SourceFile,
  read: (path: string) => SourceFile | null,
): Extraction {
  const written: Written = ({ file: path, start, end }) => {
    const source = path === file.path ? file : read(path);
    return (
      source &&
      source.text
        .slice(start, Math.min(end, start + SHOWN))
        .trim()
        .replace(/\s+/g, ' ')
    );
  };
  return {
    deployments: deployments.map((one) => shownAsWritten(one, file, written)),
    unsupported: unsupported.map((one) => unsupportedAsWritten(one, file, written)),
  };
}

function shownAsWritten(deployment: Deployment, file: SourceFile, written: Written): Deployment {
  const { engine, gpuRequest, image, labels, model } = deployment;
  const unresolved: Unresolved[] = deployment.unresolved.map((one) => ({
    ...one,
    text: restored(one.text, one.place, written),
    reason: restored(one.reason, one.place, written),
  }));
  const leave = (name: string, place: Place): void => {
    unresolved.push({ name, text: written(place) ?? '…', reason: OPEN_REASON, place });
  };
  if (model && isMarked(model.value)) leave('model', model.place);
  const marked = [...deployment.arguments.values()].filter(({ value }) => isMarked(JSON.stringify(value) ?? ''));
  for (const { name, place } of marked) leave(name, place);
  const names = new Set(marked.map(({ name }) => name));
  const hidden = image !== undefined && isMarked(image.value);
  const { image: _image, labels: _labels, ...rest } = deployment;
  return {
    ...rest,
    ...(image && !hidden && { image }),
    ...(labels && { labels: new Map([...labels].filter((one) => !one.some(isMarked))) }),
    name: isMarked(deployment.name) ? baseName(file.path) : deployment.name,
    engine: {
      ...engine,
      version: engine.version !== null && isMarked(engine.version) ? null : engine.version,
      versionSource: engine.versionSource && restored(engine.versionSource, engine.versionPlace, written),
    },
    model: model && isMarked(model.value) ? null : model,
    arguments: names.size === 0 ? deployment.arguments : without(deployment.arguments, names),
    unresolved,
    problems: deployment.problems.map((one) => ({
      ...one,
      ...(one.argument !== undefined && { argument: restored(one.argument, one.place, written) }),
      message: restored(one.message, one.place, written),
      remedy: restored(one.remedy, one.place, written),
    })),
    environment: new Map([...deployment.environment].filter(([name, { value }]) => !isMarked(`${name} ${value}`))),
    gpuRequest: gpuRequest.name && isMarked(gpuRequest.name.value) ? { ...gpuRequest, name: null } : gpuRequest,
  };
}

function unsupportedAsWritten(one: Unsupported, file: SourceFile, written: Written): Unsupported {
  return {
    ...one,
    name: isMarked(one.name) ? baseName(file.path) : one.name,
    reason: restored(one.reason, one.place, written),
    remedy: restored(one.remedy, one.place, written),
  };
}

function isMarked(text: string): boolean {
  return MARK.test(text);
}

/** A text in which every word with marks is what stands at its place. */
function restored(text: string, place: Place | null, written: Written): string {
  if (!isMarked(text)) return text;
  const source = place === null ? null : written(place);
  const shown = source === null || source === '' ? '…' : source;
  return text
    .split(/([\s"'`]+)/)
    .map((part) => (isMarked(part) ? shown : part))
    .join('');
}

function without(given: Deployment['arguments'], names: ReadonlySet<string>): Deployment['arguments'] {
  return new Map([...given].filter(([name]) => !names.has(name)));
}
