import type { Deployment, GpuRequest, Located, Unsupported } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { mappedFile, placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { launchOf, type ScriptStart, scriptOf, startsIn, type Start } from '../launch.ts';
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

function extract(file: SourceFile, { engines }: FormatContext): Extraction | null {
  const deployments: Deployment[] = [];
  const unsupported: Unsupported[] = [];
  const text = mappedFile(file);
  const commands = startsIn(text, new Map());
  const version = installedVersion(commands);
  const base = file.path.slice(file.path.lastIndexOf('/') + 1);
  for (const command of commands) {
    for (const start of startsOf(command, base, version, engines)) {
      const launched = launchOf({ ...start, anchor: text }, engines);
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
  { words, environment }: ScriptStart,
  name: string,
  version: Located<string> | null,
  engines: readonly Engine[],
): Omit<Start, 'anchor'>[] {
  const common = { format: 'shell', name, environment, sequence: null, version };
  const run = containerRunOf(words);
  if (!run) return [{ ...common, words, hasCommand: true, image: null, gpuRequest: gpusOf(environment) }];
  const inside = new Map([...environment, ...run.environment]);
  const gpuRequest = run.count === null ? gpusOf(inside) : { name: null, count: run.count, nodes: 1 };
  const image = { value: run.image.text.text, place: placeOfMapped(run.image.text) };
  const script = scriptOf(run.words);
  if (script && script.unresolved === null) {
    return startsIn(script.text, new Map([...inside].map(([key, word]) => [key, [word]]))).map((start) => ({
      ...common,
      words: start.words,
      hasCommand: true,
      image,
      environment: new Map([...inside, ...start.environment]),
      gpuRequest,
    }));
  }
  const recognised = engines.some((engine) => engine.recognise(run.words) !== null);
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

/** `pip install vllm==0.9.1` anywhere in the script. */
function installedVersion(commands: readonly ScriptStart[]): Located<string> | null {
  for (const { words } of commands) {
    if (
      !words.some(({ text }) => /^(?:uv|pip3?|python3?)$/.test(text.text)) ||
      !words.some(({ text }) => text.text === 'install')
    )
      continue;
    for (const { text } of words) {
      const version = /^vllm(?:\[[\w,-]*\])?==(\d+\.\d+\.\d+(?:\.post\d+|rc\d+)?)$/.exec(text.text)?.[1];
      if (version !== undefined) return { value: version, place: placeOfMapped(text) };
    }
  }
  return null;
}
