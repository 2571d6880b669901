import type { Deployment } from '../deployment.ts';
import { inFolder } from '../paths.ts';
import type { Place } from '../text.ts';
import { chartFolder } from './helm-template/known-values.ts';
import { placeOfMapped, sliceMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import type { NestedSite } from './nested-file.ts';
import type { Site } from './edit-site.ts';

/**
 * Where the command of a launch stands in a file, which tells two readings of one statement for one: a script's own, and that
 * of a config that starts the script. Null where the command does not stand in that file.
 */
function statementIn(file: string, { site }: Deployment): number | null {
  const nested = site as NestedSite | Site;
  if (nested?.kind === 'nested') {
    const inside = statementIn(nested.inner.file, nested.inner);
    const place = inside === null ? null : placeOfMapped(sliceMapped(nested.file.text, inside, inside + 1));
    return place?.file === file ? place.start : null;
  }
  for (const { text } of wordsOf(site as Site)) {
    const place = placeOfMapped(text);
    if (place.file === file) return place.start;
  }
  return null;
}

function wordsOf(site: Site): readonly Word[] {
  if (site === null) return [];
  if (site.kind === 'words') return site.words;
  if (site.kind !== 'parts') return [];
  return site.parts.flatMap((part) => (part.site.kind === 'words' ? part.site.words : []));
}

/** Whether `own`, read from its file alone, is the statement that `starter`, of another file, starts. */
export function isStartedBy(own: Deployment, starter: Deployment): boolean {
  if (own.file === starter.file) return false;
  if (isSettingsOf(own, starter) || isChartsOwn(own, starter)) return true;
  if (own.format === IMAGE) {
    const elsewhere = new Set(statementsElsewhere(starter));
    return statementsElsewhere(own).some((one) => elsewhere.has(one));
  }
  const statement = statementIn(own.file, own);
  return statement !== null && statement === statementIn(own.file, starter);
}

/** Where the command of a launch stands in other files than its own. */
function statementsElsewhere(deployment: Deployment): readonly string[] {
  const files = new Set(wordsOf(deployment.site as Site).map(({ text }) => text.segments[0]?.file.path ?? ''));
  return [...files].flatMap((file) =>
    file === deployment.file || file === '' ? [] : [`${file}\n${statementIn(file, deployment)}`],
  );
}

/** Files of settings, which say nothing of what takes them. */
const SETTINGS: ReadonlySet<string> = new Set(['vllm-config', 'sglang-config', 'trtllm-options']);

/** Whether `own` is a file of settings alone that a launch elsewhere names and takes its arguments from. */
function isSettingsOf(own: Deployment, user: Deployment): boolean {
  return (
    SETTINGS.has(own.format) &&
    own.engine.id === user.engine.id &&
    [...user.arguments.values()].some(({ place }) => place.file === own.file)
  );
}

/**
 * Whether a launch by the values of a chart alone and one of a template of the chart are one, and the one says all that the
 * other does: every value of `own` is the other's too, at the same place.
 */
function isChartsOwn(own: Deployment, other: Deployment): boolean {
  const isPair =
    (own.format === VALUES && other.format === TEMPLATE) || (own.format === TEMPLATE && other.format === VALUES);
  if (!isPair || own.engine.id !== other.engine.id) return false;
  const { model, gpuRequest } = own;
  const isWithin =
    (model === null || isSamePlace(model.place, other.model?.place)) &&
    (gpuRequest.count === null || isSamePlace(gpuRequest.count.place, other.gpuRequest.count?.place)) &&
    [...own.arguments].every(([name, { place }]) => isSamePlace(place, other.arguments.get(name)?.place));
  // What says nothing but that it launches is told by the chart that it is of.
  return isWithin && (model !== null || (own.format === TEMPLATE && isOfChart(own.file, other.file)));
}

/** Whether values say what a template of their chart leaves open, and nothing that it does not take. */
function knowsWhatIsOpen(values: Deployment, template: Deployment): boolean {
  if (isChartsOwn(values, template)) return false;
  const isSilent = template.model === null && template.arguments.size === 0;
  return isSilent || template.unresolved.length > 0 || values.arguments.size === template.arguments.size;
}

/** Whether a template is of the chart whose values a file is. */
function isOfChart(template: string, values: string): boolean {
  const folder = chartFolder(template);
  return folder !== null && values === inFolder(folder, 'values.yaml');
}

function isSamePlace(one: Place | undefined, other: Place | undefined): boolean {
  return one !== undefined && one.file === other?.file && one.start === other.start;
}

/** The files that a launch takes arguments from, beside its own. */
function takenFrom({ engine, file, arguments: read }: Deployment): readonly string[] {
  return [...read.values()].flatMap(({ place }) => (place.file === file ? [] : [`${engine.id}\n${place.file}`]));
}

/** A launch with all that is needed of its words to tell who starts it. */
export interface Traced {
  readonly deployment: Deployment;
  /** Where its command stands in its own file, and in others. */
  readonly own: string;
  readonly elsewhere: readonly string[];
}

/** A launch whose words need not be kept. */
export function traced(deployment: Deployment): Traced {
  const { file } = deployment;
  return {
    deployment,
    own: `${file}\n${statementIn(file, deployment)}`,
    elsewhere: statementsElsewhere(deployment),
  };
}

/**
 * Launches without those of scripts that another config among the files starts, and without files of settings that one names:
 * its launch is the deployment, and knows the variables and GPUs. The same holds for an image that a config builds, and for values that a template of their chart takes, and a template of which the values know what it leaves open. A script that none of the files starts is a launch by itself.
 */
export function withoutStarted(launches: readonly Traced[]): readonly Deployment[] {
  const started = new Set(launches.flatMap(({ elsewhere }) => elsewhere));
  const configs = launches.filter(({ deployment: { format } }) => format !== SCRIPT && format !== IMAGE);
  const configured = new Set(configs.flatMap(({ elsewhere }) => elsewhere));
  const used = new Set(launches.flatMap(({ deployment }) => takenFrom(deployment)));
  const twice = ofOneChart(launches.map(({ deployment }) => deployment));
  return launches.flatMap(({ deployment, own, elsewhere }) => {
    const { format, engine, file } = deployment;
    const goes =
      format === SCRIPT || format === HELD
        ? started.has(own)
        : format === IMAGE
          ? elsewhere.some((statement) => configured.has(statement))
          : SETTINGS.has(format)
            ? used.has(`${engine.id}\n${file}`)
            : twice.has(deployment);
    return goes ? [] : [deployment];
  });
}

/**
 * The launches that a chart's values and its templates both show, as the one that says less: values of which a template takes
 * everything, and a template where it alone leaves open what the values know. Of several, nobody knows which is meant.
 */
function ofOneChart(launches: readonly Deployment[]): ReadonlySet<Deployment> {
  const templates = launches.filter(({ format }) => format === TEMPLATE);
  const less = new Set<Deployment>();
  for (const values of launches.filter(({ format }) => format === VALUES)) {
    if (templates.some((template) => isChartsOwn(values, template))) {
      less.add(values);
      continue;
    }
    const [only, ...others] = templates.filter((one) => isChartsOwn(one, values) && knowsWhatIsOpen(values, one));
    if (only && others.length === 0) less.add(only);
  }
  return less;
}

/** The format of scripts that others start, and of those that another file holds (a ConfigMap). */
const SCRIPT = 'shell';
const HELD = 'embedded';
/** The formats of a chart's values and of its templates. */
const VALUES = 'helm-values';
const TEMPLATE = 'helm-template';
/** The format of images, which start scripts, and which others start in turn. */
const IMAGE = 'dockerfile';
