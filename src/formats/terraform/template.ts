import type { HclExpression } from '../../syntax/hcl/expression.ts';
import type { HclTemplate } from '../../syntax/hcl/template.ts';
import type { YamlValue } from '../../syntax/yaml.ts';
import { isOpen, open, type Scope } from './scope.ts';
import { filledText, interpolated, joined, partText, scalar } from './values.ts';

/** Texts and values of one template. */
const MAX_PARTS = 1_000;

/** A text with its values put in; a template that is nothing but one value is that value. */
export function templateValue(template: HclTemplate, scope: Scope): YamlValue {
  const { file, module } = scope;
  const [only] = template.parts;
  if (template.style === 'quoted' && template.parts.length === 1 && only?.kind === 'value') {
    const value = scope.evaluate(only.value, scope);
    if (value.kind !== 'scalar' || value.value === null || isOpen(value)) return value;
    return scalar(file, template, interpolated(value.text, file, only, template.style));
  }
  if (template.parts.length > MAX_PARTS) return open(template, scope, 'it holds more values than any text');
  let branch: number | null = null;
  const parts = template.parts.flatMap((part) => {
    if (part.kind === 'text') return [partText(file, part, template.style)];
    if (part.kind === 'directive') {
      if (part.word === 'if' || part.word === 'for') branch ??= part.end;
      else if (part.word.startsWith('end') && branch !== null) {
        const reason = 'it stands in a branch of the template';
        module.reasons.push({ file: file.path, start: branch, end: part.start, reason });
        branch = null;
      }
      return [];
    }
    const value = scope.evaluate(part.value, scope);
    if (value.kind === 'scalar' && !isOpen(value) && value.value !== null)
      return [interpolated(value.text, file, part, template.style)];
    const { start, end } = part;
    if (value.kind !== 'scalar') open(part, scope, 'it is a list or a mapping in the middle of a text');
    else if (value.value === null) open(part, scope, 'it is null');
    else noteAround(part, part.value, scope);
    return [filledText(file, { start, end })];
  });
  return scalar(file, template, joined(file, template, parts));
}

/** The reason for an expression holds for the marks around it too. */
function noteAround(part: { start: number; end: number }, value: HclExpression, { file, module }: Scope): void {
  const known = module.reasons.findLast(
    (one) => one.file === file.path && one.start < value.end && value.start < one.end,
  );
  const reason = known?.reason ?? 'it is worked out when it is applied';
  module.reasons.push({ file: file.path, start: part.start, end: part.end, reason });
}
