import { z } from 'zod';

/** Keys that a mapping at a path of a schema may have; none where no mapping with keys of its own stands there. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let here = branchesOf(schema);
  for (const part of path) here = here.flatMap((one) => childrenOf(one, part)).flatMap(branchesOf);
  const keys = here.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));
  return [...new Set(keys)];
}

/** What a schema may be once its defaults, transformations and alternatives are taken apart. */
function branchesOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(branchesOf);
  if (schema instanceof z.ZodPipe) return branchesOf(schema.in);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return branchesOf(schema.unwrap());
  return [schema];
}

function childrenOf(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  const child: z.core.$ZodType | undefined =
    schema instanceof z.ZodObject && Object.hasOwn(schema.shape, part) ? schema.shape[String(part)] : undefined;
  return child ? [child] : [];
}
