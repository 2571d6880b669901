import type { Flag } from './args.ts';
import type { Command } from './commands.ts';

const help: Flag = { name: 'help', value: null, help: 'this text' };
const offline: Flag = { name: 'offline', value: null, help: 'never touch the network, whatever the policy says' };
const hub: Flag = {
  name: 'hub',
  value: null,
  help: 'ask the Hugging Face Hub about models that are not known (HF_ENDPOINT, HF_TOKEN)',
};
const policy: Flag = { name: 'policy', value: 'FILE', help: 'default: .github/headroom.yml of the repository' };

/** Flags of `check` alone: those that change files, and how much is shown. */
export const CHANGING_FLAGS: readonly Flag[] = [
  { name: 'fix', value: null, help: 'write the values that fit into the files, and judge what is written' },
  {
    name: 'write-baseline',
    value: null,
    help: 'keep what is found today in .github/headroom.baseline.json, so that only new findings count',
  },
  { name: 'verbose', value: null, help: 'show deployments that need nothing whole too, however many there are' },
];

/** Flags of `estimate` that ask what if. */
export const WHAT_IF_FLAGS: readonly Flag[] = [
  {
    name: 'set',
    value: 'NAME=VALUE',
    many: true,
    help: 'another value of an argument, shown beside what the command says: max_model_len=8192',
  },
  {
    name: 'sweep',
    value: 'NAME=FROM..TO',
    help: 'a curve over an argument: max_model_len=4096..131072, max_num_seqs=16..64:8, kv_cache_dtype=auto,fp8',
  },
];

/** Commands that write what a policy or a recommendation says, and list what there is to decide. */
export const POLICY_COMMANDS: readonly Command[] = [
  {
    name: 'fix',
    usage: 'headroom fix [PATH…] [flags]',
    summary: 'Write the values that fit into the files, and judge what is written.',
    positionals: Infinity,
    flags: [
      { name: 'dry-run', value: null, help: 'change nothing: print the patch, for git apply' },
      policy,
      {
        name: 'gpu',
        value: 'NAME[:COUNT]',
        many: true,
        help: 'a GPU by any name that the catalogue knows, in place of those in the policy',
      },
      { name: 'engine-version', value: 'VERSION', help: 'engine version to assume where a config states none' },
      hub,
      offline,
      help,
    ],
    examples: [
      { command: 'headroom fix', what: 'every serving config of this repository that has values that fit' },
      { command: 'headroom fix --dry-run | git apply', what: 'the same as a patch' },
    ],
    load: async () => (await import('./fix.ts')).runFix,
  },
  {
    name: 'init',
    usage: 'headroom init [PATH…] [flags]',
    summary: 'Write a first .github/headroom.yml from what the repository holds.',
    positionals: Infinity,
    flags: [{ name: 'dry-run', value: null, help: 'print it instead' }, offline, help],
    examples: [{ command: 'headroom init --dry-run', what: 'what would it write?' }],
    load: async () => (await import('./init.ts')).runInit,
  },
  {
    name: 'rules',
    usage: 'headroom rules [FILTER] [flags]',
    summary: 'List what Headroom looks for, with the severity and the options that a policy may change.',
    positionals: 1,
    flags: [
      {
        name: 'format',
        value: 'FORMAT',
        choices: ['text', 'json', 'markdown'],
        help: 'text (default), json or markdown',
      },
      offline,
      help,
    ],
    examples: [{ command: 'headroom rules budget', what: 'everything about the budget' }],
    load: async () => (await import('./rules.ts')).runRules,
  },
];
