import type { ArgumentValue, Deployment, Unsupported } from '../deployment.ts';
import type { TextEdit } from '../edit.ts';
import type { SourceFile } from '../text.ts';
import type { CannotEdit, Extraction, Format, FormatContext } from './format.ts';
import { asWritten } from './as-written.ts';
import { batch } from './batch/index.ts';
import { cloudformation } from './cloudformation/index.ts';
import { cloudInit } from './cloud-init/index.ts';
import { customResources } from './custom-resources/index.ts';
import { djlServing } from './djl-serving/index.ts';
import { dockerCompose } from './docker-compose/index.ts';
import { dockerfile } from './dockerfile/index.ts';
import { embedded } from './embedded/index.ts';
import { editOver } from './edit.ts';
import { editAtUse } from './edit-use.ts';
import { envFile } from './env-file/index.ts';
import { helmTemplate } from './helm-template/index.ts';
import { helmValues } from './helm-values/index.ts';
import { hfEndpoint } from './hf-endpoint/index.ts';
import { justfile } from './justfile/index.ts';
import { kserve } from './kserve/index.ts';
import { kubernetes } from './kubernetes/index.ts';
import { kustomize } from './kustomize/index.ts';
import { leftOut } from './left-out.ts';
import { llamaPresets } from './llama-presets/index.ts';
import { llamaSwap } from './llama-swap/index.ts';
import { localai } from './localai/index.ts';
import { makefile } from './makefile/index.ts';
import { memoryGuide } from './memory-guide/index.ts';
import { nomad } from './nomad/index.ts';
import { ollamaModelfile } from './ollama-modelfile/index.ts';
import { python } from './python/index.ts';
import { rayServe } from './ray-serve/index.ts';
import { launchesInOtherLanguage } from './other-languages.ts';
import { powershell } from './powershell/index.ts';
import { sglangConfig } from './sglang-config/index.ts';
import { shell } from './shell/index.ts';
import { skypilot } from './skypilot/index.ts';
import { systemd } from './systemd/index.ts';
import { terraform } from './terraform/index.ts';
import { triton } from './triton/index.ts';
import { trtllmOptions } from './trtllm-options/index.ts';
import { truss } from './truss/index.ts';
import { noting } from '../syntax/unread.ts';
import { type Traced, traced, withoutStarted } from './statement.ts';
import { extracted, verifiedEdit } from './verified-edit.ts';
import { withModelsBeside } from './models-beside.ts';
import { withNodes } from './nodes.ts';
import { vllmConfig } from './vllm-config/index.ts';
import { vllmRecipes } from './vllm-recipes/index.ts';

/**
 * Every format that Headroom reads, the most specific first: a file goes to the first that takes it. Adding one: a folder
 * beside this file, and its name here.
 */
export const formats: readonly Format[] = [
  helmTemplate,
  kubernetes,
  kserve,
  customResources,
  kustomize,
  cloudInit,
  cloudformation,
  skypilot,
  truss,
  hfEndpoint,
  vllmRecipes,
  python,
  rayServe,
  shell,
  powershell,
  batch,
  dockerCompose,
  dockerfile,
  systemd,
  justfile,
  makefile,
  envFile,
  nomad,
  terraform,
  helmValues,
  llamaSwap,
  llamaPresets,
  localai,
  ollamaModelfile,
  memoryGuide,
  djlServing,
  triton,
  trtllmOptions,
  sglangConfig,
  vllmConfig,
  embedded,
];

/**
 * Reads every file; deployments and what could not be read are sorted by file and line. Of a file nothing is kept but what is
 * said of it: where a launch's words stand is read again for the few that are edited.
 */
