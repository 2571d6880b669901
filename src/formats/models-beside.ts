import type { Deployment } from '../deployment.ts';
import type { Engine } from '../engines/engine.ts';
import { placeOf, type SourceFile } from '../text.ts';
import { firstOf } from '../syntax/unread.ts';

/** Models of one server that are looked at. */
const MAX_MODELS = 10;

/**
 * Servers that are started without a model and get it by a command beside them (`ollama serve & ollama pull MODEL`), in the same
 * file: one launch for each model, since each is loaded in turn.
 */
export function withModelsBeside(
  deployments: readonly Deployment[],
  file: SourceFile,
  engines: readonly Engine[],
): readonly Deployment[] {
  return deployments.flatMap((deployment) => {
    const engine = engines.find(({ id }) => id === deployment.engine.id);
    const named = deployment.model !== null || deployment.unresolved.some(({ name }) => name === 'model');
    if (named || !engine?.modelsIn) return [deployment];
    const found = new Map(engine.modelsIn(file.text).map((one) => [one.value, one]));
    if (found.size === 0) return [deployment];
    return firstOf([...found.values()], MAX_MODELS, 'models of one server', ({ start }) =>
      placeOf(file, start, start),
    ).map(({ value, start, end }, index) => ({
      ...deployment,
      name: index === 0 ? deployment.name : `${deployment.name} ${value}`,
      model: { value, place: placeOf(file, start, end) },
    }));
  });
}
