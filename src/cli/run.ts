import { nearest } from '../nearest.ts';
import { VERSION } from '../version.ts';
import { parseArguments } from './args.ts';
import { COMMANDS } from './commands.ts';
import { commandHelp, generalHelp } from './help.ts';
import { widthOf } from './width.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

/** The command line program: reads its words, runs one command, and returns the exit code. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const [first, ...others] = words;
  if (first === '--version' || first === '-V') {
    surroundings.out(`headroom ${VERSION}\n`);
    return 0;
  }
  if (first === undefined) {
    surroundings.err(generalHelp(widthOf(surroundings)));
    return 2;
  }
  const asksHelp = first === 'help' || first === '--help' || first === '-h';
  const name = asksHelp ? others[0] : first;
  if (name === undefined) {
    surroundings.out(generalHelp(widthOf(surroundings)));
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) return complain(surroundings, unknownCommand(name));
  // A `-h` behind `--` belongs to the command that is judged.
  const own = others.slice(0, others.includes('--') ? others.indexOf('--') : others.length);
  if (asksHelp || own.includes('--help') || own.includes('-h')) {
    surroundings.out(commandHelp(command, widthOf(surroundings)));
    return 0;
  }
  const args = parseArguments(others, command.flags);
  if ('problem' in args) return complain(surroundings, args);
  if (args.positionals.length > command.positionals) {
    return complain(surroundings, {
      problem: `'${args.positionals[command.positionals]}' is one name too many`,
      remedy: command.takesCommand ? `Write -- in front of the command: ${command.usage}.` : `Write ${command.usage}.`,
    });
  }
  const execute = await command.load();
  return execute(args, surroundings);
}

function unknownCommand(name: string): { readonly problem: string; readonly remedy: string } {
  const names = COMMANDS.map((command) => command.name);
  const [near] = nearest(name.replace(/^-{1,2}/, ''), [...names, '--help', '--version']);
  const wrote = name.startsWith('-') ? 'flag' : 'command';
  return {
    problem: `unknown ${wrote} '${name}'`,
    remedy: near ? `Did you mean headroom ${near}?` : `The commands are ${names.join(', ')}; headroom help tells more.`,
  };
}
