import type { Deployment } from '../deployment.ts';
import { placeOfMapped } from '../syntax/mapped-text.ts';
import { environmentArguments } from './environment-arguments.ts';
import type { LaunchContext, Start } from './launch.ts';
import { wrappedDeployment } from './wrapped.ts';

/** A launch by a program of somebody's own, which gets the engine's arguments as variables; null where these are no such thing. */
export function launchByVariables(start: Start, context: LaunchContext): Deployment | null {
  const { image, environment } = start;
  for (const engine of context.engines) {
    const read = environmentArguments(environment, engine);
    // An image that somebody publishes reads its own variables, and these are not among them.
    if (!read || (image !== null && engine.versionOfImage(image.value)?.published === true)) continue;
    return wrappedDeployment(
      {
        file: placeOfMapped(start.anchor).file,
        format: start.format,
        name: start.name,
        anchor: start.anchor,
        engine,
        image,
        ...(start.installed && { installed: start.installed }),
        environment,
        gpuRequest: start.gpuRequest,
        model: read.model,
        parts: [{ kind: 'variables', values: read.values }],
      },
      context,
    );
  }
  return null;
}
