import manifest from '../package.json' with { type: 'json' };

/** Headroom's own version; package.json is the one place that states it. */
export const VERSION = manifest.version;