export function extractAll(files: readonly SourceFile[], context: FormatContext): Extraction {
  const launches: Traced[] = [];
  const unsupported: Unsupported[] = [];
  for (const file of files) {
    const found = extractFile(file, context);
    for (const [index, deployment] of (found?.deployments ?? []).entries()) {
      const site: ReadAgain = { path: file.path, index };
      const launch = traced(deployment);
      launches.push({ ...launch, deployment: { ...deployment, site } });
    }
    unsupported.push(...(found?.unsupported ?? []));
  }
  return {
    deployments: withoutStarted(launches).toSorted((a, b) => order(a.file, b.file) || a.line - b.line),
    unsupported: unsupported.sort((a, b) => order(a.file, b.file) || a.place.line - b.place.line),
  };
}

/** Which launch of which file it is: what stands in the place of a launch's site once its file has been read. */
interface ReadAgain {
  readonly path: string;
  readonly index: number;
}

function extractFile(file: SourceFile, context: FormatContext): Extraction | null {
  const found = extractWritten(file, context);
  if (!found) return null;
  const { value, unread } = noting(() => withModelsBeside(found.deployments, file, context.engines));
  const [first] = value;
  const more = first ? leftOut(unread, file, first.format, found) : [];
  return asWritten(
    { deployments: value.map(withNodes), unsupported: [...found.unsupported, ...more] },
    file,
    context.read,
  );
}

/** What the formats make of a file, with what is said of the parts that they leave out. */
function extractWritten(file: SourceFile, context: FormatContext): Extraction | null {
  const shared: Extraction[] = [];
  const cut: Unsupported[] = [];
  for (const format of formats) {
    if (shared.length > 0 && !format.sharesFiles) continue;
    const { value, unread } = noting(() => (format.detect(file) ? format.extract(file, context) : null));
    const found = value ?? NOTHING;
    const own = leftOut(unread, file, format.id, found);
    const isEmpty = found.deployments.length + found.unsupported.length === 0;
    cut.push(...own.filter(({ reason }) => !cut.some((one) => one.reason === reason)));
    if (!isEmpty && !format.sharesFiles) return { ...found, unsupported: [...found.unsupported, ...cut] };
    if (!isEmpty) shared.push(found);
  }
  if (shared.length + cut.length === 0) {
    const { value, unread } = noting(() => launchesInOtherLanguage(file));
    const said = { deployments: [], unsupported: value };
    const more = leftOut(unread, file, 'other-language', said);
    return value.length === 0 ? null : { ...said, unsupported: [...value, ...more] };
  }
  return {
    deployments: shared.flatMap((found) => found.deployments),
    unsupported: [...shared.flatMap((found) => found.unsupported), ...cut],
  };
}

const NOTHING: Extraction = { deployments: [], unsupported: [] };

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The edits that set an argument, or why there are none. They are tried out before they are given: the edited texts must
 * say the new value and nothing else may have changed, so that a shared variable or anchor never changes a neighbour. A
 * value that others share is written where it is used instead of where it is defined.
 */
export function editArgument(
  deployment: Deployment,
  argument: string,
  value: ArgumentValue | undefined,
  context: FormatContext,
  files: ReadonlyMap<string, SourceFile>,
): readonly TextEdit[] | CannotEdit {
  const format = formats.find(({ id }) => id === deployment.format);
  const file = files.get(deployment.file);
  const launch = file && withSite(deployment, context, files);
  if (!format || !launch) return { reason: 'it is not written in a file' };
  const written = format.edit(launch, argument, value, context, file);
  const atUse = value === undefined ? null : editAtUse(launch, argument, value);
  const over = value === undefined ? null : editOver(launch, argument, value, context.engines);
  const ways = [written, atUse, over].filter((way) => way !== null);
  return verifiedEdit({ deployment: launch, argument, value }, ways, extractFile, context, files);
}

/** A launch with its words, read again from its file; null for one that no file holds. */
function withSite(
  deployment: Deployment,
  context: FormatContext,
  files: ReadonlyMap<string, SourceFile>,
): Deployment | null {
  const site = deployment.site as ReadAgain | null;
  const file = site && files.get(site.path);
  const again = file && extracted(file, deployment.file, extractFile, context)[site.index];
  return again ? { ...deployment, site: again.site } : null;
}
