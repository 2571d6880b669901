import type { Deployment } from '../deployment.ts';
import { engines } from '../engines/index.ts';
import type { Estimate, Stage, Verdict } from '../estimate.ts';
import type { Finding, Waived } from '../finding.ts';
import { targetName } from '../hardware/gpu.ts';
import { engineVersionUnknown, isVersionNote } from '../policy/rules/engine-version-unknown.ts';
import { notReadable, rules } from '../policy/rules/index.ts';

import { gibCell } from './figures.ts';
import type { DeploymentResult, Report, TargetResult } from './report.ts';

/** Verdicts from the gravest. */
export const BY_GRAVITY: readonly Verdict[] = ['fails', 'degraded', 'tight', 'unknown', 'fits'];

export const VERDICT_ICONS: Readonly<Record<Verdict, string>> = {
  fits: '✅',
  tight: '⚠️',
  degraded: '⚠️',
  fails: '❌',
  unknown: '❔',
};

/** What a stage of the start-up is to a reader. */
const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  arguments: 'when the engine reads its arguments',
  free_memory: 'at the check of free memory',
  load: 'while the weights load',
  profile: 'in the profiling run',
  kv_cache: 'when the KV cache is laid out',
  graph_capture: 'while CUDA graphs are captured',
  serving: 'while serving',
};

/** `fails while the weights load`, `fits`. */
export function verdictPhrase({ verdict, stage }: Estimate): string {
  return stage === null || verdict === 'unknown' ? verdict : `${verdict} ${STAGE_NAMES[stage]}`;
}

/** The gravest verdict on the targets that count; on all of them where none counts. */
export function gravest({ targets }: DeploymentResult): Verdict {
  const gated = targets.filter((result) => result.gated);
  const verdicts = (gated.length > 0 ? gated : targets).map(({ estimate }) => estimate.verdict);
  return BY_GRAVITY.find((verdict) => verdicts.includes(verdict)) ?? 'unknown';
}

/** Whether a deployment runs on a GPU; what runs on a CPU, a TPU or another accelerator is not judged. */
export function runsOnGpu({ deployment }: Pick<DeploymentResult, 'deployment'>): boolean {
  return deployment.device === 'gpu';
}

/** What is said of a deployment that runs on no GPU. */
export const NOT_JUDGED = 'runs on no GPU and is not judged';

/** How much is missing, in words and in bytes at the expected figures; null when it is not a matter of bytes. */
export function shortfall({
  verdict,
  stage,
  memory,
}: Estimate): { readonly text: string; readonly bytes: number } | null {
  if (verdict !== 'fails' || memory === null) return null;
  const kvBytes = memory.kvCacheNeededBytes.value - memory.kvCacheBytes.value;
  if (stage === 'kv_cache' && kvBytes > 0) return { text: `KV cache ${gibCell(kvBytes)} GiB short`, bytes: kvBytes };
  // While the weights load nothing else is there yet but what lies outside the budget.
  const { weightsBytes, drafterBytes, outsideBudgetBytes, totalBytes } = memory;
  const loadBytes = weightsBytes.value + drafterBytes.value + outsideBudgetBytes.value - totalBytes.value;
  const overBytes = stage === 'load' && loadBytes > 0 ? loadBytes : -memory.freeBytes.value;
  return overBytes > 0 ? { text: `${gibCell(overBytes)} GiB more than the GPU has`, bytes: overBytes } : null;
}

/** More GPUs than this are counted, not named. */
const MAX_NAMED_GPUS = 8;

/** `l4-24gb, h100-80gb-sxm`, or `84 of 86 GPUs` where so many would be a wall of names. */
export function gpuNames(names: readonly string[], all: number): string {
  if (names.length <= MAX_NAMED_GPUS) return names.join(', ');
  return names.length === all ? `all ${all} GPUs shown` : `${names.length} of ${all} GPUs`;
}

/** Of what may fail, the message is the one of the case that it does. */
const IF_NOT = '; if it does not fit, the message is';

/** What the engine would say or what happens to it, once for all targets of which that is the same. */
export interface Explanation {
  readonly verdict: Verdict;
  readonly phrase: string;
  /** Who speaks in the message, to be put behind the phrase: the engine where it stops with a text, else Headroom. */
  readonly speaker: string;
  readonly targets: readonly string[];
  readonly message: string;
}

