import { loadHardware } from '../hardware/gpus.ts';
import type { HardwareCatalogue } from '../hardware/lookup.ts';
import type { ModelCatalogue } from '../models/catalogue.ts';
import { loadModels } from '../models/catalogue.ts';

/** What the program carries about GPUs and models. */
export function loadCatalogues(): { readonly hardware: HardwareCatalogue; readonly models: ModelCatalogue } {
  return { hardware: loadHardware(), models: loadModels() };
}
