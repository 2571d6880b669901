import type { Deployment } from '../deployment.ts';
import { placeOfMapped, sliceMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import { environmentArguments, ownArguments } from './environment-arguments.ts';
import type { LaunchContext, Start } from './launch.ts';
import { type WordsPart, wrappedDeployment } from './platform-launch.ts';

/** A launch by a program of somebody's own, which gets the engine's arguments as variables; null where these are no such thing. */
export function launchByVariables(start: Start, context: LaunchContext): Deployment | null {
  const { image, environment } = start;
  // An image that somebody publishes reads its own variables, and these are not among them.
  const isPublished = context.engines.some((engine) => image && engine.versionOfImage(image.value)?.published === true);
  if (isPublished) return null;
  for (const engine of context.engines) {
    const read = ownArguments(environment, engine) ?? environmentArguments(environment, engine);
    if (!read) continue;
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
        parts: [argumentText(environment), { kind: 'variables', values: read.values }],
      },
      context,
    );
  }
  return null;
}

/** Variables that hold arguments as one text; the variables named after arguments go before it. */
const ARGUMENTS = /^(?:(?:VLLM|ENGINE|SERVER|EXTRA)_)?(?:EXTRA_|ENGINE_|SERVE_)?ARGS$/;

function argumentText(environment: ReadonlyMap<string, Word>): WordsPart {
  const words = [...environment].flatMap(([name, { text, unresolved }]) => {
    if (!ARGUMENTS.test(name) || unresolved !== null) return [];
    return [...text.text.matchAll(/'[^']*'|"[^"]*"|\S+/g)].map((found) => {
      const quoted = /^(['"]).*\1$/s.test(found[0]) ? 1 : 0;
      const [start, end] = [found.index + quoted, found.index + found[0].length - quoted];
      return { text: sliceMapped(text, start, end), unresolved: null };
    });
  });
  return { kind: 'words', words, sequence: null, takesMore: words.length > 0 };
}
