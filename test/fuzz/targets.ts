import fc from 'fast-check';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { check } from '../../src/check.ts';
import type { Deployment } from '../../src/deployment.ts';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { parseFacts } from '../../src/models/facts/parse.ts';
import { parseGguf } from '../../src/models/gguf/header.ts';
import { headerLength, parseSafetensors } from '../../src/models/safetensors.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/parse.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { mappedFile } from '../../src/syntax/mapped-text.ts';
import { readShell } from '../../src/syntax/shell/index.ts';
import type { SourceFile } from '../../src/text.ts';
import { engineTargets } from '../engines/invariants.ts';
import { ggufHeader } from '../hub/gguf-file.ts';
import { answerTargets } from './answers.ts';
import { bounded, type FuzzTarget, promise } from './target.ts';
import { spoilt, spoiltBytes, spoiltFile } from './texts.ts';

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);
const alone = { engines, read: (): null => null };

/** Values of the types that the interface names, at places inside the file. */
function promiseSound(deployments: readonly Deployment[], file: SourceFile): void {
  for (const { arguments: args, model, environment, line, name } of deployments) {
    promise(Number.isSafeInteger(line) && line >= 1, `${name} stands on line ${line}`);
    promise(model === null || typeof model.value === 'string', `the model is a ${typeof model?.value}`);
    for (const { value } of environment.values()) promise(typeof value === 'string', 'a variable that is no text');
    for (const [key, { value, place, name: own }] of args) {
      promise(key === own, `${key} is stored as ${own}`);
      promise(value !== undefined && typeof value !== 'function', `${key} is ${typeof value}`);
      if (place.file === file.path)
        promise(
          place.start >= 0 && place.start <= place.end && place.end <= file.text.length,
          `${key} stands outside the file`,
        );
    }
  }
  promise(!('polluted' in {}), 'the prototype of all objects was changed');
}

const shellPiece = fc.constantFrom(
  ...[
    [
      'vllm',
      'serve',
      'sglang',
      'llama-server',
      'docker run',
      'exec',
      'bash -c',
      'eval',
      'for x in',
      'do',
      'done',
      'if',
      'then',
      'fi',
    ],
    [
      '"',
      "'",
      '`',
      '$(',
      ')',
      '$((',
      '))',
      '${X:-',
      '}',
      '$X',
      '$1',
      '"$@"',
      '\\\n',
      '\n',
      ';',
      '&&',
      '|',
      '&',
      '(',
      '{ ',
      ' }',
    ],
    [
      '<<EOF',
      'EOF',
      '>',
      'X=',
      'X+=(',
      'A=(',
      '"${A[@]}"',
      '--max-model-len',
      '=',
      '8192',
      '#',
      'case',
      'esac',
      '[[',
      ']]',
      '*',
      '~',
      '!',
    ],
  ].flat(),
);

const configs = modelData.configs as readonly Readonly<Record<string, unknown>>[];
const model = models.find('Qwen/Qwen3-8B');
const facts = JSON.stringify({ headroom: 1, models: { 'a/b': { config: configs[0], tensors: { BF16: 1 } } } });
const gguf = ggufHeader({ 'general.architecture': 'llama', words: ['a'], 'llama.block_count': 2 }, { a: [12, 256, 2] });
const policies = [
  'version: 1\ngpus: [l4, {gpu: a100-80gb-pcie, count: 2}]\nfail-on: [fails]\nrules: {not-readable: off}\nmodels: {/models/x: Qwen/Qwen3-8B}\n',
  'version: 1\ngpus:\n  - gpu: l4\n    count: 4\n    memory-gib: 20\npaths: ["serving/**"]\nignore: ["**/*.md"]\nengine-versions: {vllm: 0.19.0}\n',
];

function checked(file: SourceFile) {
  return check({
    files: [file],
    read: () => null,
    list: () => [],
    policy: defaultPolicy(),
    hardware,
    models,
    version: '0.0.0',
  });
}

