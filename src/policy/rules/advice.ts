import { gib } from '../../bytes.ts';
import type { Written } from '../../engines/engine.ts';
import { targetName } from '../../hardware/gpu.ts';
import { parametersOf } from '../../models/parameters.ts';
import type { TargetResult } from '../../report/report.ts';
import { argumentPlace, argumentValues, launchPlace } from './place.ts';
import type { Rule, RuleInput } from './rule.ts';

const BILLION = 1e9;
/** Steps inside the window beyond which the arithmetic leaves no doubt. */
const SURE_STEPS = 3;

export const budgetOutsideBand: Rule = {
  id: 'budget-outside-band',
  severity: 'info',
  what: 'The share of the GPU that the engine may take is outside what is advised for its kind of deployment, and the arithmetic does not settle it: the value lies within three steps of the edge of its window, or nothing can be computed.',
  why: 'Drafting and large models take more outside the budget than a start shows; the rules of thumb of the memory guide leave room for that.',
  remedy: 'Write a value inside the band, or switch the rule off where you measured better.',
  options: {
    'large-billions': { standard: 70, what: 'Parameters, in billions, from which a model counts as large.' },
  },
  check(input, options) {
    const { deployment, engine } = input;
    const budget = engine?.budget;
    const written = budget && deployment.arguments.get(budget.argument)?.value;
    if (!budget?.advised || typeof written !== 'number') return [];
    const kind = kindOf(input, options['large-billions'] ?? Infinity);
    const [low, high] = budget.advised[kind];
    if (written >= low && written <= high) return [];
    const gated = input.targets.filter((result) => result.gated);
    if (gated.every((result) => isSettled(result, low, high))) return [];
    const what = { usual: 'a plain deployment', speculative: 'speculative decoding', large: 'a model of this size' }[
      kind
    ];
    const message = `${budget.argument} ${written} is outside the ${low}–${high} advised for ${what}.`;
    const [first] = gated.flatMap(({ window }) => (window ? [window.text] : []));
    const remedy = first === undefined ? this.remedy : `Computed here: ${first}.`;
    return [{ place: argumentPlace(deployment, budget.argument), subject: budget.argument, message, remedy }];
  },
};

function kindOf(input: RuleInput, largeBillions: number): 'usual' | 'speculative' | 'large' {
  const { model } = input;
  if (model && parametersOf(model.architecture).total >= largeBillions * BILLION) return 'large';
  return (draftedTokens(input)?.value ?? 0) > 0 ? 'speculative' : 'usual';
}

/**
 * Whether the arithmetic goes before the rule of thumb: it knows the window, and the value lies well inside it, or outside,
 * which another rule says better, or no value of the band lies in it.
 */
function isSettled({ estimate, window }: TargetResult, low: number, high: number): boolean {
  if (!window) return estimate.memory !== null;
  if (window.low === null || window.high === null) return true;
  const { current, step } = window;
  if (current < window.low || current > window.high || low > window.high || high < window.low) return true;
  const margin = SURE_STEPS * step - 1e-9;
  return current - window.low >= margin && window.high - current >= margin;
}

export const manySpeculativeTokens: Rule = {
  id: 'many-speculative-tokens',
  severity: 'info',
  what: 'More tokens are drafted per step than is advised.',
  why: 'Each drafted token takes a slot in every batch and memory in verification, and later ones are seldom accepted.',
  remedy: 'Draft fewer tokens, unless you measured that the later ones are accepted.',
  options: { most: { standard: 3, what: 'Drafted tokens per step up to which nothing is said.' } },
  check(input, { most = Infinity }) {
    const drafted = draftedTokens(input);
    if (drafted === null || !(drafted.value > most)) return [];
    const message = `${drafted.value} tokens are drafted per step; ${most} are advised.`;
    return [{ place: argumentPlace(input.deployment, drafted.argument), message, remedy: this.remedy }];
  },
};

function draftedTokens({ deployment, engine, targets }: RuleInput): Written | null {
  if (engine?.drafts) return engine.drafts(argumentValues(deployment));
  const counts = targets.map(({ estimate }) => Number(estimate.effective['num_speculative_tokens'] ?? 0));
  return { argument: 'speculative_config', value: Math.max(0, ...counts) };
}

