import { readPython } from '../../syntax/python/index.ts';
import { entryOf, type PythonValue } from '../../syntax/python/values.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, foldersFrom, inFolder } from '../../paths.ts';

/** Folders in which a module is looked for: the program's own, and those above it. */
const MAX_FOLDERS = 4;
/** `settings.engine.model` */
const MAX_NAMES = 4;

/**
 * A constant of another module of the repository (`from config import MODEL`, `config.MODEL`, `settings.model`), with its place there;
 * the value itself where it is none.
 */
export function fromModule(value: PythonValue, file: SourceFile, { read }: Pick<FormatContext, 'read'>): PythonValue {
  if (value.kind !== 'reference' || !/^[A-Za-z_][\w.]{0,200}$/.test(value.path)) return value;
  const parts = value.path.split('.');
  for (let count = Math.min(parts.length - 1, 6); count >= 1; count--) {
    const names = parts.slice(count);
    if (names.length > MAX_NAMES) continue;
    const module = parts.slice(0, count).join('/');
    for (const folder of foldersFrom(folderOf(file.path), MAX_FOLDERS)) {
      const base = inFolder(folder, module);
      const found = read(`${base}.py`) ?? read(`${base}/__init__.py`);
      const constant = found && found.path !== file.path ? constantOf(found, names) : null;
      if (constant) return constant;
    }
  }
  return value;
}

function constantOf(file: SourceFile, [name, ...attributes]: readonly string[]): PythonValue | null {
  const module = readPython(file);
  let value = module.names.get(name ?? '') ?? null;
  for (const attribute of attributes) {
    if (value === null) return null;
    value = value.kind === 'dict' ? (entryOf(value, attribute)?.value ?? null) : module.attribute(value, attribute);
  }
  const isConstant =
    (value?.kind === 'text' && value.open.length === 0) || value?.kind === 'number' || value?.kind === 'bool';
  return isConstant ? value : null;
}
