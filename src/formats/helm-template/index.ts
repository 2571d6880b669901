import type { Deployment } from '../../deployment.ts';
import { maskTemplate, type MaskedTemplate } from '../../syntax/template-mask.ts';
import { readYamlIn } from '../../syntax/nested-yaml.ts';
import { readYaml, type YamlValue } from '../../syntax/yaml.ts';
import { baseName, lineAt, type Place, placeOf, type SourceFile } from '../../text.ts';
import { customResources } from '../custom-resources/index.ts';
import { launchesOfDocuments } from '../documents.ts';
import { editDeployment } from '../edit.ts';
import { embedded } from '../embedded/index.ts';
import { WRITTEN_LAUNCH } from '../engine-signs.ts';
import { type Shown, shownDeployment, shownUnsupported } from '../shown-template.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { isSaidIn } from '../helm-values/overlay.ts';
import { chartOf, chartValues, withKnownValues, withoutOffBranches } from './known-values.ts';
import { valuesFilesOf } from './values-files.ts';
import { kserve } from '../kserve/index.ts';
import { kubernetes } from '../kubernetes/index.ts';

/** Manifests of Helm charts before they are rendered: what is written out is read, what is filled in stays open. */
export const helmTemplate: Format = {
  id: 'helm-template',
  title: 'Templates of Helm charts',
  detect: ({ text }) => TEMPLATE.test(text) && /^\s*apiVersion\s*:/m.test(text) && ENGINE_SIGN.test(text),
  extract,
  edit: editDeployment,
};

