import type { Deployment, Unsupported } from '../../deployment.ts';
import { type HclBlock, readHcl } from '../../syntax/hcl/index.ts';
import { type Place, placeOf, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import { type Shown, shownDeployment, shownUnsupported } from '../shown-template.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { folderOf } from '../../paths.ts';
import { evaluate } from './evaluate.ts';
import type { Scope } from './scope.ts';
import { type Module, moduleOf } from './module.ts';
import { launchesOfBlock } from './resources.ts';

const ID = 'terraform';

/** Terraform and OpenTofu: releases of charts, workloads, manifests, containers and the scripts of machines. */
export const terraform: Format = {
  id: ID,
  title: 'Terraform configurations',
  detect: ({ text }) => BLOCK.test(text) && (ENGINE_WORD.test(text) || CARRIER.test(text)),
  extract,
  edit: editDeployment,
};

const BLOCK = /^[ \t]*(?:resource[ \t]+"[\w-]+"[ \t]+"[\w-]+"|module[ \t]+"[\w-]+")[ \t]*\{/m;
const ENGINE_WORD =
  /vllm|sglang|llm-d|kubeai|ollama|llama|\bnim\b|text-generation|lmdeploy|trtllm|maxModelLen|gpuMemoryUtilization|modelSpec|modelArtifacts/i;
/** Resources whose launch may stand in another file altogether. */
const CARRIER =
  /"(?:helm_release|kubectl_manifest|kubernetes_manifest|kubernetes_(?:deployment|stateful_set|pod)(?:_v1)?)"|templatefile\(/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const body = readHcl(file);
  if (!body) return null;
  const module = moduleOf(file, context);
  const inner: FormatContext = { ...context, openAt: (place) => reasonAt(module, place) };
  const scope: Scope = { file, module, names: new Map(), depth: 0, evaluate };
  const deployments: Deployment[] = [];
  const unsupported: Unsupported[] = [];
  for (const block of body.blocks) {
    if (block.type !== 'resource' && block.type !== 'module') continue;
    const found = launchesOfBlock(block, scope, inner);
    const address = block.type === 'module' ? `module.${block.labels[0] ?? ''}` : block.labels.join('.');
    const line = placeOf(file, block.start, block.start).line;
    const shown: Shown = {
      format: ID,
      written: (_text, place) => writtenAt(module, file, place),
      nameOf: () => address,
    };
    for (const one of found.deployments) {
      if (!saysHere(one, module)) continue;
      deployments.push({ ...shownDeployment(one, shown), file: file.path, line: firstLine(one, file, block) ?? line });
    }
    for (const one of found.unsupported) {
      // What stands in a file of its own is said there.
      if (isOfModule(one.place.file, module))
        unsupported.push({ ...shownUnsupported(one, ID, address), file: file.path });
    }
  }
  return { deployments: named(deployments), unsupported };
}

/** Whether a launch says anything in the module's own files; one that does not is read where it stands. */
function saysHere({ model, arguments: found, unresolved, engine }: Deployment, module: Module): boolean {
  const places = [model?.place, engine.versionPlace, ...[...found.values(), ...unresolved].map(({ place }) => place)];
  return places.some((place) => place && isOfModule(place.file, module));
}

function isOfModule(path: string, { folder }: Module): boolean {
  return folderOf(path) === folder && /\.(?:tf|tofu|tfvars)$/.test(path);
}

/** The first line of a block that says something of a launch. */
function firstLine(
  { model, arguments: found, unresolved }: Deployment,
  file: SourceFile,
  { start, end }: HclBlock,
): number | null {
  const lines = [model, ...found.values(), ...unresolved].flatMap((one) =>
    one?.place.file === file.path && start <= one.place.start && one.place.end <= end ? [one.place.line] : [],
  );
  return lines.length === 0 ? null : Math.min(...lines);
}

/** Names that several launches share get a number. */
function named(deployments: readonly Deployment[]): Deployment[] {
  const seen = new Map<string, number>();
  return deployments.map((one) => {
    const count = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, count);
    return count === 1 ? one : { ...one, name: `${one.name} #${count}` };
  });
}

function reasonAt({ reasons }: Module, place: Place): string | null {
  const found = reasons.find((one) => one.file === place.file && one.start < place.end && place.start < one.end);
  return found?.reason ?? null;
}

/** What stands at a place, whole expressions included. */
function writtenAt({ reasons, read }: Module, own: SourceFile, place: Place): string {
  const file = place.file === own.path ? own : read(place.file);
  if (!file) return '';
  const inside = reasons.filter((one) => one.file === place.file && one.start < place.end && place.start < one.end);
  const start = inside.reduce((least, one) => Math.min(least, one.start), place.start);
  const end = inside.reduce((most, one) => Math.max(most, one.end), place.end);
  return file.text.slice(start, end).trim().slice(0, 200);
}
