import { setSecret } from '@actions/core';
import type { Client } from '../github/client.ts';
import { readAt } from '../github/files.ts';
import type { Hub } from '../hub/client.ts';
import { FACTS_PATH, type FactsFile } from '../models/facts/file.ts';
import { parseFacts } from '../models/facts/parse.ts';
import type { Policy } from '../policy/policy.ts';
import type { Environment } from './environment.ts';
import type { Inputs } from './inputs.ts';

/** The committed facts file of the base: like the policy, a pull request cannot write its own. */
export async function factsAt(
  client: Client,
  { repository }: Environment,
  baseSha: string,
): Promise<FactsFile | null | { readonly problem: string }> {
  const file = await readAt(client, repository, FACTS_PATH, baseSha);
  return file === null ? null : parseFacts(file);
}

/** The Hub that this run may ask, or null: the input decides, else the policy, and by default nothing is fetched. */
export async function hubOf(
  inputs: Inputs,
  policy: Policy,
  environment: Environment,
): Promise<{ readonly hub: Hub; readonly notes: readonly string[] } | null | { readonly problem: string }> {
  if (!(inputs.hub ?? policy.hub.ask)) return null;
  const token = inputs.hubToken ?? environment.hubToken;
  if (token !== null) setSecret(token);
  const { hubSettings } = await import('../hub/settings.ts');
  const made = hubSettings({
    policy: policy.hub,
    endpoint: environment.hubEndpoint,
    token,
    cacheFolder: inputs.hubCache,
    // It comes from the base branch.
    trustsPolicy: true,
  });
  if ('problem' in made) return made;
  const { openHub } = await import('../hub/client.ts');
  return { hub: openHub(made.settings), notes: made.notes };
}