const TEMPLATE =
  /\{\{-?\s*(?:\.(?:Values|Release|Chart|Files|Capabilities)\b|\$\.?\w*|(?:include|if|range|with|toYaml|define|tpl|required|default|printf)\s)/;
/** Words by which a template shows that it launches an engine. */
const ENGINE_SIGN =
  /vllm|sglang|ollama|text-generation-launcher|text-generation-inference|llama-server|llama\.cpp|trtllm|lmdeploy|kubeai\.org|kaito\.sh|serving\.kserve\.io|llmaz\.io|ome\.io|llm-d\.ai/;

function extract(source: SourceFile, context: FormatContext): Extraction | null {
  const base = chartValues(source, context);
  const own = rendered(source, base, context);
  const known = new Set(own?.deployments.map((one) => saidBy(one, one.name)));
  const deployments = [...(own?.deployments ?? [])];
  for (const { name, files, values } of valuesFilesOf(source, base, context)) {
    for (const one of rendered(source, values, context)?.deployments ?? []) {
      const said = saidBy(one, one.name);
      if (known.has(said) || !files.some((file) => isSaidIn(file, one))) continue;
      known.add(said);
      deployments.push({ ...one, name: `${one.name} (${name})` });
    }
  }
  const unsupported = own?.unsupported ?? [];
  return deployments.length + unsupported.length === 0 ? null : { deployments, unsupported };
}

/** All by which two launches of a template differ for whoever installs the chart. */
function saidBy({ engine, device, model, arguments: found, unresolved, gpuRequest }: Deployment, name: string): string {
  const values = [...found.values()].map((argument) => [argument.name, argument.value]);
  const open = unresolved.map((argument) => [argument.name, argument.text]);
  const { name: gpu, count, nodes } = gpuRequest;
  const asked = [gpu?.value, count?.value, nodes];
  return JSON.stringify([name, engine.id, engine.version, device, model?.value, values, open, asked]);
}

const UNDECIDED = { certain: new Set<number>(), off: [] };

/** The launches of a template with some values in it. */
function rendered(source: SourceFile, values: YamlValue | null, context: FormatContext): Extraction | null {
  const chart = chartOf(source, context);
  const { file, certain, off } = values ? withoutOffBranches(source, values, chart) : { ...UNDECIDED, file: source };
  const masked = maskTemplate(file, off);
  const yaml = masked && readYaml(masked.file);
  if (!masked || !yaml || 'reason' in yaml) return unreadable(file);
  const openAt = branchesAround(masked, certain);
  const inner: FormatContext = { ...context, openAt };
  const isOpen = (offset: number): boolean => openAt({ file: file.path, start: offset, end: offset, line: 1 }) !== null;
  const text = values && withKnownValues(masked, file, values, chart, isOpen);
  const known = text && readYamlIn(text);
  const first =
    known && 'documents' in known
      ? [launchesOfDocuments(known.documents, 'helm-template', inner)]
      : [kubernetes, kserve, customResources].flatMap((format) => {
          const one = format.detect(masked.file) ? format.extract(masked.file, inner) : null;
          return one ? [one] : [];
        });
  // What an operator makes pods of itself, from settings of its own.
  const isFound = first.some((one) => one.deployments.length + one.unsupported.length > 0);
  const settings = !isFound && embedded.detect(masked.file) ? embedded.extract(masked.file, inner) : null;
  const found = settings === null ? first : [settings];
  const base = baseName(file.path);
  const shown: Shown = {
    format: 'helm-template',
    written: (own, place) => written(own, place, file, masked),
    nameOf: ({ line }) => `${base}:${line}`,
  };
  const deployments = found
    .flatMap((one) => one.deployments)
    .map((one) => shownDeployment(inTemplate(one, file), shown));
  const unsupported = found
    .flatMap((one) => one.unsupported)
    .map((one) => shownUnsupported(one, 'helm-template', base));
  return deployments.length + unsupported.length === 0 ? null : { deployments, unsupported };
}

/** A launch whose first word comes out of the chart's values, at its place in the template. */
function inTemplate(deployment: Deployment, file: SourceFile): Deployment {
  const { path } = file;
  if (deployment.file === path) return deployment;
  const { model, arguments: found, unresolved } = deployment;
  const lines = [model, ...found.values(), ...unresolved].flatMap((one) =>
    one?.place.file === path ? [one.place.line] : [],
  );
  return { ...deployment, file: path, line: lines.length === 0 ? containersLine(file) : Math.min(...lines) };
}

/** The line of a template's containers, for a launch of which it says nothing but that. */
function containersLine(file: SourceFile): number {
  return lineAt(file, Math.max(0, file.text.search(/^\s*containers:/m)) + 1);
}

/** Why what stands at a place may not be there: it is in a branch that begins inside the list or script that it belongs to. */
function branchesAround(
  { file, branches }: MaskedTemplate,
  certain: ReadonlySet<number>,
): (place: Place) => string | null {
  const keys = [...file.text.matchAll(/\b(?:apiVersion|containers|args|command|env)\s*:/g)].map(({ index }) => index);
  const uncertain = branches
    .filter(({ isDefault, start }) => !isDefault && !certain.has(start))
    .map(({ start, end, whole }) => ({ start, end, key: keys.find((at) => at > whole.start) ?? Infinity }));
  return ({ start, file: path }) =>
    path === file.path && uncertain.some((one) => one.start <= start && start < one.end && start < one.key)
      ? 'it stands in a branch of the template'
      : null;
}

/** What stands at a place before it was masked, whole actions of the template included. */
function written(text: string, place: Place, file: SourceFile, { actions }: MaskedTemplate): string {
  if (place.file !== file.path) return text;
  const inside = actions.filter(({ start, end }) => start < place.end && place.start < end);
  const start = Math.min(place.start, ...inside.map((one) => one.start));
  const end = Math.max(place.end, ...inside.map((one) => one.end));
  return file.text.slice(start, end).trim().slice(0, 200);
}

/** A template that is no YAML even so: said aloud when it shows a launch. */
function unreadable(file: SourceFile): Extraction | null {
  const sign = /\.(?:jsonl|ndjson)$/i.test(file.path) ? null : WRITTEN_LAUNCH.exec(file.text);
  if (!sign) return null;
  const place = placeOf(file, sign.index, sign.index + sign[0].length);
  const unsupported = {
    file: file.path,
    format: 'helm-template',
    name: 'template',
    reason: 'It is a template whose literals cannot be read without rendering it.',
    remedy: 'Render it (`helm template`) and check the result.',
    place,
  };
  return { deployments: [], unsupported: [unsupported] };
}
