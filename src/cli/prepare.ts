import type { CheckInput } from '../check.ts';
import { check } from '../check.ts';
import { engines } from '../engines/index.ts';
import type { Policy } from '../policy/policy.ts';
import { GATE_WORDS } from '../policy/schema.ts';
import type { GateWord, Report } from '../report/report.ts';
import { logSafe, terminalText } from '../report/escape.ts';
import { VERSION } from '../version.ts';
import { type Arguments, single } from './args.ts';
import { EMPTY_BASELINE } from './baseline.ts';
import { loadCatalogues } from './catalogues.ts';
import { loadFacts } from './facts-path.ts';
import { hubOf } from './hub.ts';
import { loadPolicy } from './policy-file.ts';
import type { Surroundings, UsageProblem } from './surroundings.ts';
import { targetsOfFlags, versionOfFlag } from './targets.ts';
import { listFrom, readFrom, readWorkspace } from './workspace.ts';

/** A check of a workspace, ready to run, once or again on changed texts. */
export interface Prepared {
  readonly root: string;
  readonly input: CheckInput;
  run(input: CheckInput): Promise<Report>;
}

/** Reads the workspace, the policy and the facts that the words of a command name. */
export async function prepare(args: Arguments, surroundings: Surroundings): Promise<Prepared | UsageProblem> {
  const { hardware, models } = loadCatalogues();
  surroundings.saveMemory?.();
  const named = [...args.positionals, ...(args.rest ?? [])];
  const workspace = readWorkspace(named.length > 0 ? named : ['.'], surroundings.cwd);
  if ('problem' in workspace) return workspace;
  const { root, files, leftOut } = workspace;
  const rewritten = args.values.has('write-baseline') ? EMPTY_BASELINE : null;
  const written = loadPolicy(single(args, 'policy'), root, surroundings.cwd, hardware, rewritten);
  if ('problem' in written) return written;
  const gpus = targetsOfFlags(args.values.get('gpu') ?? [], hardware);
  if ('problem' in gpus) return gpus;
  const failOn = gateWords(args.values.get('fail-on'));
  if (failOn !== null && 'problem' in failOn) return failOn;
  const version = versionOfFlag(single(args, 'engine-version'));
  if (version !== null && typeof version === 'object') return version;
  const policy: Policy = {
    ...written,
    ...(gpus.length > 0 ? { gpus, scopes: written.scopes.map((scope) => ({ ...scope, gpus: null })) } : {}),
    ...(failOn === null ? {} : { failOn }),
    ...(version === null ? {} : { engineVersions: new Map(engines.map(({ id }) => [id, version])) }),
  };
  const facts = loadFacts(root);
  if (facts !== null && 'problem' in facts) return facts;
  const hub = await hubOf(args, policy.hub, surroundings);
  if (hub !== null && 'problem' in hub) return hub;
  for (const note of leftOut) surroundings.err(logSafe(`headroom: ${terminalText(note)}\n`));
  const input: CheckInput = {
    files,
    read: (path) => readFrom(root, path),
    list: (folder) => listFrom(root, folder),
    policy,
    hardware,
    models,
    facts,
    today: surroundings.today ?? new Date().toISOString().slice(0, 10),
    withWorkloads: single(args, 'format') === 'html',
    version: VERSION,
  };
  return {
    root,
    input,
    run: async (one) => (hub ? await hub.settle((ask) => check({ ...one, hub: ask })) : check(one)),
  };
}

/** The words of `--fail-on`; null when it is not given, none for `never`. */
function gateWords(given: readonly string[] | undefined): readonly GateWord[] | null | UsageProblem {
  if (!given) return null;
  const words = given.flatMap((value) => value.split(',')).map((word) => word.trim());
  if (words.length === 1 && words[0] === 'never') return [];
  const known = new Set<string>(GATE_WORDS);
  const wrong = words.find((word) => !known.has(word));
  if (wrong !== undefined) {
    return { problem: `--fail-on cannot be '${wrong}'`, remedy: `It may be ${GATE_WORDS.join(', ')}, or never alone.` };
  }
  return GATE_WORDS.filter((word) => words.includes(word));
}
