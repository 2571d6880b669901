import type { Arguments, Flag } from './args.ts';
import { CHANGING_FLAGS, POLICY_COMMANDS, WHAT_IF_FLAGS } from './policy-commands.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';

/** One command: what the help says of it, what it takes, and where it is. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  readonly examples: readonly { readonly command: string; readonly what: string }[];
  /** Names that may stand without a flag: their number at most. */
  readonly positionals: number;
  /** Whether a command line that is judged stands behind `--`. */
  readonly takesCommand?: true;
  /** Loaded only when it runs, so that `--help` and `--version` answer at once. */
  load(): Promise<(args: Arguments, surroundings: Surroundings) => ExitCode | Promise<ExitCode>>;
}

const format: Flag = {
  name: 'format',
  value: 'FORMAT',
  choices: ['text', 'json', 'markdown'],
  help: 'text (default), json or markdown',
};
const textOrJson: Flag = { ...format, choices: ['text', 'json'], help: 'text (default) or json' };
const reportFormat: Flag = {
  ...format,
  choices: ['text', 'json', 'markdown', 'html', 'sarif', 'junit', 'code-quality'],
  help: 'text (default), json (schema/report.schema.json), markdown, html (one page that also answers what-if questions), sarif, junit, or code-quality (GitLab)',
};
const help: Flag = { name: 'help', value: null, help: 'this text' };
const offline: Flag = {
  name: 'offline',
  value: null,
  help: 'never touch the network, whatever the policy says',
};
const hub: Flag = {
  name: 'hub',
  value: null,
  help: 'ask the Hugging Face Hub about models that are not known (HF_ENDPOINT, HF_TOKEN)',
};
const gpu: Flag = {
  name: 'gpu',
  value: 'NAME[:COUNT]',
  many: true,
  help: 'a GPU by any name that the catalogue knows: l4, "NVIDIA L4", h100:8, g6.12xlarge; or several: l4,h100:8',
};

const gpuMemory: Flag = {
  name: 'gpu-memory-gib',
  value: 'GIB',
  help: 'what CUDA shows as total on your host, in place of the catalogue',
};

