import { servedNames } from '../deployment.ts';
import type { InstanceMention } from '../hardware/mentions.ts';
import type { DeploymentResult, Report } from '../report/report.ts';
import { runsOnGpu } from '../report/verdicts.ts';

/** So many lines of one kind make a list; the rest is a matter of taste. */
const MAX_ENTRIES = 6;

/**
 * The text of a first policy from what a repository holds: the GPUs that its configs name (else those of the instances that
 * it names, else the smallest usual one on which everything fits), versions that several configs leave open, models that
 * have to be named. About ten lines.
 */
export function startingPolicy(report: Report, instances: readonly InstanceMention[] = []): string {
  const { deployments } = report;
  const { why, gpus } = startingGpus(deployments, instances);
  const lines = [
    `# yaml-language-server: $schema=https://raw.githubusercontent.com/OWNER/headroom/v${report.version}/schema/policy.schema.json`,
    'version: 1',
    `# ${why}`,
    `gpus: [${gpus.map(quoted).join(', ')}]`,
    '# What fails the check. Add tight, unknown or unsupported when you trust it.',
    'fail-on: [fails, error]',
  ];
  const open = openVersions(deployments);
  if (open.length > 0) {
    lines.push(
      '# Where a config states no version: the newest known one is assumed. Better write the one that you run.',
    );
    lines.push(`# engine-versions: { ${open.map((engine) => `${engine}: x.y.z`).join(', ')} }`);
  }
  const unknown = unknownModels(deployments);
  const ofHub = unknown.filter((model) => HUB_ID.test(model));
  if (ofHub.length > 0) {
    const [first = '', ...more] = ofHub;
    const others = more.length > 0 ? ` and ${more.length} more` : '';
    lines.push(`# Models that the catalogue does not hold (${first}${others}): ask the Hugging Face Hub about them.`);
    lines.push('# hub: true');
  }
  const local = unknown.filter((model) => !HUB_ID.test(model));
  if (local.length > 0) {
    lines.push('# Models that are not known by these names: a Hugging Face id, or the path of a config.json in here.');
    const known = (model: string): string => servedAs(model, deployments) ?? standIn(model);
    lines.push('# models:', ...local.slice(0, MAX_ENTRIES).map((model) => `#   ${quoted(model)}: ${known(model)}`));
    if (local.length > MAX_ENTRIES)
      lines.push(`#   … and ${local.length - MAX_ENTRIES} more, which headroom check names`);
  }
  const examples = exampleFolders(report);
  if (examples.length > 0) {
    lines.push('# Examples, samples and tests by the names of their folders. Take out what really runs.');
    lines.push(`ignore: [${examples.map(quoted).join(', ')}]`);
  }
  return `${lines.join('\n')}\n`;
}

/** The GPUs to start with, and why these. */
function startingGpus(
  results: readonly DeploymentResult[],
  instances: readonly InstanceMention[],
): { readonly why: string; readonly gpus: readonly string[] } {
  const asked = results.flatMap(({ targets }) =>
    targets.flatMap(({ target: { origin, gpu, count } }) => (origin === 'config' ? [{ gpu: gpu.id, count }] : [])),
  );
  if (asked.length > 0) {
    const why = 'The GPUs that the configs name; every config that names none must fit all of them.';
    return { why, gpus: mostOfEach(asked) };
  }
  const offered = mostOfEach(instances);
  const [first] = instances;
  if (first && offered.length === 1) {
    const where = `${first.file}:${first.line} names ${first.type}`;
    return { why: `No config names a GPU; ${where}. Write the ones that you have.`, gpus: offered };
  }
  const { gpu, fitting } = smallestThatFits(results);
  const judged = results.filter(runsOnGpu).length;
  const known = fitting < judged ? `what can be estimated fits (${fitting} of ${judged} launches)` : 'everything fits';
  const guess = fitting === 0 ? 'this one is a guess' : `this is the smallest usual one on which ${known}`;
  const have = offered.length > 0 ? ` (instances of the repository have ${offered.join(', ')})` : '';
  return { why: `No config names a GPU; ${guess}. Write the ones that you have${have}.`, gpus: [gpu] };
}

/** `l4-24gb`, `h100-80gb-sxm:8`, the most of each kind. */
function mostOfEach(gpus: readonly { readonly gpu: string; readonly count: number | null }[]): string[] {
  const counts = new Map<string, number>();
  for (const { gpu, count } of gpus) counts.set(gpu, Math.max(counts.get(gpu) ?? 1, count ?? 1));
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([id, count]) => (count > 1 ? `${id}:${count}` : id));
}

/** The smallest GPU of the survey on which every launch fits that fits anywhere, and how many do; an L4 where none does. */
function smallestThatFits(results: readonly DeploymentResult[]): { readonly gpu: string; readonly fitting: number } {
  const fitting = results
    .map(({ targets }) => targets.filter(({ estimate }) => estimate.verdict === 'fits').map(({ target }) => target.gpu))
    .filter((gpus) => gpus.length > 0);
  const [first, ...others] = fitting;
  const common = (first ?? []).filter(({ id }) => others.every((gpus) => gpus.some((gpu) => gpu.id === id)));
  const [smallest] = common.toSorted((a, b) => a.visibleBytes - b.visibleBytes);
  return smallest ? { gpu: smallest.id, fitting: fitting.length } : { gpu: 'l4-24gb', fitting: 0 };
}

function openVersions(results: readonly DeploymentResult[]): string[] {
  const open = results.filter(({ deployment }) => deployment.engine.version === null);
  return [...new Set(open.map(({ deployment }) => deployment.engine.id))].toSorted();
}

function unknownModels(results: readonly DeploymentResult[]): string[] {
  const unknown = results.flatMap(({ deployment, modelSource, targets }) => {
    const known = modelSource !== null || targets.every(({ estimate }) => estimate.verdict !== 'unknown');
    return known || deployment.model === null || deployment.device !== 'gpu' ? [] : [deployment.model.value];
  });
  return [...new Set(unknown)].toSorted();
}

/** `owner/name` as the Hub writes it. */
const HUB_ID = /^[A-Za-z0-9][\w.-]{0,95}\/[\w.-]{1,95}$/;

/** The Hub id under which launches of a model are served, where that is what they call it. */
function servedAs(model: string, results: readonly DeploymentResult[]): string | null {
  const launches = results.filter(({ deployment }) => deployment.model?.value === model);
  return launches.flatMap(({ deployment }) => servedNames(deployment)).find((name) => HUB_ID.test(name)) ?? null;
}

/** What stands for a name that is to be written: of a GGUF file the quantization too. */
function standIn(model: string): string {
  return /\.gguf$/i.test(model) ? 'owner/name:Q4_K_M' : 'owner/name';
}

/** Folders whose name says that what is in them is not what the team runs. */
function exampleFolders({ deployments, unsupported }: Report): string[] {
  const files = [...deployments.map(({ deployment }) => deployment.file), ...unsupported.map(({ file }) => file)];
  const folders = files.flatMap(
    (file) => /^(?:.*\/)?(?:examples?|samples?|tests?|fixtures|testdata)\//.exec(file)?.[0] ?? [],
  );
  return [...new Set(folders)]
    .toSorted()
    .slice(0, MAX_ENTRIES)
    .map((folder) => `${folder}**`);
}

/** A text as YAML takes it inside a flow list. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_./-][A-Za-z0-9_./:*-]*$/.test(text) && !/:$|: /.test(text) ? text : JSON.stringify(text);
}