/**
 * The message where a target that counts does not fit, and why a verdict is unknown, gravest first. Targets that are shown
 * for information are left to the table, but where the engine refuses on every one of them: then there is none. Where all of
 * them fail the largest says why: it is no matter of size.
 */
export function explanations(result: DeploymentResult): Explanation[] {
  if (!runsOnGpu(result)) return [];
  const { targets } = result;
  const groups = new Map<string, TargetResult[]>();
  const refused = targets.every(({ estimate }) => estimate.memory === null);
  const roomiest = targets.every(({ gated, estimate }) => !gated && estimate.verdict === 'fails')
    ? targets.toSorted((a, b) => b.target.gpu.visibleBytes - a.target.gpu.visibleBytes)[0]
    : null;
  for (const one of targets) {
    const { verdict, stage, message } = one.estimate;
    if (message === null || !(one.gated || verdict === 'unknown' || refused || one === roomiest)) continue;
    const key = JSON.stringify([verdict, stage, message]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()]
    .flatMap((group) => {
      const estimate = group[0]?.estimate;
      if (!estimate) return [];
      const { verdict, message, quotesEngine } = estimate;
      return [
        {
          verdict,
          phrase: verdictPhrase(estimate),
          speaker: verdict === 'tight' ? IF_NOT : verdict === 'fails' && quotesEngine ? '; the engine would say' : '',
          targets: group.map(({ target }) => targetName(target)),
          message: message ?? '',
        },
      ];
    })
    .sort((a, b) => BY_GRAVITY.indexOf(a.verdict) - BY_GRAVITY.indexOf(b.verdict));
}

/** Findings that say more than the verdicts do. */
export function ownFindings({ findings }: DeploymentResult): readonly Finding[] {
  return findings.filter((finding) => !restates(finding));
}

/** Findings on files, but for the launches that could not be read, which every output lists themselves. */
export function fileFindings({ findings }: Report): readonly Finding[] {
  return findings.filter(({ rule }) => rule !== notReadable.id);
}

/** What to do about the verdicts where no recommendation says it. */
export function remedies({ findings, recommendation }: DeploymentResult): readonly string[] {
  return recommendation ? [] : [...new Set(findings.filter(restates).map(({ remedy }) => remedy))];
}

/** What is assumed, and what else a reader should know: each once, with the targets it holds for when they are not all. */
export function notesOf(result: DeploymentResult): readonly string[] {
  const { targets } = result;
  // The finding on the version says it with its place and what to do.
  const told = versionIsTold(result);
  const holders = new Map<string, TargetResult[]>();
  for (const one of targets) {
    for (const note of one.estimate.notes) {
      if (!(told && isVersionNote(note))) holders.set(note, [...(holders.get(note) ?? []), one]);
    }
  }
  const estimated = targets.filter(({ estimate }) => estimate.memory !== null);
  const counted = estimated.length > 0 ? estimated : targets;
  return [...holders].map(([note, held]) =>
    counted.every((one) => held.includes(one))
      ? note
      : `${gpuNames(
          held.map(({ target }) => targetName(target)),
          targets.length,
        )}: ${note}`,
  );
}

/** Whether a finding says what a verdict says. */
export function restates({ rule }: Finding): boolean {
  return rules.find(({ id }) => id === rule)?.restates !== undefined;
}

/** A finding that does not count, with why. One that puts a verdict into words needs no more than its rule beside the verdict. */
export function waivedText({ finding, why }: Waived): string {
  const { rule, place, message } = finding;
  return restates(finding) ? `${rule}: ${why}` : `${rule}, ${place.file}:${place.line}: ${message} (${why})`;
}

/** Behind what is said in full: that it does not count, and why. */
export function notCounting(why: string): string {
  return `(does not count: ${why})`;
}

/** `, facts from …` behind a model; nothing where other things kept it from being looked up. */
export function factsOf({ device, unresolved }: Deployment, source: string | null): string {
  if (source !== null) return `, facts from ${source}`;
  return device === 'gpu' && unresolved.length === 0 ? ', about which nothing is known' : '';
}

/** `llama.cpp`, not `llamacpp`: what people call the engine of a launch. */
export function engineTitle({ engine }: Deployment): string {
  return engines.find(({ id }) => id === engine.id)?.title ?? engine.id;
}

/** Whether a finding tells that the version is not stated, with the reason, so that a heading need not. */
export function versionIsTold({ deployment, findings }: DeploymentResult): boolean {
  return deployment.engine.version === null && findings.some(({ rule }) => rule === engineVersionUnknown.id);
}
