import modelData from '../catalogue/models.json' with { type: 'json' };
import { loadHardware } from '../hardware/gpus.ts';
import type { HardwareCatalogue } from '../hardware/lookup.ts';
import { makeModelCatalogue, type ModelCatalogue } from '../models/catalogue.ts';

/** What the program carries about GPUs and models. */
export function loadCatalogues(): { readonly hardware: HardwareCatalogue; readonly models: ModelCatalogue } {
  return { hardware: loadHardware(), models: makeModelCatalogue(modelData) };
}
