import type { Deployment, Located } from '../../deployment.ts';
import type { Engine, ParsedArguments } from '../../engines/engine.ts';
import { mappedIdentity, placeOfMapped } from '../../syntax/mapped-text.ts';
import { shellWord } from '../../syntax/shell/quote.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { otherEngineOf } from '../other-engines.ts';
import { shell } from '../shell/index.ts';
import { engineReference } from '../version/engine-version.ts';
import { installedBy } from '../version/install-command.ts';

/** What places on a command line refer to. */
const COMMAND_LINE = '<command line>';

/**
 * A launch as a person types it, already split by the shell: environment assignments, wrappers (`nohup`, `uv run`), the
 * launch command and its options; or what a script may hold beside that (`docker run …`), in quotes or not.
 */
export function readCommandLine(
  command: readonly string[],
  engines: readonly Engine[],
): Deployment | { readonly problem: string } {
  const plain = readPlain(command, engines);
  return 'problem' in plain ? (asScript(command, engines) ?? plain) : plain;
}

/** The one launch of a script that holds the command alone; null where there is none, or more. */
function asScript(command: readonly string[], engines: readonly Engine[]): Deployment | null {
  const [only, ...others] = command;
  const text = only !== undefined && others.length === 0 ? only : command.map(shellWord).join(' ');
  const { deployments = [] } = shell.extract({ path: COMMAND_LINE, text }, { engines, read: () => null }) ?? {};
  const [launch, ...more] = deployments;
  if (!launch || more.length > 0) return null;
  return { ...launch, format: 'command-line', name: launch.model?.value ?? launch.engine.id, site: null };
}

function readPlain(command: readonly string[], engines: readonly Engine[]): Deployment | { readonly problem: string } {
  const words = wordsOf(command);
  const start = words.findIndex(({ text }) => !ASSIGNMENT.test(text.text));
  const assigned = words.slice(0, start === -1 ? words.length : start);
  const rest = words.slice(assigned.length);
  if (rest.length === 0) return { problem: 'there is no command behind --' };
  for (const engine of engines) {
    const launch = engine.recognise(rest);
    if (!launch) continue;
    const options = rest.slice(launch.argumentsStart);
    const installs = installedBy(rest.slice(0, launch.argumentsStart), { engines: [engine], read: () => null }, '');
    const written = engine.parseWords(options, launch.entrypoint);
    const parsed = { ...written, arguments: new Map([...variablesOf(assigned, engine), ...written.arguments]) };
    return {
      file: COMMAND_LINE,
      line: 1,
      format: 'command-line',
      name: parsed.model?.value ?? engine.id,
      engine: engineReference(engine, installs, null, COMMAND_LINE),
      device: engine.deviceOf(null, options),
      ...parsed,
      environment: environmentOf(assigned),
      gpuRequest: { name: null, count: null, nodes: 1 },
      site: null,
    };
  }
  const other = otherEngineOf(rest.map(({ text }) => text.text));
  if (other) return { problem: `Headroom does not model ${other} yet` };
  const told = `'${command.join(' ').slice(0, 80)}' launches no engine that Headroom knows`;
  return { problem: `${told}; write it as 'vllm serve MODEL --option …' or 'docker run … IMAGE …'` };
}

/** Arguments in the variables in front of the command (`LLAMA_ARG_CTX_SIZE=8192 llama-server …`); options win over them. */
function variablesOf(assigned: readonly Word[], engine: Engine): ParsedArguments['arguments'] {
  const settings = [...environmentOf(assigned)].flatMap(([variable, { value, place }]) => {
    const key = engine.argumentOfVariable(variable);
    return key === null ? [] : [{ key, value, place, unresolved: null }];
  });
  return engine.parseSettings(settings, false).arguments;
}

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;

/** Words of a made-up file that holds the command on one line, so that every value has a place. */
function wordsOf(command: readonly string[]): Word[] {
  const file: SourceFile = { path: COMMAND_LINE, text: command.join(' ') };
  let at = 0;
  return command.map((text) => {
    const start = at;
    at += text.length + 1;
    return { text: mappedIdentity(file, start, start + text.length, (value) => value), unresolved: null };
  });
}

function environmentOf(words: readonly Word[]): ReadonlyMap<string, Located<string>> {
  return new Map(
    words.map(({ text }) => {
      const equals = text.text.indexOf('=');
      return [text.text.slice(0, equals), { value: text.text.slice(equals + 1), place: placeOfMapped(text) }];
    }),
  );
}
