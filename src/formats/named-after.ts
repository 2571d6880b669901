import type { Engine } from '../engines/engine.ts';
import { FILLED } from '../syntax/template-mask.ts';

/** What people put behind an engine's name to call a container, an image's variable or a section after it. */
const SUFFIX = /(?:server|engine|openai|serve|serving|inference|container|image|runtime|worker|decode|prefill)$/;
/** Names of engines that are not their ids. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['trtllm', 'tensorrtllm'],
  ['textgenerationinference', 'tgi'],
  ['llama', 'llamacpp'],
]);

/** The engine that something is called after (`vllm`, `vllm-server`, `VLLM_IMAGE`), and nothing else besides. */
export function engineOfName(name: string, engines: readonly Engine[]): Engine | null {
  let rest = name
    .slice(0, 60)
    .toLowerCase()
    .replace(/[^a-z]/g, '');
  for (let cut = rest.replace(SUFFIX, ''); cut !== rest && cut !== ''; cut = rest.replace(SUFFIX, '')) rest = cut;
  const id = ALIASES.get(rest) ?? rest;
  return engines.find((engine) => engine.id.replace(/[^a-z]/g, '') === id) ?? null;
}

/** Whether an image's name is put in by somebody else (`${VLLM_IMAGE}`, a template). */
export function isFilledIn(image: string): boolean {
  return image.includes(FILLED) || /\$\{?[A-Za-z_(]|\{\{/.test(image);
}
