import { posix } from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';
import { describe, expect, it } from 'vitest';
import { filesUnder, textOf } from './source-files.ts';

/** The only folders that may touch the disk, the network, the clock, the environment, the terminal or a browser. */
const EDGES = ['hub', 'github', 'action', 'cli', 'page'];
/** Packages that compute and nothing else. */
const PURE_PACKAGES = ['yaml', 'zod', 'minimatch', 'unbash', '@lezer/python', 'fastest-levenshtein'];
/** Ways out that need no import. */
const IMPURE_OBJECTS = ['process', 'globalThis', 'console', 'performance', 'crypto', 'navigator'];
const IMPURE_CALLS = ['fetch', 'require', 'eval', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];
const IMPURE_MEMBERS = ['Date.now', 'Math.random'];

const folderOf = (path: string): string => (path.split('/').length > 2 ? (path.split('/')[1] ?? '') : '');
const sources = filesUnder('src').filter((path) => path.endsWith('.ts'));
const pure = sources.filter((path) => !EDGES.includes(folderOf(path)));

/** Every module that a file names, and every way in which it reaches outside without one. */
function reachOf(path: string, text: string): { imports: string[]; reaches: string[] } {
  const imports: string[] = [];
  const reaches: string[] = [];
  const { program, errors } = parseSync(path, text);
  expect(errors, path).toEqual([]);
  new Visitor({
    ImportDeclaration: ({ source }) => void imports.push(source.value),
    ExportNamedDeclaration: ({ source }) => void (source && imports.push(source.value)),
    ExportAllDeclaration: ({ source }) => void imports.push(source.value),
    ImportExpression: ({ source }) =>
      void imports.push(source.type === 'Literal' ? String(source.value) : 'a computed name'),
    MetaProperty: ({ meta, property }) => void (meta.name === 'import' && reaches.push(`import.${property.name}`)),
    CallExpression: ({ callee }) =>
      void (callee.type === 'Identifier' && IMPURE_CALLS.includes(callee.name) && reaches.push(callee.name)),
    NewExpression: ({ callee, arguments: args }) =>
      void (callee.type === 'Identifier' && callee.name === 'Date' && args.length === 0 && reaches.push('new Date')),
    MemberExpression: ({ object, property }) => {
      if (object.type !== 'Identifier') return;
      if (IMPURE_OBJECTS.includes(object.name)) reaches.push(object.name);
      const member = property.type === 'Identifier' ? `${object.name}.${property.name}` : '';
      if (IMPURE_MEMBERS.includes(member)) reaches.push(member);
    },
  }).visit(program);
  return { imports, reaches };
}

describe('the reader of imports', () => {
  it('finds the imports of every kind', () => {
    const text = `import a from 'one';\nimport type { b } from "two";\nexport * from 'three';\nexport { c } from 'four';\nimport 'five';\nconst d = import('six');`;
    expect(reachOf('a.ts', text).imports).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
  });

  it('finds what reaches outside without one, and nothing else', () => {
    const outside =
      'process.env.HOME; fetch(url); Date.now(); console.log(1); new Date(); import.meta.url; globalThis.x';
    expect(reachOf('a.ts', outside).reaches.toSorted()).toEqual(
      ['process', 'fetch', 'Date.now', 'console', 'new Date', 'import.meta', 'globalThis'].toSorted(),
    );
    expect(reachOf('a.ts', "const text = 'process.env'; /* fetch(url) */ a.process; new Date(0)").reaches).toEqual([]);
  });
});

/** What is wrong with an import of a pure file, or null. */
function offenceOf(path: string, specifier: string): string | null {
  if (!specifier.startsWith('.'))
    return PURE_PACKAGES.includes(specifier) ? null : `${specifier} is not a pure package`;
  const target = posix.join(posix.dirname(path), specifier);
  // The manifest states the version; it is data like the catalogue.
  if (target === 'package.json') return null;
  if (EDGES.includes(folderOf(target))) return `${specifier} is an edge`;
  return /^src\/.*\.(ts|json)$/.test(target) ? null : `${specifier} lies outside src`;
}

describe('everything outside the edges is pure', () => {
  it.each(pure)('%s', (path) => {
    const { imports, reaches } = reachOf(path, textOf(path));
    const offences = imports.map((specifier) => offenceOf(path, specifier)).filter((one) => one !== null);
    expect([...offences, ...reaches]).toEqual([]);
  });
});

describe('each outside world is known to one edge', () => {
  it.each([
    ['action', /^@actions\/core$/],
    ['github', /^@(actions\/github|octokit\/)/],
  ])('%s', (edge, packages) => {
    const users = sources.filter((path) =>
      reachOf(path, textOf(path)).imports.some((specifier) => packages.test(specifier)),
    );
    expect([...new Set(users.map(folderOf))]).toEqual([edge]);
  });

  it('hub, the only one that fetches', () => {
    const users = sources.filter((path) => reachOf(path, textOf(path)).reaches.includes('fetch'));
    expect([...new Set(users.map(folderOf))]).toEqual(['hub']);
  });

  it('hub, whose code is loaded only by who asks', () => {
    const loaders = sources.filter((path) => folderOf(path) !== 'hub');
    const importsOf = (path: string): string[] =>
      textOf(path)
        .split('\n')
        .filter((line) => /^(?:import|export) (?!type )/.test(line) && line.includes('/hub/'));
    expect(loaders.flatMap(importsOf)).toEqual([]);
  });
});
