import type { Argument, ArgumentValue, Deployment } from '../deployment.ts';
import type { TextEdit } from '../edit.ts';
import { type MappedText, sliceMapped } from '../syntax/mapped-text.ts';
import { optionAt } from './edit.ts';
import type { Site, SitePart } from './edit-site.ts';

/**
 * The edit that writes a value where a variable is used that others use too, so that its definition stays as it is; null
 * where the value is not all that one variable stands for.
 */
export function editAtUse(deployment: Deployment, name: string, value: ArgumentValue): readonly TextEdit[] | null {
  const site = deployment.site as Site;
  const argument = deployment.arguments.get(name);
  if (site === null || !argument || (typeof value === 'object' && value !== null)) return null;
  const holder = site.kind === 'parts' ? site.parts.find((part) => part.holds.has(name)) : { site, twins: [] };
  if (!holder || holder.twins.length > 0) return null;
  const text = valueText(holder.site, argument);
  const [segment, ...others] = text?.segments ?? [];
  const use = segment?.use;
  if (!segment || !use || others.length > 0 || segment.text !== use.text) return null;
  const newText = use.encode(typeof value === 'string' ? value : JSON.stringify(value));
  return newText === null ? null : [{ file: use.file.path, start: use.start, end: use.end, newText }];
}

/** The text of an argument's value, without the option that it belongs to. */
function valueText(site: SitePart['site'], { name, place }: Argument): MappedText | null {
  switch (site.kind) {
    case 'words': {
      const option = optionAt(site, place);
      if (!option) return null;
      const { flag, value } = option;
      const equals = flag.text.text.indexOf('=');
      if (value) return value.text;
      return equals === -1 ? null : sliceMapped(flag.text, equals + 1, flag.text.text.length);
    }
    case 'settings': {
      const entry = site.entries.get(name);
      return entry?.value.kind === 'scalar' ? entry.value.text : null;
    }
    case 'json':
    case 'variables':
      return site.values.get(name) ?? null;
    case 'new-list':
      return null;
  }
}
