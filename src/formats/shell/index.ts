import type { Deployment, GpuRequest, Unsupported } from '../../deployment.ts';
import { type MappedText, mappedFile } from '../../syntax/mapped-text.ts';
import { readShell } from '../../syntax/shell/index.ts';
import { exceeds } from '../../syntax/unread.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { builtCommand } from '../built-command.ts';
import { djlServing } from '../djl-serving/index.ts';
import { dockerCompose } from '../docker-compose/index.ts';
import { dockerfile } from '../dockerfile/index.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { kubernetes } from '../kubernetes/index.ts';
import { extractionOf, launchOf, scriptOf, startsIn, withInstalls } from '../launch.ts';
import { type NestedFile, readNested } from '../nested-file.ts';
import { systemd } from '../systemd/index.ts';
import { folderOf } from '../../paths.ts';
import { sourcedFrom } from '../sourced-file.ts';
import { vllmConfig } from '../vllm-config/index.ts';
import { filesWrittenBy, writtenMapping } from '../written-files.ts';
import { jinjaScript } from './jinja.ts';
import { gpusOfJob } from './slurm.ts';
import { startsOfCommand } from './starts.ts';

/** Shell scripts: launches as they stand, behind wrappers, in functions, in `docker run` and in scripts within scripts. */
export const shell: Format = {
  id: 'shell',
  title: 'Shell scripts',
  detect: (file) => SIGN.test(file.text) && looksLikeShell(file),
  extract,
  edit: editDeployment,
};

const SIGN =
  /vllm|sglang|serving\.properties|text-generation|trtllm|\bnim\/|\bNIM_[A-Z]|llama-server|llama[_.]?cpp|ollama|lmdeploy|koboldcpp|gpu[-_]memory[-_]utilization|max[-_]model[-_]len|n[-_]gpu[-_]layers|mem[-_]fraction[-_]static|\bctx[-_]size\b/;

