import { type HclAttribute, type HclBlock, readHcl } from '../../syntax/hcl/index.ts';
import type { HclExpression } from '../../syntax/hcl/expression.ts';
import type { YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, inFolder } from '../../paths.ts';

/** An expression and the file it stands in. */
export interface Written {
  readonly file: SourceFile;
  readonly expression: HclExpression;
}

export interface Resource {
  readonly file: SourceFile;
  readonly block: HclBlock;
}

/** What the files of one folder define together. */
export interface Module {
  readonly folder: string;
  readonly files: readonly SourceFile[];
  /** Values that whoever calls the module gives to its variables. */
  readonly given: ReadonlyMap<string, YamlValue>;
  /** Values of variables: what a file of values sets, else the default; null for one that has none. */
  readonly variables: ReadonlyMap<string, Written | null>;
  readonly locals: ReadonlyMap<string, Written>;
  /** Resources by `type.name`, data sources by `data.type.name`. */
  readonly resources: ReadonlyMap<string, Resource>;
  /** Why what stands at a place is open, by file and offset; filled while values are worked out. */
  readonly reasons: Reason[];
  /** Values that were worked out, so that each is worked out once; null while it is being done. */
  readonly known: Map<string, YamlValue | null>;
  readonly budget: { left: number };
  /** Calls of modules that lead here. */
  readonly calls: number;
  /** Values that `jsonencode` makes a text of. */
  readonly encoded: WeakSet<YamlValue>;
  read(path: string): SourceFile | null;
}

export interface Reason {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

/** Files of one module. */
const MAX_FILES = 60;
/** Values that are worked out for one file. */
const MAX_EVALUATED = 40_000;
/** Where people put what a module defines, for whoever cannot list a folder. */
const USUAL_NAMES = ['main.tf', 'variables.tf', 'vars.tf', 'locals.tf', 'outputs.tf', 'terraform.tf', 'versions.tf'];
/** Files of values that Terraform reads by itself, in its order: later ones win. */
const VALUES = /^terraform\.tfvars$|\.auto\.tfvars$/;

/** The module that a file belongs to: all files of its folder that Terraform reads together. */
export function moduleOf(file: SourceFile, context: Pick<FormatContext, 'read' | 'list'>): Module {
  return moduleIn(folderOf(file.path), [file], new Map(), context);
}

/** The module of a folder with what it is called with; its own files of values do not count then. */
export function moduleIn(
  folder: string,
  own: readonly SourceFile[],
  given: ReadonlyMap<string, YamlValue>,
  context: Pick<FormatContext, 'read' | 'list'>,
): Module {
  const isCalled = own.length === 0;
  const pathOf = (name: string): string => inFolder(folder, name);
  const listed = context.list?.(folder) ?? [...USUAL_NAMES, 'terraform.tfvars'];
  const known = new Set(own.map(({ path }) => path));
  const names = listed.filter((name) => /\.(?:tf|tofu)$/.test(name) && !known.has(pathOf(name))).slice(0, MAX_FILES);
  const files = [...own, ...names.flatMap((name) => context.read(pathOf(name)) ?? [])];
  const variables = new Map<string, Written | null>();
  const locals = new Map<string, Written>();
  const resources = new Map<string, Resource>();
  for (const one of files) {
    for (const block of readHcl(one)?.blocks ?? []) {
      const [first = '', second = ''] = block.labels;
      if (block.type === 'locals') {
        for (const { name, value } of block.body.attributes) locals.set(name, { file: one, expression: value });
      } else if (block.type === 'variable') {
        const value = attributeOf(block, 'default')?.value;
        variables.set(first, value ? { file: one, expression: value } : null);
      } else if (block.type === 'resource') resources.set(`${first}.${second}`, { file: one, block });
      else if (block.type === 'data') resources.set(`data.${first}.${second}`, { file: one, block });
    }
  }
  const values = listed.filter((name) => VALUES.test(name)).toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  for (const name of isCalled ? [] : values.slice(0, MAX_FILES)) {
    const set = context.read(pathOf(name));
    for (const { name: variable, value } of (set && readHcl(set)?.attributes) ?? []) {
      if (set && variables.has(variable)) variables.set(variable, { file: set, expression: value });
    }
  }
  return {
    folder,
    given,
    files,
    variables,
    locals,
    resources,
    reasons: [],
    known: new Map(),
    budget: { left: MAX_EVALUATED },
    calls: 0,
    encoded: new WeakSet(),
    read: (path) => context.read(path),
  };
}

function rank(name: string): number {
  return name === 'terraform.tfvars' ? 0 : 1;
}

export function attributeOf({ body }: HclBlock, name: string): HclAttribute | null {
  return body.attributes.find((one) => one.name === name) ?? null;
}
