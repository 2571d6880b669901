import type { Deployment, GpuRequest, Unsupported } from '../../deployment.ts';
import { mappedFile, placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { launchOf, type ScriptStart, scriptOf, startsIn, type Start, withInstalls } from '../launch.ts';
import { folderOf } from '../version/lookup.ts';
import { containerRunOf } from './container-run.ts';

/** Shell scripts: launches as they stand, behind wrappers, in functions, in `docker run` and in scripts within scripts. */
export const shell: Format = {
  id: 'shell',
  title: 'Shell scripts',
  detect: (file) => SIGN.test(file.text) && looksLikeShell(file),
  extract,
  edit: (_file, deployment, argument, value, context) => editDeployment(deployment, argument, value, context.engines),
};

const SIGN = /vllm|sglang|text-generation|trtllm|llama-server|llama_cpp|ollama|lmdeploy/;

/** A shebang, or a known ending; other languages and markup are left to their own formats. */
function looksLikeShell({ path, text }: SourceFile): boolean {
  if (/^\uFEFF?#!.*\b(?:ba|z|k|da)?sh\b/.test(text)) return true;
  if (/^\uFEFF?#!/.test(text)) return false;
  return /\.(?:sh|bash|zsh|ksh|sbatch|slurm|command)(?:\.\w+)?$/.test(path);
}

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const deployments: Deployment[] = [];
  const unsupported: Unsupported[] = [];
  const text = mappedFile(file);
  const commands = startsIn(text, new Map());
  const base = file.path.slice(file.path.lastIndexOf('/') + 1);
  const folder = folderOf(file.path);
  for (const command of withInstalls(commands, context, folder)) {
    for (const start of startsOf(command, base, context, folder)) {
      const launched = launchOf({ ...start, anchor: text }, context);
      if (launched && 'deployment' in launched) deployments.push(numbered(launched.deployment, deployments));
      else if (launched) unsupported.push(launched.unsupported);
    }
  }
  return { deployments, unsupported };
}

/** `serve.sh`, `serve.sh #2`: unique within the file. */
function numbered(deployment: Deployment, others: readonly Deployment[]): Deployment {
  return others.length === 0 ? deployment : { ...deployment, name: `${deployment.name} #${others.length + 1}` };
}

function startsOf(
  { words, environment, installed }: ScriptStart & Pick<Start, 'installed'>,
  name: string,
  context: FormatContext,
  folder: string,
): Omit<Start, 'anchor'>[] {
  const common = { format: 'shell', name, environment, sequence: null };
  const run = containerRunOf(words);
  if (!run)
    return [
      {
        ...common,
        ...(installed && { installed }),
        words,
        hasCommand: true,
        image: null,
        gpuRequest: gpusOf(environment),
      },
    ];
  const inside = new Map([...environment, ...run.environment]);
  const gpuRequest = run.count === null ? gpusOf(inside) : { name: null, count: run.count, nodes: 1 };
  const image = { value: run.image.text.text, place: placeOfMapped(run.image.text) };
  const script = scriptOf(run.words);
  if (script && script.unresolved === null) {
    const scope = new Map([...inside].map(([key, word]) => [key, [word]] as const));
    // What is installed outside the container stays outside.
    return withInstalls(startsIn(script.text, scope), context, folder).map((start) => ({
      ...common,
      installed: start.installed,
      words: start.words,
      hasCommand: true,
      image,
      environment: new Map([...inside, ...start.environment]),
      gpuRequest,
    }));
  }
  const recognised = context.engines.some((engine) => engine.recognise(run.words) !== null);
  return [
    { ...common, words: run.words, hasCommand: recognised || run.entrypoint, image, environment: inside, gpuRequest },
  ];
}

/** `CUDA_VISIBLE_DEVICES=0,1` is two GPUs. */
function gpusOf(environment: ReadonlyMap<string, Word>): GpuRequest {
  const visible = environment.get('CUDA_VISIBLE_DEVICES');
  const devices =
    visible?.unresolved === null ? visible.text.text.split(',').filter((device) => device.trim() !== '') : [];
  const counts = devices.length > 0 && devices.every((device) => /^\s*(?:\d+|GPU-[\w-]+|MIG-[\w/-]+)\s*$/.test(device));
  return {
    name: null,
    count: visible && counts ? { value: devices.length, place: placeOfMapped(visible.text) } : null,
    nodes: 1,
  };
}
