import type { Deployment, Located, Unsupported } from '../deployment.ts';
import { FILLED } from '../syntax/template-mask.ts';
import type { Place } from '../text.ts';

/** How a template is told of: its format, what stands at a place, and what to call what has no name of its own. */
export interface Shown {
  readonly format: string;
  written(text: string, place: Place): string;
  nameOf(deployment: Deployment): string;
}

/** A deployment in the words of the template itself: what is filled in is neither known nor named. */
export function shownDeployment(deployment: Deployment, { format, written, nameOf }: Shown): Deployment {
  const { engine, gpuRequest, model } = deployment;
  const known = <T>(one: Located<T> | null): Located<T> | null => (one && isWhole(String(one.value)) ? one : null);
  const source = engine.versionSource?.replace(new RegExp(`${FILLED}+`, 'g'), '{{ … }}') ?? null;
  return {
    ...deployment,
    format,
    name: isWhole(deployment.name) ? deployment.name : nameOf(deployment),
    engine: { ...engine, versionSource: source },
    model: known(model),
    unresolved: deployment.unresolved.map((one) => ({
      ...one,
      text: one.text.includes(FILLED) ? written(one.text, one.place) : one.text,
    })),
    environment: new Map([...deployment.environment].filter(([, { value }]) => isWhole(value))),
    gpuRequest: { ...gpuRequest, name: known(gpuRequest.name) },
  };
}

/** A launch that cannot be read, in the words of the template. */
export function shownUnsupported(one: Unsupported, format: string, name: string): Unsupported {
  return { ...one, format, name: isWhole(one.name) ? one.name : name };
}

function isWhole(text: string): boolean {
  return !text.includes(FILLED);
}
