import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';
import { llamaSwap, OUT_OF_REACH, OVER, SERVE, times, WITHIN } from './over-limits.ts';
import { filesUnder, textOf } from './source-files.ts';

/** Every limit of a reader, and a file that goes over it. What is beyond a limit must be said, or it is a false "fits". */
const sources = [...filesUnder('src/formats'), ...filesUnder('src/syntax')].filter((path) => path.endsWith('.ts'));

/** Limits that leave no part of a file unread, or leave open what is then shown as open: by file or folder, and name. */
const LEAVES_NOTHING: Readonly<Record<string, string>> = {
  'src/formats/ MAX_FOLDERS': 'folders in which a file is looked for; what one says that is not found is shown as open',
  'src/formats/version/': 'what states the version of an engine; a version that is not found is shown as unknown',
  'src/formats/container.ts MAX_CHARACTERS': 'variables that hold each other are shown as open',
  'src/formats/custom-resources/application-set.ts MAX_DEPTH': 'a field deeper than this keeps its braces and is shown',
  'src/formats/custom-resources/engine-resource.ts MAX_NODES': 'a number',
  'src/formats/docker-compose/layers.ts': 'keys of a service are not deeper',
  'src/formats/docker-compose/projects.ts MAX_FOLDERS': 'variables of a project that is not found are shown as open',
  'src/formats/docker-compose/projects.ts MAX_CHARACTERS': 'variables of a project that is not found are shown as open',
  'src/formats/docker-compose/projects.ts MAX_INCLUDERS': 'variables of a project that is not found are shown as open',
  'src/formats/docker-compose/run-command.ts': 'words that may stand in front of a program',
  'src/formats/docker-compose/runs.ts': 'without the script that starts it, a file is read by itself',
  'src/formats/docker-compose/services.ts MAX_INCLUDED': 'a service that is not found below another is read by itself',
  'src/formats/dockerfile/stages.ts MAX_INSTALLS': 'statements of versions',
  'src/formats/embedded/around.ts MAX_SECTIONS': 'a mapping of so many keys is a list by names, not a home of GPUs',
  'src/formats/embedded/keys.ts MAX_NAMES': 'names that are kept in memory',
  'src/formats/embedded/options.ts MAX_SHORTENED': 'options that may be unknown among known ones',
  'src/formats/embedded/settings.ts MAX_ENTRIES': 'a mapping of so many keys is a list by names',
  'src/formats/helm-template/': 'what is not put in stays a value of the template and is shown as open',
  'src/formats/helm-values/gpu-keys.ts MAX_NODES': 'a number',
  'src/formats/helm-values/own-values.ts': 'a value that grows stays a template and is shown as open',
  'src/formats/helm-values/template-keys.ts MAX_CHARACTERS': 'a template of that size is data',
  'src/formats/helm-values/units.ts MAX_DEPTH': 'what is deeper in values of a chart is Kubernetes’ own',
  'src/formats/known-by-options.ts MAX_SHORTENED': 'options that may be unknown among known ones',
  'src/formats/kserve/runtime-elsewhere.ts MAX_FILES':
    'a runtime that is not found is said by the service that names it',
  'src/formats/kubernetes/manifests-near.ts':
    'GPUs of a claim that is not found are not known, variables of a map that is not found are shown as open',
  'src/formats/kubernetes/config-maps-near.ts': 'variables of a map that is not found are shown as open',
  'src/formats/launch.ts MAX_IN_FRONT': 'words that one program may have in front of a shell',
  'src/formats/llama-swap/index.ts MAX_FOLDERS':
    'a script that is not found is said by the model whose command starts it',
  'src/formats/llama-swap/macros.ts': 'macros without end are shown as open',
  'src/formats/nodes.ts MAX_NODES': 'a number',
  'src/formats/other-languages.ts MAX_LINE': 'a line that is longer is no command that anyone wrote',
  'src/formats/python/modules.ts': 'what an import gives that is not found is shown as open',
  'src/formats/shell/starts.ts': 'words that may stand in front of a program',
  'src/formats/terraform/evaluate.ts': 'what is too long to follow is shown as open',
  'src/formats/terraform/functions.ts MAX_CHARACTERS': 'a file that is too large is shown as open',
  'src/formats/terraform/module.ts': 'a value that is not found is shown as open',
  'src/formats/terraform/scope.ts MAX_REASONS': 'reasons that are kept',
  'src/formats/terraform/template.ts MAX_PARTS': 'a text of so many parts is shown as open',
  'src/formats/terraform/values.ts MAX_CHARACTERS': 'a text that grows is shown as open',
  'src/syntax/batch/variables.ts MAX_CHARACTERS': 'a value that grows stays as it is written and is shown as open',
  'src/syntax/interpolation.ts': 'a value that grows is shown as open',
  'src/syntax/just/expressions.ts': 'a value that grows is shown as open',
  'src/syntax/just/index.ts MAX_PUT_IN_CHARACTERS': 'a value that grows is shown as open',
  'src/syntax/make/expansion.ts': 'a value that grows is shown as open',
  'src/syntax/powershell/words.ts MAX_CHARACTERS': 'a value that grows is shown as open',
  'src/syntax/python/access.ts MAX_PATH': 'the length of a name',
  'src/syntax/python/concat.ts MAX_CHARACTERS': 'a text that grows is shown as open',
  'src/syntax/python/expressions.ts MAX_TURNS': 'a long comprehension is shown as open',
  'src/syntax/python/invoke.ts MAX_FRAMES': 'what a deep call gives is shown as open',
  'src/syntax/python/loops.ts MAX_TURNS': 'a long loop is read once, its values shown as open',
  'src/syntax/python/plain.ts MAX_DEPTH': 'a deep value is not plain and is shown as open',
  'src/syntax/shell/ MAX_DEPTH': 'variables without end are shown as open',
  'src/syntax/shell/ MAX_VALUE_CHARACTERS': 'a value that grows is shown as open',
  'src/syntax/shell/certainty.ts':
    'a test that cannot be decided leaves all branches to be read; what is deeper is said where it is read',
  'src/syntax/shell/conditions.ts': 'a test that cannot be decided leaves all branches to be read',
  'src/syntax/shell/index.ts MAX_ASIDE':
    'beside so many variables a default decides nothing, and all branches are read',
  'src/syntax/shell/pieces.ts': 'a value that grows is one word; a command that is cut short says so by its last words',
};

