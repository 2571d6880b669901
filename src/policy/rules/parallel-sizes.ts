import type { Architecture } from '../../models/architecture.ts';
import { argumentPlace, argumentValues } from './place.ts';
import type { Remark, Rule, RuleInput } from './rule.ts';

export const unevenParallelism: Rule = {
  id: 'uneven-parallelism',
  severity: 'warning',
  what: 'A parallel size that does not divide what it spreads: attention heads, KV heads or experts.',
  why: 'The engine refuses to start, keeps copies of heads, or loads one GPU more than the others.',
  remedy: 'Use a size that divides it.',
  check(input) {
    const { deployment, model } = input;
    if (model === null) return [];
    const tensor = tensorSize(input);
    const remarks: Remark[] = [];
    const say = (argument: string, message: string, sizes: readonly number[]): void => {
      const remedy = sizes.length > 0 ? `Sizes that divide: ${sizes.join(', ')}.` : this.remedy;
      remarks.push({ place: argumentPlace(deployment, argument), subject: argument, message, remedy });
    };
    const { attentionHeads, kvHeads, latentAttention, moe } = model.architecture;
    const name = tensorArgument(input);
    if (name !== null && tensor > 1) {
      const fitting = dividing(model.architecture);
      if (attentionHeads > 0 && attentionHeads % tensor !== 0)
        say(name, `${attentionHeads} attention heads cannot be spread evenly over ${tensor} GPUs.`, fitting);
      else if (!latentAttention && kvHeads > 0 && tensor > kvHeads && tensor % kvHeads !== 0)
        say(name, `${kvHeads} KV heads cannot be copied evenly to ${tensor} GPUs.`, fitting);
      else if (!latentAttention && kvHeads > 0 && tensor <= kvHeads && kvHeads % tensor !== 0)
        say(name, `${kvHeads} KV heads cannot be spread evenly over ${tensor} GPUs.`, fitting);
    }
    const spread = input.engine?.expertRanks?.(argumentValues(deployment)) ?? null;
    if (moe && spread && moe.experts % spread.value !== 0)
      say(spread.argument, `${moe.experts} experts are spread unevenly over ${spread.value} GPUs.`, []);
    return remarks;
  },
};

export const unevenStages: Rule = {
  id: 'uneven-pipeline-stages',
  severity: 'info',
  what: 'The number of stages does not divide the layers.',
  why: 'One stage holds more layers than the others: its GPUs are the fullest, and the others wait for it.',
  remedy: 'Nothing, where the fullest stage fits; else a number of stages that divides the layers.',
  check(input) {
    const name = input.engine?.stagesArgument;
    const stages = name === undefined ? 1 : sizeOf(input, name);
    const layers = input.model?.architecture.layers.length ?? 0;
    if (name === undefined || stages <= 1 || layers % stages === 0) return [];
    const message = `${layers} layers make uneven stages of ${stages}; the fullest decides.`;
    return [{ place: argumentPlace(input.deployment, name), subject: name, message, remedy: this.remedy }];
  },
};

export const gpusLeftIdle: Rule = {
  id: 'gpus-left-idle',
  severity: 'warning',
  what: 'The config asks for more GPUs than its parallel sizes use.',
  why: 'The others are paid for and stay empty, while the model is squeezed into a part of them.',
  remedy: 'Spread the model over all of them, or ask for fewer.',
  check(input) {
    const { deployment, targets } = input;
    const { count, nodes } = deployment.gpuRequest;
    const known = targets.filter(({ estimate }) => estimate.memory !== null);
    const used = Math.max(0, ...known.map(({ estimate }) => estimate.gpusNeeded));
    if (count === null || used === 0 || count.value * nodes <= used) return [];
    const name = tensorArgument(input);
    const asked = count.value * nodes;
    const message = `Asks for ${asked} GPUs and uses ${used} of them.`;
    const remedy = name === null ? this.remedy : `Set ${name}, or ask for ${used}.`;
    return [{ place: count.place, message, remedy }];
  },
};

/** The argument by which an engine spreads a model over GPUs, or null. */
function tensorArgument({ engine }: RuleInput): string | null {
  return Object.keys(engine?.spread(2) ?? {})[0] ?? null;
}

function tensorSize(input: RuleInput): number {
  const name = tensorArgument(input);
  return name === null ? 1 : sizeOf(input, name);
}

function sizeOf({ deployment }: RuleInput, name: string): number {
  const value = deployment.arguments.get(name)?.value;
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 1;
}

/** Usual sizes over which a model's heads go evenly. */
function dividing({ attentionHeads, kvHeads, latentAttention }: Architecture): number[] {
  const even = (size: number): boolean => kvHeads % size === 0 || (size > kvHeads && size % kvHeads === 0);
  return [1, 2, 4, 8, 16].filter(
    (size) => attentionHeads % size === 0 && (latentAttention !== null || kvHeads === 0 || even(size)),
  );
}