/** Everything that reads what it did not write. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'formats',
    property: bounded(fc.tuple(spoiltFile), ([file]) => promiseSound(extractAll([file], alone).deployments, file)),
  },
  {
    name: 'edits',
    property: bounded(
      fc.tuple(spoiltFile, fc.nat(), fc.constantFrom(4321, 0.87, 'fp8', true)),
      ([file, which, value]) => {
        const { deployments } = extractAll([file], alone);
        const deployment = deployments[which % Math.max(1, deployments.length)];
        const names = [...(deployment?.arguments.keys() ?? [])];
        const name = names[which % Math.max(1, names.length)];
        if (!deployment || name === undefined) return;
        const edits = editArgument(deployment, name, value, alone, new Map([[file.path, file]]));
        if ('reason' in edits) return;
        const again = extractAll([{ path: file.path, text: applyEdits(file.text, edits) }], alone).deployments;
        promise(
          again.some((one) => one.name === deployment.name && one.arguments.get(name)?.value === value),
          `${name} was edited to ${value}, and reads otherwise`,
        );
      },
    ),
  },
  {
    name: 'check',
    property: bounded(fc.tuple(spoiltFile), ([file]) => {
      const report = checked(file);
      const json: unknown = JSON.parse(renderJson(report));
      const parsed = reportSchema.safeParse(json);
      promise(
        parsed.success,
        `the report is not of its schema: ${parsed.success ? '' : parsed.error.message.slice(0, 300)}`,
      );
      const terminal = renderTerminal(report, { colour: false, width: 100 } as Parameters<typeof renderTerminal>[1]);
      promise(
        // oxlint-disable-next-line no-control-regex -- what must not be there
        !/[\0-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E]/.test(terminal),
        'a control character reaches the terminal',
      );
      promise(!/<script/i.test(renderMarkdown(report)), 'a tag reaches the comment');
    }),
  },
  {
    name: 'shell',
    property: bounded(
      fc.tuple(fc.array(shellPiece, { maxLength: 60 }), fc.constantFrom(' ', '')),
      ([pieces, between]) => {
        const file = { path: 'a.sh', text: `#!/bin/sh\n${pieces.join(between)}` };
        readShell(mappedFile(file));
        promiseSound(extractAll([file], alone).deployments, file);
      },
    ),
  },
  {
    name: 'arguments',
    property: bounded(
      fc.tuple(
        fc.constantFrom(...engines),
        fc.array(
          fc.oneof(shellPiece, fc.string({ maxLength: 20 }), fc.constantFrom('--tp', '-c', '-ngl', '{"a": 1}', '--x=')),
          { maxLength: 20 },
        ),
      ),
      ([engine, texts]) => {
        const words = texts.map((text) => ({ text: mappedFile({ path: 'a', text }), unresolved: null }));
        engine.recognise(words);
        engine.parseWords(words, 'serve');
        engine.parseSettings(
          texts.map((key, index) => ({
            key,
            value: texts[index + 1] ?? null,
            place: { file: 'a', line: 1, column: 1, start: 0, end: 0 },
            unresolved: null,
          })),
          true,
        );
      },
    ),
  },
  {
    name: 'policy',
    property: bounded(fc.tuple(spoilt(policies)), ([text]) => {
      const parsed = parsePolicy({ path: '.github/headroom.yml', text }, hardware);
      if ('problems' in parsed) promise(parsed.problems.length > 0, 'refused without a word');
    }),
  },
  {
    name: 'model-config',
    property: bounded(
      fc.tuple(
        fc.constantFrom(...configs),
        fc.array(fc.tuple(fc.nat(), fc.oneof(fc.jsonValue(), fc.constantFrom(0, -1, 1e300, '', null, [], {}))), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.constantFrom(...hardware.gpus),
      ),
      ([config, changes, gpu]) => {
        const keys = Object.keys(config);
        const made = architectureOf({
          ...config,
          ...Object.fromEntries(changes.map(([at, value]) => [keys[at % keys.length] ?? '', value])),
        });
        if ('problem' in made || !model) return;
        const target = { gpu, count: null, visibleBytes: null, takenByOthersBytes: 0, origin: 'config' as const };
        const own = { ...model, architecture: made };
        for (const engine of engines) {
          const { memory } = engine.estimate({
            engineVersion: null,
            arguments: {},
            environment: {},
            model: own,
            drafter: null,
            target,
          });
          for (const [name, quantity] of Object.entries(memory ?? {})) {
            if (typeof quantity !== 'object' || quantity === null || !('low' in quantity)) continue;
            const { low, value, high } = quantity as { low: number; value: number; high: number };
            promise([low, value, high].every(Number.isFinite), `${engine.id}: ${name} is ${low} ${value} ${high}`);
            promise(low <= value && value <= high, `${engine.id}: ${name} lies outside its interval`);
          }
        }
      },
    ),
  },
  { name: 'gguf', property: bounded(fc.tuple(spoiltBytes(gguf)), ([bytes]) => void parseGguf(bytes)) },
  {
    name: 'safetensors',
    property: bounded(fc.tuple(fc.json(), fc.uint8Array({ minLength: 8, maxLength: 32 })), ([text, noise]) => {
      const body = Buffer.concat([Buffer.from(text), noise]);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(body.length));
      headerLength(noise);
      headerLength(length);
      parseSafetensors(text, noise.length);
      parseSafetensors(body.toString('latin1'), null);
    }),
  },
  {
    name: 'facts-file',
    property: bounded(
      fc.tuple(spoilt([facts])),
      ([text]) => void parseFacts({ path: '.github/headroom.facts.json', text }),
    ),
  },
  ...engineTargets,
  ...answerTargets,
];