/** A shebang, or a known ending; other languages and markup are left to their own formats. */
function looksLikeShell({ path, text }: SourceFile): boolean {
  if (/^\uFEFF?#!.*\b(?:ba|z|k|da)?sh\b/.test(text)) return true;
  if (/^\uFEFF?#!/.test(text)) return false;
  return /\.(?:sh|bash|zsh|ksh|sbatch|slurm|command)(?:\.\w+)?$/.test(path);
}

function extract(file: SourceFile, around: FormatContext): Extraction | null {
  const template = jinjaScript(file);
  const context = template ? { ...around, openAt: template.openAt } : around;
  const deployments: Deployment[] = [];
  const unsupported: Unsupported[] = [];
  const text = template?.text ?? mappedFile(file);
  const base = baseName(file.path);
  const folder = folderOf(file.path);
  const commands = startsIn(text, new Map(), sourcedFrom(folder, context));
  const written = writtenFiles(text);
  const job = gpusOfJob(text);
  // What a launch takes its options from is no config of its own.
  const taken = new Set<string>();
  const known = new Set<string>();
  const fileAt = (path: string): ReturnType<typeof writtenMapping> => {
    taken.add(path);
    return writtenMapping(path, written);
  };
  for (const command of withInstalls(commands, context, folder)) {
    for (const start of startsOfCommand(command, { format: 'shell', name: base }, context, folder)) {
      const launched = launchOf({ ...start, gpuRequest: within(job, start.gpuRequest), anchor: text, fileAt }, context);
      if (launched && 'deployment' in launched) {
        const deployment = onItsNodes(launched.deployment);
        const key = keyOf(deployment);
        // A function that is called again with the same words starts the same launch.
        if (!known.has(key)) deployments.push(numbered(deployment, deployments));
        known.add(key);
      } else if (launched) unsupported.push(launched.unsupported);
    }
  }
  const nested = readNested(
    written.filter(({ path }) => !taken.has(path)),
    readers(),
    'shell',
    context,
  );
  for (const deployment of nested.deployments) deployments.push(numbered({ ...deployment, name: base }, deployments));
  const all = [...unsupported, ...nested.unsupported];
  if (deployments.length + all.length > 0) return { deployments, unsupported: all };
  return extractionOf(builtCommand(text, runsText, 'shell'));
}

/** Variables on which an engine's memory may hang. */
const OF_ENGINE = /^(?:VLLM|SGLANG|SGL|LLAMA|OLLAMA|TRTLLM|CUDA|HIP|ROCR|PYTORCH)_/;

/** What tells a launch from another one: where its words stand, what they say, and the variables of engines. */
function keyOf({ line, engine, model, arguments: read, unresolved, environment, gpuRequest }: Deployment): string {
  const values = [...read.values()].map(({ name, value, place }) => [name, value, place.file, place.start]);
  const open = unresolved.map(({ name, text, place }) => [name, text, place.file, place.start]);
  const variables = [...environment].flatMap(([name, { value }]) => (OF_ENGINE.test(name) ? [[name, value]] : []));
  return JSON.stringify([line, engine, model, values, open, variables, gpuRequest]);
}

/** A command in a variable that nobody can put in its place: `nohup $cmd`, `exec "${args[@]}"`, `bash -c '$LAUNCH'`. */
const RUNS_TEXT = /(?:^|[\s;&|(])(?:exec|nohup|eval|setsid|bash -c|sh -c)\s{1,8}["']?\$\{?[A-Za-z_]/;
/** The same for a container: `docker run "$image" "${cmd[@]}"`. */
const RUNS_CONTAINER = /(?:^|[\s;&|(])(?:docker|podman|nerdctl)\s{1,8}run\s/;

function runsText(text: string): boolean {
  if (RUNS_TEXT.test(text)) return true;
  return text.split(/(?<!\\)\r?\n/).some((line) => {
    const run = RUNS_CONTAINER.exec(line);
    return run !== null && /["'\s]\$\{\w{1,80}\[@\]\}/.test(line.slice(run.index));
  });
}

/** What a launch says itself goes before what its job asks for. */
function within(job: GpuRequest | null, own: GpuRequest): GpuRequest {
  if (!job) return own;
  const count = own.count ?? job.count;
  const nodes = own.count || own.nodes > 1 ? own.nodes : job.nodes;
  return { ...own, ...(own.name === null && job), count, nodes };
}

const PARALLEL = [
  'tensor_parallel_size',
  'pipeline_parallel_size',
  'data_parallel_size',
  'tp_size',
  'pp_size',
  'dp_size',
];

/** A job of several nodes starts its launch on each of them, unless the launch is larger than one. */
function onItsNodes(deployment: Deployment): Deployment {
  const { count, nodes } = deployment.gpuRequest;
  const sizes = PARALLEL.map((name) => deployment.arguments.get(name)?.value).filter(
    (size) => typeof size === 'number',
  );
  if (nodes === 1 || count === null || sizes.reduce((all, size) => all * size, 1) > count.value) return deployment;
  return { ...deployment, gpuRequest: { ...deployment.gpuRequest, nodes: 1 } };
}

/** What the files that a script writes may be. */
function readers(): readonly Format[] {
  return [kubernetes, shell, dockerCompose, dockerfile, systemd, djlServing, vllmConfig];
}

/** Scripts within scripts that are looked through for files. */
const MAX_NESTING = 3;

/** The files that the script writes, and the scripts in it (`ssh HOST bash -c 'cat > FILE <<EOF …'`). */
function writtenFiles(text: MappedText, nesting = 0): NestedFile[] {
  if (!/<<|\b(?:echo|printf)\b[^\n]{0,2000}>/.test(text.text)) return [];
  const commands = readShell(text) ?? [];
  const inner = commands.flatMap(({ words }) => {
    const script = scriptOf(words);
    const isDeep = script !== null && exceeds(nesting + 1, MAX_NESTING, 'scripts within scripts');
    return script?.unresolved === null && !isDeep ? writtenFiles(script.text, nesting + 1) : [];
  });
  return [...filesWrittenBy(commands), ...inner];
}

/** `serve.sh`, `serve.sh #2`: unique within the file. */
function numbered(deployment: Deployment, others: readonly Deployment[]): Deployment {
  return others.length === 0 ? deployment : { ...deployment, name: `${deployment.name} #${others.length + 1}` };
}
