import type { Arguments } from './args.ts';
import { loadCatalogues } from './catalogues.ts';
import { COMMANDS, type Command } from './commands.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `headroom completion`: prints what makes a shell complete commands, flags, their choices and names of GPUs. */
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

/** zsh takes the script of bash behind its own translation of it. */
function bashScript(gpus: readonly string[], shell: 'bash' | 'zsh'): string {
  const values = (flag: Command['flags'][number]): readonly string[] =>
    flag.name === 'gpu' ? gpus : (flag.choices ?? []);
  const flagCases = COMMANDS.flatMap(({ name, flags }) =>
    flags
      .filter((flag) => values(flag).length > 0)
      .map((flag) => `    ${name}:--${flag.name}) words='${values(flag).join(' ')}' ;;`),
  );
  const commandCases = COMMANDS.map(
    ({ name, flags }) => `      ${name}) words='${flags.map((flag) => `--${flag.name}`).join(' ')}' ;;`,
  );
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_headroom() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${COMMANDS.map(({ name }) => name).join(' ')} help'
  else
    case "\${COMP_WORDS[1]}:\${COMP_WORDS[COMP_CWORD-1]}" in
${flagCases.map((line) => `  ${line}`).join('\n')}
    esac
    if [ -z "$words" ]; then case "$current" in -*) case "\${COMP_WORDS[1]}" in
${commandCases.join('\n')}
    esac ;; esac; fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _headroom headroom
`;
}

function fishScript(gpus: readonly string[]): string {
  const lines = COMMANDS.flatMap(({ name, summary, flags }) => [
    `complete -c headroom -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...flags.map((flag) => {
      const values = flag.name === 'gpu' ? gpus : flag.choices;
      const takes = flag.value === null ? '' : values ? ` -x -a ${quoted(values.join(' '))}` : ' -r';
      return `complete -c headroom -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${takes} -d ${quoted(flag.help)}`;
    }),
  ]);
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