export const COMMANDS: readonly Command[] = [
  {
    name: 'check',
    usage: 'headroom check [PATH…] [flags]',
    summary: 'Find the serving configs under the paths (default: here) and judge each on the GPUs it must fit.',
    positionals: Infinity,
    flags: [
      { name: 'policy', value: 'FILE', help: 'default: .github/headroom.yml of the repository' },
      { ...gpu, help: `${gpu.help}; in place of those in the policy` },
      { name: 'engine-version', value: 'VERSION', help: 'engine version to assume where a config states none' },
      {
        name: 'fail-on',
        value: 'WORD[,WORD…]',
        many: true,
        help: 'fails, degraded, tight, unknown, unsupported, error, or never; in place of the policy',
      },
      ...CHANGING_FLAGS,
      { name: 'watch', value: null, help: 'judge again whenever a file changes' },
      reportFormat,
      hub,
      offline,
      help,
    ],
    examples: [
      { command: 'headroom check', what: 'every serving config of this repository, by its policy' },
      {
        command: 'headroom check deploy --gpu l4 --gpu h100:8',
        what: 'the configs under deploy/, on two kinds of GPU',
      },
      { command: 'headroom check --format json > report.json', what: 'for a program' },
    ],
    load: async () => async (args, surroundings) =>
      args.values.has('watch')
        ? (await import('./watch.ts')).runWatch(args, surroundings)
        : (await import('./check.ts')).runCheck(args, surroundings),
  },
  {
    name: 'estimate',
    usage: 'headroom estimate [flags] -- COMMAND…',
    summary: 'Judge one command line. Everything after -- is the command as you would type it.',
    positionals: 0,
    takesCommand: true,
    flags: [
      { ...gpu, help: `${gpu.help}; left out: every whole GPU of the catalogue` },
      { name: 'engine-version', value: 'VERSION', help: 'version of the engine: 0.19.0' },
      gpuMemory,
      ...WHAT_IF_FLAGS,
      reportFormat,
      hub,
      offline,
      help,
    ],
    examples: [
      {
        command: 'headroom estimate --gpu l4 -- vllm serve Qwen/Qwen3-8B --max-model-len 32768',
        what: 'does it start on an L4?',
      },
      { command: 'headroom estimate -- vllm serve Qwen/Qwen3-8B', what: 'which GPUs would do?' },
      {
        command:
          'headroom estimate --gpu l4 --set max_model_len=8192 --set kv_cache_dtype=fp8 -- vllm serve Qwen/Qwen3-8B',
        what: 'what would these values change?',
      },
      {
        command:
          'headroom estimate --gpu "NVIDIA A10G" --engine-version 0.11.0 -- VLLM_USE_V1=1 vllm serve Qwen/Qwen3-8B',
        what: 'another release, with an environment variable in front',
      },
    ],
    load: async () => (await import('./estimate.ts')).runEstimate,
  },
  {
    name: 'explain',
    usage: 'headroom explain LOG|- [flags] [-- COMMAND…]',
    summary: "Read an engine's start-up log: what stopped it, what helps, and how near the estimate is.",
    positionals: 1,
    takesCommand: true,
    flags: [
      { ...gpu, many: false, help: 'the GPU that the log is of; left out: the one that the log shows' },
      { ...gpuMemory, help: `${gpuMemory.help}, where the log does not say it` },
      { name: 'engine-version', value: 'VERSION', help: 'version of the engine, where the log does not say it' },
      {
        name: 'learn',
        value: null,
        help: 'keep the figures in .github/headroom.facts.json, for the next estimate of this launch',
      },
      textOrJson,
      offline,
      help,
    ],
    examples: [
      { command: 'kubectl logs deploy/chat | headroom explain -', what: 'why does the pod not start?' },
      {
        command: 'headroom explain vllm.log --gpu a10g -- vllm serve Qwen/Qwen3-8B',
        what: 'a log whose beginning, which names the model, is missing',
      },
      {
        command: 'headroom explain vllm.log --gpu h100 --learn',
        what: 'the next estimate of this launch takes what the log measured',
      },
    ],
    load: async () => (await import('./explain.ts')).runExplain,
  },
  ...POLICY_COMMANDS,
  {
    name: 'gpus',
    usage: 'headroom gpus [FILTER] [flags]',
    summary: 'List the GPUs that Headroom knows, with the memory that CUDA really shows.',
    positionals: 1,
    flags: [format, offline, help],
    examples: [{ command: 'headroom gpus h100', what: 'every H100 and its MIG slices' }],
    load: async () => (await import('./gpus.ts')).runGpus,
  },
  {
    name: 'models',
    usage: 'headroom models [FILTER] [flags]',
    summary: 'List the models whose facts Headroom carries.',
    positionals: 1,
    flags: [format, offline, help],
    examples: [{ command: 'headroom models qwen3', what: 'every Qwen3' }],
    load: async () => (await import('./models.ts')).runModels,
  },
  {
    name: 'model',
    usage: 'headroom model ID|PATH [flags]',
    summary: 'Show what is known about one model: parameters, bytes, caches, context, and who says each.',
    positionals: 1,
    flags: [
      { name: 'revision', value: 'REVISION', help: 'branch, tag or commit' },
      { name: 'policy', value: 'FILE', help: 'default: .github/headroom.yml of the repository' },
      textOrJson,
      hub,
      offline,
      help,
    ],
    examples: [
      { command: 'headroom model Qwen/Qwen3-30B-A3B', what: 'from the catalogue' },
      { command: 'headroom model --hub acme/private-model', what: 'from the Hub, with HF_TOKEN' },
      { command: 'headroom model models/own', what: 'a folder with a config.json' },
    ],
    load: async () => (await import('./model.ts')).runModel,
  },
  {
    name: 'facts',
    usage: 'headroom facts lock|check [PATH…] [flags]',
    summary:
      'Keep the facts of the models that the configs name in .github/headroom.facts.json, or tell what is stale there.',
    positionals: Infinity,
    flags: [
      { name: 'policy', value: 'FILE', help: 'default: .github/headroom.yml of the repository' },
      { name: 'model', value: 'ID', many: true, help: 'lock this model too, whether or not a config names it' },
      { name: 'all', value: null, help: 'lock models that the catalogue holds as well' },
      { name: 'prune', value: null, help: 'drop what no config names' },
      textOrJson,
      { ...offline, help: 'never touch the network; a check then tells only what is missing, unused or too old' },
      help,
    ],
    examples: [
      {
        command: 'HF_TOKEN=… headroom facts lock',
        what: 'for gated models in pull requests from forks, and for air-gapped CI',
      },
      { command: 'headroom facts check', what: 'exit code 1 when a model is missing or has changed' },
    ],
    load: async () => (await import('./facts.ts')).runFacts,
  },
  {
    name: 'completion',
    usage: 'headroom completion bash|zsh|fish',
    summary: 'Print what makes a shell complete commands, flags, and names of GPUs and models.',
    positionals: 1,
    flags: [help],
    examples: [
      { command: 'source <(headroom completion bash)', what: 'in ~/.bashrc, or with zsh in ~/.zshrc' },
      { command: 'headroom completion fish > ~/.config/fish/completions/headroom.fish', what: 'for fish' },
    ],
    load: async () => (await import('./completion.ts')).runCompletion,
  },
];
