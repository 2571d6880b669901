import type { Architecture } from '../architecture.ts';
import { architectureOf } from './config.ts';
import { recordOf, type Fields } from './fields.ts';

/** A config of only those fields that its architecture was computed from, and the names of the others. */
interface UsedFields {
  readonly config: Fields;
  /** Dotted paths of what was left out (`text_config.bos_token_id`), sorted. */
  readonly leftOut: readonly string[];
}

/**
 * Leaves out of a config whatever computing it does not ask for. The fields are not listed anywhere: they are those
 * that the code asks for, so that the two cannot come apart.
 */
export function usedFields(config: Fields): UsedFields {
  const asked = new Set<string>();
  architectureOf(watched(config, '', asked));
  const leftOut: string[] = [];
  const kept = keepAsked(config, '', asked, leftOut);
  return { config: kept, leftOut: leftOut.sort() };
}

/**
 * The architecture of a config that was cut down to its used fields. A later version may ask for a field that was left
 * out, and must not take it for absent.
 */
export function architectureOfUsed({ config, leftOut }: UsedFields): Architecture | { readonly problem: string } {
  const asked = new Set<string>();
  const made = architectureOf(watched(config, '', asked));
  const missing = leftOut.find((path) => asked.has(path) || asked.has(`${parentOf(path)}*`));
  if (missing === undefined) return made;
  return { problem: `it was locked by a version of Headroom that left out ${missing}, which this one needs.` };
}

/** The object with every name that is asked of it noted, below too: `a.b` for a field, `a.*` for all of an object. */
function watched(fields: Fields, path: string, asked: Set<string>): Fields {
  return new Proxy(fields, {
    get(target, key) {
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) {
        if (typeof key === 'string') asked.add(path + key);
        return undefined;
      }
      asked.add(path + key);
      const inner = recordOf(target[key]);
      return inner ? watched(inner, `${path}${key}.`, asked) : target[key];
    },
    has(target, key) {
      asked.add(path + String(key));
      return Object.hasOwn(target, key);
    },
    getOwnPropertyDescriptor(target, key) {
      asked.add(path + String(key));
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    ownKeys(target) {
      asked.add(`${path}*`);
      return Reflect.ownKeys(target);
    },
  });
}

function keepAsked(fields: Fields, path: string, asked: ReadonlySet<string>, leftOut: string[]): Fields {
  const kept: [string, unknown][] = [];
  const whole = asked.has(`${path}*`);
  for (const [key, value] of Object.entries(fields)) {
    if (!whole && !asked.has(path + key)) {
      leftOut.push(path + key);
      continue;
    }
    const inner = recordOf(value);
    kept.push([key, inner ? keepAsked(inner, `${path}${key}.`, asked, leftOut) : value]);
  }
  return Object.fromEntries(kept);
}

/** `a.b.` of `a.b.c`. */
function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.') + 1);
}