/** Tables of one vocabulary are padded differently from size to size (Qwen2.5: 151,936 and 152,064 rows). */
const PADDING_FRACTION = 0.01;

export const drafterAtOdds: Rule = {
  id: 'drafter-at-odds',
  severity: 'warning',
  what: 'The draft model does not go with the model: another vocabulary, or no smaller than the model itself.',
  why: 'Drafts of another vocabulary are refused or never accepted; a drafter as large as its target only costs.',
  remedy: 'Name a smaller model of the same family, or a drafter that was trained for this model.',
  check({ deployment, model, drafter }) {
    if (model === null || drafter === null) return [];
    const place = argumentPlace(deployment, 'speculative_config');
    const [own, draft] = [model.architecture, drafter.architecture];
    // Heads that read the target's hidden states may keep a vocabulary of their own and map it.
    const standalone = draft.drafter === null || draft.drafter.method === 'draft_model';
    const remarks = [];
    if (standalone && Math.abs(own.vocabSize - draft.vocabSize) > own.vocabSize * PADDING_FRACTION) {
      const message = `The draft model's vocabulary has ${draft.vocabSize} entries, the model's ${own.vocabSize}.`;
      remarks.push({ place, subject: 'vocabulary', message, remedy: this.remedy });
    }
    if (standalone && parametersOf(draft).total >= parametersOf(own).total) {
      const message = 'The draft model is no smaller than the model that it drafts for.';
      remarks.push({ place, subject: 'size', message, remedy: this.remedy });
    }
    return remarks;
  },
};

export const eagerWithoutNeed: Rule = {
  id: 'eager-without-need',
  severity: 'info',
  what: 'CUDA graphs are switched off although everything fits with them.',
  why: 'Without graphs every decoding step pays for its launches; the memory that they take is there.',
  remedy: 'Take the option out, unless it works round a fault of the model or the driver.',
  check({ deployment, engine, fitsWith, targets }) {
    return (engine?.knobs ?? []).flatMap(({ argument, kind }) => {
      if (kind !== 'graphs' || deployment.arguments.get(argument)?.value !== true) return [];
      if (!targets.some(({ gated }) => gated) || !fitsWith(argument, false)) return [];
      const message = `${argument} is on, and everything fits without it.`;
      return [{ place: argumentPlace(deployment, argument), subject: argument, message, remedy: this.remedy }];
    });
  },
};

export const allocatorSetting: Rule = {
  id: 'allocator-setting',
  severity: 'info',
  what: "A setting of PyTorch's allocator that contradicts itself, is not read, or would help where the fit is tight.",
  why: 'Fragments of freed blocks add up to memory that is there and cannot be used; segments that grow leave none.',
  remedy: 'Set PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True.',
  check({ deployment, engine, targets }) {
    const names = engine?.allocatorVariables ?? [];
    const set = names.flatMap((name) => {
      const found = deployment.environment.get(name);
      return found ? [{ name, ...found }] : [];
    });
    const [first, second] = set;
    if (first && second && first.value !== second.value) {
      const message = `${first.name} and ${second.name} say different things; only one of them is read.`;
      return [{ place: second.place, subject: second.name, message, remedy: 'Keep one.' }];
    }
    if (first) {
      const wrong = first.value.split(',').find((part) => !/^\s*[a-z_]+\s*:\s*\S+\s*$/.test(part));
      if (wrong === undefined) return [];
      const message = `${first.name} '${first.value.slice(0, 80)}' is not written as key:value pairs with commas between.`;
      return [{ place: first.place, subject: first.name, message, remedy: 'Write expandable_segments:True.' }];
    }
    const tight = targets.find(({ gated, target, estimate: { verdict, stage } }) => {
      const late = stage === 'serving' || stage === 'graph_capture' || stage === 'profile';
      return gated && verdict === 'tight' && late && target.gpu.vendor === 'nvidia';
    });
    const [name] = names;
    if (!tight?.estimate.memory || name === undefined) return [];
    const free = tight.estimate.memory.freeBytes.low;
    const room = free < 0 ? `up to ${gib(-free)} may be missing` : `as little as ${gib(free)} may stay free`;
    const message = `On ${targetName(tight.target)} ${room}, and ${name} is not set.`;
    return [
      { place: launchPlace(deployment), subject: name, message, remedy: `Set ${name}=expandable_segments:True.` },
    ];
  },
};
