import type { FactsFile } from '../models/facts/file.ts';
import { compareFacts, type FactsStatus, lockedEntries } from '../models/facts/lock.ts';
import type { ModelRequest, Refusal, StatedFacts } from '../models/stated-facts.ts';
import { columns } from '../report/columns.ts';
import { jsonText, logSafe, terminalText } from '../report/escape.ts';
import { VERSION } from '../version.ts';
import { type Arguments, single } from './args.ts';
import { loadCatalogues } from './catalogues.ts';
import { loadFacts } from './facts-path.ts';
import { type CommandHub, hubOf } from './hub.ts';
import { namedModels } from './named-models.ts';
import { loadPolicy } from './policy-file.ts';
import { complain, type ExitCode, type Surroundings, type UsageProblem } from './surroundings.ts';
import { listFrom, readFrom, readWorkspace } from './workspace.ts';
import { writeFacts } from './write-facts.ts';

/** `headroom facts lock` writes the facts file, `headroom facts check` tells what is stale in it. */
export async function runFacts(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const [verb, ...paths] = args.positionals;
  if (verb !== 'lock' && verb !== 'check') {
    return complain(surroundings, {
      problem: verb === undefined ? 'facts needs to know what to do' : `facts knows no '${verb}'`,
      remedy: 'Write headroom facts lock or headroom facts check.',
    });
  }
  const workspace = readWorkspace(paths.length > 0 ? paths : ['.'], surroundings.cwd);
  if ('problem' in workspace) return complain(surroundings, workspace);
  const { root, files } = workspace;
  const { hardware, models } = loadCatalogues();
  const policy = loadPolicy(single(args, 'policy'), root, surroundings.cwd, hardware);
  if ('problem' in policy) return complain(surroundings, policy);
  const written = loadFacts(root);
  // What cannot be read is written anew by a lock, and is all that a check has to say.
  if (written !== null && 'problem' in written && verb === 'check') return complain(surroundings, written);
  const facts = written !== null && 'problem' in written ? null : written;
  const hub = await hubOf(args, policy.hub, surroundings, true);
  if (hub !== null && 'problem' in hub) return complain(surroundings, hub);
  if (hub === null && verb === 'lock')
    return complain(surroundings, {
      problem: 'a lock asks the Hub, and this call is offline',
      remedy: 'Leave out --offline.',
    });
  const input = {
    files,
    read: (path: string) => readFrom(root, path),
    list: (folder: string) => listFrom(root, folder),
    policy,
    hardware,
    models,
    version: VERSION,
  };
  const named = namedModels(input, models, args.values.get('model') ?? []);
  const all = args.values.has('all');
  // What the catalogue holds needs no lock, but what is locked already stays locked.
  const wanted = new Map([
    ...named.unknown,
    ...[...named.known].filter(([key]) => all || facts?.entries.has(key) === true),
  ]);
  const statuses =
    verb === 'lock' && hub !== null
      ? await lock(root, wanted, facts, hub, args.values.has('prune'))
      : await compare(wanted, facts, hub);
  if ('problem' in statuses) return complain(surroundings, statuses);
  print(statuses, args, surroundings);
  return statuses.some(({ state }) => FAILING.has(state)) ? 1 : 0;
}

const FAILING: ReadonlySet<FactsStatus['state']> = new Set(['stale', 'missing', 'not locked']);

type Answers = ReadonlyMap<string, StatedFacts | Refusal>;

async function fetchAll(requests: ReadonlyMap<string, ModelRequest>, hub: CommandHub): Promise<Answers> {
  const answers = await hub.settle((ask) => [...requests].map(([key, request]) => [key, ask(request)] as const));
  return new Map(answers.flatMap(([key, answer]) => (answer ? [[key, answer] as const] : [])));
}

async function lock(
  root: string,
  wanted: ReadonlyMap<string, ModelRequest>,
  facts: FactsFile | null,
  hub: CommandHub,
  prune: boolean,
): Promise<readonly FactsStatus[] | UsageProblem> {
  const { entries, statuses } = lockedEntries(await fetchAll(wanted, hub), facts, prune);
  if (entries.size > 0 || facts !== null) {
    const trouble = writeFacts(root, entries, facts?.measurements ?? []);
    if (trouble) return trouble;
  }
  return statuses;
}

/** Only what is in the file is asked of the Hub: what is missing there is missing whatever the Hub says. */
async function compare(
  wanted: ReadonlyMap<string, ModelRequest>,
  facts: FactsFile | null,
  hub: CommandHub | null,
): Promise<readonly FactsStatus[]> {
  const held = new Map([...wanted].filter(([key]) => facts?.entries.has(key) === true));
  return compareFacts([...wanted.keys()], facts, hub ? await fetchAll(held, hub) : null);
}

function print(statuses: readonly FactsStatus[], args: Arguments, surroundings: Surroundings): void {
  if (single(args, 'format') === 'json') return surroundings.out(`${jsonText(statuses)}\n`);
  if (statuses.length === 0) {
    return surroundings.out('No serving config names a model that the facts file would have to hold.\n');
  }
  const rows = statuses.map(({ key, state, detail }) => [state, terminalText(key, 120), terminalText(detail)]);
  surroundings.out(logSafe(`${columns(rows, [0, 1, 2]).join('\n')}\n`));
}
