import { GATE_WORDS } from '../policy/schema.ts';
import { RULE_IDS } from '../policy/rules/index.ts';
import type { Arguments, Flag } from './args.ts';
import { loadCatalogues } from './catalogues.ts';
import { COMMANDS } from './commands.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `headroom completion`: prints what makes a shell complete commands, flags, what these may be, and names of GPUs and models. */
export function runCompletion({ positionals }: Arguments, surroundings: Surroundings): ExitCode {
  const shell = SHELLS.find((name) => name === positionals[0]);
  if (!shell) {
    return complain(surroundings, {
      problem: positionals[0] === undefined ? 'no shell named' : `there is no completion for '${positionals[0]}'`,
      remedy: `Write headroom completion ${SHELLS.join('|')}.`,
    });
  }
  const gpus = loadCatalogues().hardware.gpus.map(({ id }) => id);
  surroundings.out(shell === 'fish' ? fishScript(gpus) : bashScript(gpus, shell));
  return 0;
}

/** What stands first behind a command, where that is no path. Models are asked of the program: they are many. */
const FIRST: readonly (readonly [command: string, words: readonly string[]])[] = [
  ['help', COMMANDS.map(({ name }) => name)],
  ['facts', ['lock', 'check']],
  ['rules', RULE_IDS],
  ['completion', SHELLS],
];
const ASK_MODELS = "headroom models 2>/dev/null | sed '1d;s/ .*//'";

/** What a flag may be; nothing where that is free. */
function valuesOf({ name, choices }: Flag): readonly string[] {
  return choices ?? (name === 'fail-on' ? [...GATE_WORDS, 'never'] : []);
}

/** zsh takes the script of bash behind its own translation of it. */
function bashScript(gpus: readonly string[], shell: 'bash' | 'zsh'): string {
  const byValues = new Map<string, string[]>();
  for (const { name, flags } of COMMANDS) {
    for (const flag of flags) {
      const words = valuesOf(flag).join(' ');
      if (words !== '') byValues.set(words, [...(byValues.get(words) ?? []), `${name}:--${flag.name}`]);
    }
  }
  const flagCases = [...byValues].map(([words, where]) => `      ${where.join('|')}) words='${words}' ;;`);
  const ownFlags = COMMANDS.map(
    ({ name, flags }) => `        ${name}) words='${flags.map((flag) => `--${flag.name}`).join(' ')}' ;;`,
  );
  const firstCases = FIRST.map(([name, words]) => `        ${name}) words='${words.join(' ')}' ;;`);
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_headroom() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words='' prefix='' gpus='${gpus.join(' ')}'
  # bash takes --format=json apart at its sign, zsh does not.
  if [ "$current" = '=' ]; then current=''; elif [ "$before" = '=' ]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case "$current" in --*=*) before=\${current%%=*}; prefix="$before="; current=\${current#*=} ;; esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${COMMANDS.map(({ name }) => name).join(' ')} help --version'
  else
    case "\${COMP_WORDS[1]}:$before" in
      *:--gpu) words=$gpus ;;
${flagCases.join('\n')}
    esac
    if [ -z "$words$prefix" ]; then case "$current" in
      -*) case "\${COMP_WORDS[1]}" in
${ownFlags.join('\n')}
      esac ;;
      *) if [ "$COMP_CWORD" -eq 2 ]; then case "\${COMP_WORDS[1]}" in
        gpus) words=$gpus ;;
        model|models) words=$(${ASK_MODELS}) ;;
${firstCases.join('\n')}
      esac; fi ;;
    esac; fi
  fi
  COMPREPLY=($(compgen -P "$prefix" -W "$words" -- "$current"))
}
complete -o default -F _headroom headroom
`;
}

function fishScript(gpus: readonly string[]): string {
  const first = [...FIRST, ['gpus', gpus] as const].map(
    ([name, words]) => `complete -c headroom -n '__fish_seen_subcommand_from ${name}' -f -a ${quoted(words.join(' '))}`,
  );
  const commands = COMMANDS.flatMap(({ name, summary, flags }) => [
    `complete -c headroom -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...flags.map((flag) => {
      const values = flag.name === 'gpu' ? '$__headroom_gpus' : valuesOf(flag).join(' ');
      const takes = flag.value === null ? '' : values === '' ? ' -r' : ` -x -a ${quoted(values)}`;
      // fish shows what a flag is beside everything that it may be; words speak for themselves.
      const what = valuesOf(flag).length > 0 ? '' : ` -d ${quoted(inShort(flag))}`;
      return `complete -c headroom -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${takes}${what}`;
    }),
  ]);
  return `set -g __headroom_gpus ${gpus.join(' ')}
complete -c headroom -n __fish_use_subcommand -f -a help -d 'Tell more about a command'
complete -c headroom -n __fish_use_subcommand -l version -d 'Print the version'
${[...commands, ...first].join('\n')}
complete -c headroom -n '__fish_seen_subcommand_from model models' -a ${quoted(`(${ASK_MODELS})`)}
`;
}

/** The first clause of a flag's help. */
function inShort({ help }: Flag): string {
  return help.split(/[:;]/)[0]?.trim() ?? help;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
