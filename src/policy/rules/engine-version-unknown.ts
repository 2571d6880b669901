import { launchPlace } from './place.ts';
import type { Rule } from './rule.ts';

export const engineVersionUnknown: Rule = {
  id: 'engine-version-unknown',
  severity: 'info',
  what: 'Nothing states which version of the engine runs: no image tag, no exact requirement, a moving tag such as `latest`, or an own image.',
  why: 'The same flags leave up to 5 GiB more or less for the KV cache from one version to another; the newest is assumed.',
  remedy: 'Pin the image tag or the installed version, or name the version under `engine-versions` in the policy.',
  check({ deployment, engine: read, policy }) {
    const { engine } = deployment;
    if (engine.version !== null || policy.engineVersions.has(engine.id)) return [];
    const why = engine.versionSource === null ? '' : `: ${engine.versionSource}`;
    const written = engine.versionPlace?.file === deployment.file ? engine.versionPlace : null;
    return [
      {
        place: written ?? launchPlace(deployment),
        message: `The version of ${read?.title ?? engine.id} is not stated${why}; the newest known one is assumed.`,
        remedy: deployment.format === 'command-line' ? 'Name it with --engine-version.' : this.remedy,
      },
    ];
  },
};
