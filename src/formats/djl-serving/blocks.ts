import type { GpuRequest, Located } from '../../deployment.ts';
import { mappedFile, placeOfMapped } from '../../syntax/mapped-text.ts';
import { type Property, readProperties } from '../../syntax/properties.ts';
import { at, readYaml, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { exceeds, placeOfValue } from '../../syntax/unread.ts';

/** Properties of one launch, and what the file that holds them says beside them. */
export interface PropertyBlock {
  readonly properties: readonly Property[];
  readonly name: string | null;
  readonly image: Located<string> | null;
  readonly gpuRequest: GpuRequest;
}

const NO_GPU: GpuRequest = { name: null, count: null, nodes: 1 };
const MAX_VALUES = 20_000;
/** `serving.properties: |` in the configs of benchmarks and deployments. */
export const BLOCK = /^[ \t-]*["']?serving\.properties["']?[ \t]*:[ \t]*[|>]/m;

/** The properties that a file is, or those that its blocks called `serving.properties` hold. */
export function blocksOf(file: SourceFile): readonly PropertyBlock[] {
  if (!BLOCK.test(file.text)) {
    const properties = readProperties(mappedFile(file));
    return properties && properties.length > 0 ? [{ properties, name: null, image: null, gpuRequest: NO_GPU }] : [];
  }
  const yaml = readYaml(file);
  if ('reason' in yaml) return [];
  const found: PropertyBlock[] = [];
  let seen = 0;
  const visit = (value: YamlValue): void => {
    if (value.kind === 'scalar' || exceeds(++seen, MAX_VALUES, 'values', () => placeOfValue(value))) return;
    if (value.kind === 'sequence') for (const item of value.items) visit(item);
    else
      for (const entry of value.entries) {
        if (entry.key === 'serving.properties' && entry.value.kind === 'scalar') {
          const properties = readProperties(entry.value.text);
          if (properties && properties.length > 0) found.push({ properties, ...besides(value) });
        } else visit(entry.value);
      }
  };
  for (const document of yaml.documents) visit(document);
  return found;
}

function besides(value: YamlValue): Omit<PropertyBlock, 'properties'> {
  const said = (key: string): Located<string> | null => {
    const found = at(value, key);
    if (found?.kind !== 'scalar' || typeof found.value !== 'string') return null;
    return { value: found.text.text, place: placeOfMapped(found.text) };
  };
  return {
    name: said('name')?.value ?? null,
    image: said('image_uri') ?? said('image'),
    gpuRequest: { name: said('instance_type') ?? said('instanceType'), count: null, nodes: 1 },
  };
}
