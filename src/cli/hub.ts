import { isAbsolute, join } from 'node:path';
import type { Progress } from '../hub/client.ts';
import type { Ask } from '../models/asker.ts';
import type { HubPolicy } from '../policy/policy.ts';
import { terminalText } from '../report/escape.ts';
import type { Arguments } from './args.ts';
import type { Surroundings, UsageProblem } from './surroundings.ts';

/** The Hub of one command, with what it tells the terminal. */
export interface CommandHub {
  /** Runs a job until it asks for nothing new, and says on the terminal what was fetched. */
  settle<T>(job: (ask: Ask) => T): Promise<T>;
}

/**
 * The Hub that this call may ask, or null for none: `--offline` always wins, else `--hub` or the policy must ask for it.
 * The code behind it is loaded only then.
 * @param always whether the command is about the Hub, and needs no flag.
 */
export async function hubOf(
  args: Arguments,
  policy: HubPolicy,
  surroundings: Surroundings,
  always = false,
): Promise<CommandHub | null | UsageProblem> {
  const { env } = surroundings;
  const offline = args.values.has('offline') || /^(?:1|true|yes|on)$/i.test(env['HF_HUB_OFFLINE'] ?? '');
  if (args.values.has('hub') && args.values.has('offline'))
    return { problem: '--hub and --offline exclude each other', remedy: 'Keep one.' };
  if (offline || !(always || args.values.has('hub') || policy.ask)) return null;
  const { hubSettings } = await import('../hub/settings.ts');
  const made = hubSettings({
    policy,
    endpoint: env['HF_ENDPOINT'] || null,
    token: env['HF_TOKEN'] || env['HUGGING_FACE_HUB_TOKEN'] || null,
    cacheFolder: cacheFolderOf(env),
    // Whoever cloned a repository has not read its policy.
    trustsPolicy: false,
  });
  if ('problem' in made)
    return { problem: made.problem, remedy: 'Correct HF_ENDPOINT, HF_TOKEN or hub in the policy.' };
  for (const note of made.notes) surroundings.err(`headroom: ${terminalText(note)}\n`);
  const { openHub, withHub } = await import('../hub/client.ts');
  let models = 0;
  const hub = openHub(made.settings, (progress) => {
    models++;
    if (surroundings.progress) surroundings.err(progressLine(progress, hub.host));
  });
  return {
    async settle(job) {
      const started = performance.now();
      const result = await withHub(hub, job);
      if (models > 0) {
        const seconds = ((performance.now() - started) / 1_000).toFixed(1);
        const clear = surroundings.progress ? '\r\u001b[K' : '';
        surroundings.err(
          `${clear}headroom: asked ${hub.host} about ${models} model${models === 1 ? '' : 's'}: ${hub.requests} requests, ${seconds} s\n`,
        );
      }
      return result;
    },
  };
}

function progressLine({ done, all, id }: Progress, host: string): string {
  return `\r\u001b[Kheadroom: ${host} ${done} of ${all}: ${terminalText(id, 60)}`;
}

/** `HEADROOM_CACHE`, else where the system keeps caches, else none. */
function cacheFolderOf(env: Surroundings['env']): string | null {
  const own = env['HEADROOM_CACHE'];
  if (own) return own;
  const base = env['XDG_CACHE_HOME'] || env['LOCALAPPDATA'] || (env['HOME'] ? join(env['HOME'], '.cache') : '');
  return isAbsolute(base) ? join(base, 'headroom', 'hub') : null;
}