/** Whether a key (a file or a folder, and a name) speaks of a limit. */
function speaksOf(key: string, path: string, name: string): boolean {
  const [where = '', own] = key.split(' ');
  return path.startsWith(where) && (own === undefined || own === name);
}

const NOTED = /\b(?:exceeds|firstOf)\((?:[^;]*?,\s*)?(MAX_\w+),\s*'([^']+)'/g;

/** The limits of a file that are noted when they strike: their names and what they count. */
function notedIn(text: string): { name: string; what: string }[] {
  return text
    .split(/(?=\b(?:exceeds|firstOf)\()/)
    .flatMap((call) => [...call.matchAll(NOTED)].slice(0, 1).map(([, name = '', what = '']) => ({ name, what })));
}

describe('a limit of a reader', () => {
  it.each(sources)('%s says what it leaves unread, or leaves nothing', (path) => {
    const text = textOf(path);
    const limits = [...text.matchAll(/^(?:export )?const (MAX_\w+) =/gm)].map(([, name = '']) => name);
    const noted = new Set(notedIn(text).map(({ name }) => name));
    const elsewhere = new Set(
      sources.flatMap((other) => (other === path ? [] : notedIn(textOf(other)).map(({ name }) => name))),
    );
    const silent = limits.filter((name) => {
      const isNoted = noted.has(name) || (text.includes(`export const ${name} `) && elsewhere.has(name));
      return !isNoted && !Object.keys(LEAVES_NOTHING).some((key) => speaksOf(key, path, name));
    });
    expect(silent).toEqual([]);
  });

  it.each(Object.keys(LEAVES_NOTHING))('%s is still there', (key) => {
    const names = sources.flatMap((path) =>
      [...textOf(path).matchAll(/^(?:export )?const (MAX_\w+) =/gm)].map(([, name = '']) => speaksOf(key, path, name)),
    );
    expect(names).toContain(true);
  });
});

const limits = [...new Set(sources.flatMap((path) => notedIn(textOf(path)).map(({ what }) => what)))].toSorted();

function readWith(path: string, text: string, others: Readonly<Record<string, string>> = {}) {
  const read = (one: string) => {
    const found = others[one];
    return found === undefined ? null : { path: one, text: found };
  };
  const folderOf = (one: string) => one.slice(0, Math.max(0, one.lastIndexOf('/')));
  const all = [path, ...Object.keys(others)];
  const list = (folder: string) =>
    all.filter((one) => folderOf(one) === folder).map((one) => one.slice(one.lastIndexOf('/') + 1));
  return extractAll([{ path, text }], { engines, read, list });
}

describe('a file that goes over a limit', () => {
  it.each(limits)('is known for: %s', (what) => {
    expect(OVER.some(([counted]) => counted === what) || Object.hasOwn(OUT_OF_REACH, what)).toBe(true);
  });

  it.each(OVER.map((one) => ({ what: one[0], one })))('says that it has more $what than are read', ({ what, one }) => {
    const [, path, text, others] = one;
    const { unsupported } = readWith(path, text, others);
    const reasons = unsupported.map(({ reason }) => reason);
    expect(reasons).toContainEqual(expect.stringMatching(new RegExp(`^Headroom reads [\\d,]+ ${what}\\b`)));
    expect(unsupported.every(({ remedy, place }) => remedy !== '' && place.file === path)).toBe(true);
  });

  it.each(WITHIN)('says nothing of %s that are as many as are read', (_what, path, text, count) => {
    const { deployments, unsupported } = readWith(path, text);
    expect(deployments).toHaveLength(count);
    expect(unsupported).toEqual([]);
  });

  it('points at the first launch that is not read', () => {
    const [one] = readWith('config.yaml', llamaSwap(501)).unsupported;
    // Two lines for each model behind the first line.
    expect(one?.place.line).toBe(1002);
  });

  it('says nothing where the rest speaks of no engine', () => {
    expect(readWith('run.sh', `${SERVE}\n${times(6_000, () => 'echo\n')}`).unsupported).toEqual([]);
  });
});
