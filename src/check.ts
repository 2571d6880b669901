import type { HardwareCatalogue } from './hardware/lookup.ts';
import type { ModelCatalogue } from './models/catalogue.ts';
import type { Policy } from './policy/policy.ts';
import type { Report } from './report/report.ts';
import type { SourceFile } from './text.ts';

/** All that a check depends on; the edges gather it. */
export interface CheckInput {
  /** Candidate files. What is not a serving config is passed over. */
  readonly files: readonly SourceFile[];
  /** Any other file of the repository (config.json of a model, an `.env`), or null. */
  read(path: string): SourceFile | null;
  readonly policy: Policy;
  readonly hardware: HardwareCatalogue;
  readonly models: ModelCatalogue;
  /** Headroom's own version, for the report. */
  readonly version: string;
}

export type Check = (input: CheckInput) => Report;
