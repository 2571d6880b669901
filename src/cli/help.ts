import { COMMANDS, type Command } from './commands.ts';

/** What the program does and how to start. */
export function generalHelp(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const commands = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  const examples = COMMANDS.flatMap(({ examples: all }) => all.slice(0, 1)).flatMap(exampleLines);
  return `Headroom predicts the GPU memory of model-serving configs, before the pod crash-loops.

Commands
${commands.join('\n')}

Try
${examples.join('\n')}

headroom help COMMAND tells more. --version prints the version.
Exit code: 0 passes, 1 the policy is violated, 2 the command or the policy is wrong.
`;
}

/** What one command does, takes and is good for. */
export function commandHelp({ usage, summary, flags, examples }: Command): string {
  const named = flags.map(({ name, value, help, many }) => ({
    flag: `--${name}${value === null ? '' : ` ${value}`}${many ? ' …' : ''}`,
    help,
  }));
  const width = Math.max(...named.map(({ flag }) => flag.length));
  return `${summary}

  ${usage}

Flags
${named.map(({ flag, help }) => `  ${flag.padEnd(width)}  ${help}`).join('\n')}

Examples
${examples.flatMap(exampleLines).join('\n')}
`;
}

function exampleLines({ command, what }: Command['examples'][number]): string[] {
  return [`  # ${what}`, `  ${command}`];
}
