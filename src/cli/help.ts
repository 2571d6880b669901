import { wrap } from '../report/columns.ts';
import { COMMANDS, type Command } from './commands.ts';
import { described } from './width.ts';

const EXIT_CODES =
  'Exit code: 0 passes, 1 does not (a config by the policy, a launch, a log, facts), 2 the command or the policy is wrong.';

/** What the program does and how to start. */
export function generalHelp(width: number): string {
  const commands = described(
    COMMANDS.map(({ name, summary }) => ({ name, text: summary })),
    width,
  );
  const examples = COMMANDS.flatMap(({ examples: all }) => all.slice(0, 1)).flatMap(exampleLines);
  return `Headroom predicts the GPU memory of model-serving configs, before the pod crash-loops.

Commands
${commands.join('\n')}

Try
${examples.join('\n')}

headroom help COMMAND tells more. --version prints the version.
${wrap(EXIT_CODES, width).join('\n')}
`;
}

/** What one command does, takes and is good for. */
export function commandHelp({ usage, summary, flags, examples }: Command, columns: number): string {
  const named = flags.map(({ name, value, help, many }) => ({
    name: `--${name}${value === null ? '' : ` ${value}`}${many ? ' …' : ''}`,
    text: help,
  }));
  return `${wrap(summary, columns).join('\n')}

  ${usage}

Flags
${described(named, columns).join('\n')}

Examples
${examples.flatMap(exampleLines).join('\n')}
`;
}

function exampleLines({ command, what }: Command['examples'][number]): string[] {
  return [`  # ${what}`, `  ${command}`];
}
