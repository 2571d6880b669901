import { cachesOfModel, cachesOfStage, kvRules } from '../../../src/engines/vllm/cache-layers.ts';
import type { KvLayout, KvRules } from '../../../src/engines/vllm/kv-cache.ts';
import { kvLayout } from '../../../src/engines/vllm/kv-layout.ts';
import { launchOf, type Launch } from '../../../src/engines/vllm/launch.ts';
import { stagesOf } from '../../../src/engines/vllm/stages.ts';
import type { ModelFacts } from '../../../src/models/architecture.ts';
import { modelOf, targetOf, type Launch as Wanted } from './catalogue.ts';

export interface Asked extends Omit<Wanted, 'model'> {
  readonly model: string | ModelFacts;
  readonly environment?: Readonly<Record<string, string>>;
}

function resolve({ model, drafter, version = '0.19.0', gpu = 'h100:8', args = {}, environment = {} }: Asked) {
  return launchOf({
    engineVersion: version,
    arguments: args,
    environment,
    model: typeof model === 'string' ? modelOf(model) : model,
    drafter: drafter === undefined ? null : modelOf(drafter),
    target: targetOf(gpu),
  });
}

/** A launch that the configuration accepts. */
export function launched(asked: Asked): Launch {
  const launch = resolve(asked);
  if (!('version' in launch)) throw new Error(JSON.stringify(launch));
  return launch;
}

/** The configuration's refusal, or null. */
export function refused(asked: Asked): string | null {
  const launch = resolve(asked);
  return 'refusal' in launch ? launch.refusal : null;
}

export interface Cached {
  readonly layout: KvLayout;
  readonly rules: KvRules;
}

/** How the cache of one pipeline stage is laid out. */
export function cached(asked: Asked, index = 0): Cached {
  const launch = launched(asked);
  const rules = kvRules(launch);
  const stage = stagesOf(launch)[index];
  const layout = stage ? kvLayout(cachesOfStage(launch, stage), rules, cachesOfModel(launch)) : null;
  if (layout === null) throw new Error('no cache');
  return { layout, rules };
}
