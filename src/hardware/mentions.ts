import { baseName, type SourceFile } from '../text.ts';
import { findGpu, type HardwareCatalogue } from './lookup.ts';
import { instanceKeyOf } from './names.ts';

/** A cloud instance with GPUs that a file of the repository names, where it does so first. */
export interface InstanceMention {
  readonly type: string;
  /** Id of its GPU. */
  readonly gpu: string;
  readonly count: number;
  readonly file: string;
  readonly line: number;
}

/** Files that set up machines; prose names instances to compare them. */
const INFRASTRUCTURE = /\.(?:tf|tfvars|hcl|bicep|ya?ml|json|jinja2?|j2|tpl|sh|py|ts|go|toml|env)$/i;
/** Whole lines of comments, in the languages of such files. */
const COMMENT = /^\s*(?:#|\/\/|\*|--)/;
/** Instance types are shorter (`Standard_ND96isr_MI300X_v5`). */
const WORD = /[A-Za-z0-9][\w.-]{3,39}/g;

/** The instances with GPUs that the repository's infrastructure names, each once, in the order of the files. */
export function instancesNamed(files: readonly SourceFile[], catalogue: HardwareCatalogue): InstanceMention[] {
  const types = new Set(catalogue.instances.map(({ type }) => instanceKeyOf(type)));
  const found = new Map<string, InstanceMention>();
  for (const { path, text } of files) {
    if (!INFRASTRUCTURE.test(baseName(path))) continue;
    for (const [at, line] of text.split('\n').entries()) {
      if (COMMENT.test(line)) continue;
      for (const [word] of line.matchAll(WORD)) {
        const type = instanceKeyOf(word);
        const match = types.has(type) && !found.has(type) ? findGpu(word, catalogue) : null;
        if (match && 'gpu' in match)
          found.set(type, { type: word, gpu: match.gpu.id, count: match.count ?? 1, file: path, line: at + 1 });
      }
    }
  }
  return [...found.values()];
}
