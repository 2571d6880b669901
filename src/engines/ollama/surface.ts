import type { Argument, ArgumentValue, Device, Located } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import type { Engine, ImageVersion, ParsedArguments, RecognisedCommand, Setting } from '../engine.ts';
import { nothingRead } from '../read-arguments.ts';

/** How Ollama is started, and where it is told what to load: a model's name, its Modelfile, variables (docs: faq, modelfile). */
export const ollamaSurface = {
  recognise,
  packages: [],
  ownsImage: (image: string): boolean => /(?:^|\/)ollama(?:\/ollama)?(?:[:@]|$)/.test(image.toLowerCase()),
  versionOfImage,
  deviceOf: (image: string | null): Device => (/[-:]cpu(?:$|-)/.test(image ?? '') ? 'cpu' : 'gpu'),
  parseWords,
  modelsIn,
  parseSettings,
  argumentOfVariable: (variable: string): string | null => ofVariable(variable),
  knowsArgument: (key: string): boolean => ARGUMENTS.get(key.replaceAll('-', '_'))?.own === true,
  affectsMemory: (name: string): boolean => ARGUMENTS.has(name),
  printArgument: (name: string, value: ArgumentValue): readonly string[] => [
    `${VARIABLE}${name.toUpperCase()}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ],
} satisfies Partial<Engine>;

const VARIABLE = 'OLLAMA_';

interface OllamaArgument {
  readonly kind: 'int' | 'flag' | 'text';
  /** Where it is set: in a Modelfile's PARAMETER, or as a variable of the server (`OLLAMA_` in front). */
  readonly where: 'parameter' | 'variable';
  /** A name that nobody else uses. */
  readonly own: boolean;
}

/** What changes how much Ollama takes of the GPU (envconfig/config.go, api/types.go Runner). */
const ARGUMENTS: ReadonlyMap<string, OllamaArgument> = new Map([
  ['num_ctx', { kind: 'int', where: 'parameter', own: true }],
  ['num_batch', { kind: 'int', where: 'parameter', own: true }],
  ['num_gpu', { kind: 'int', where: 'parameter', own: true }],
  ['main_gpu', { kind: 'int', where: 'parameter', own: false }],
  ['context_length', { kind: 'int', where: 'variable', own: false }],
  ['num_parallel', { kind: 'int', where: 'variable', own: false }],
  ['max_loaded_models', { kind: 'int', where: 'variable', own: false }],
  ['kv_cache_type', { kind: 'text', where: 'variable', own: false }],
  ['flash_attention', { kind: 'flag', where: 'variable', own: false }],
  ['gpu_overhead', { kind: 'int', where: 'variable', own: false }],
  ['sched_spread', { kind: 'flag', where: 'variable', own: false }],
  ['llm_library', { kind: 'text', where: 'variable', own: false }],
] satisfies [string, OllamaArgument][]);

function ofVariable(variable: string): string | null {
  if (!variable.startsWith(VARIABLE)) return null;
  const name = variable.slice(VARIABLE.length).toLowerCase();
  return ARGUMENTS.get(name)?.where === 'variable' ? name : null;
}

/** `ollama pull MODEL` and `ollama run MODEL`, a variable's default in place of the variable; not in comments. */
function modelsIn(text: string): { value: string; start: number; end: number }[] {
  const found: { value: string; start: number; end: number; run: boolean }[] = [];
  for (const match of text
    .slice(0, 1_000_000)
    .matchAll(/\bollama[ \t]+(pull|run)[ \t]+\\?["']?(?:\$\{\w{1,60}:?-)?([\w.:/-]{2,120})/g)) {
    const [whole, action, value = ''] = match;
    const line = text.slice(text.lastIndexOf('\n', match.index) + 1, match.index);
    if (/#|\becho\b|\bprintf\b/.test(line) || !/^[a-z0-9]/i.test(value)) continue;
    const end = match.index + whole.length;
    found.push({ value, start: end - value.length, end, run: action === 'run' });
  }
  const runs = found.filter(({ run }) => run);
  return (runs.length > 0 ? runs : found).map(({ value, start, end }) => ({ value, start, end }));
}

const NOT_A_LAUNCH =
  /^(?:echo|printf|cat|e?grep|fgrep|rg|pgrep|pkill|killall|kill|ps|awk|sed|which|type|command|man|systemctl|service|journalctl|pip3?|brew|apt|apt-get|curl|wget|test|\[|\[\[)$/;

function recognise(words: readonly Word[]): RecognisedCommand | null {
  const texts = words.map(({ text }) => text.text);
  if (NOT_A_LAUNCH.test(texts[0] ?? '')) return null;
  for (let index = 0; index < texts.length; index++) {
    if (!/(?:^|[/\\])ollama(?:\.exe)?$/.test(texts[index] ?? '')) continue;
    const action = texts[index + 1] ?? '';
    if (action === 'serve' || action === 'start') return { argumentsStart: index + 2, entrypoint: 'serve' };
    if (action === 'run') return { argumentsStart: index + 2, entrypoint: 'run' };
  }
  return null;
}

/** `ollama/ollama:0.12.3`, `0.12.3-rocm`. */
function versionOfImage(image: string): ImageVersion | null {
  const bare = image.slice(0, 1_000).trim().toLowerCase().split('@')[0] ?? '';
  if (!/(?:^|\/)ollama(?:\/ollama)?(?::|$)/.test(bare)) return null;
  const colon = bare.lastIndexOf(':');
  const tag = colon > bare.lastIndexOf('/') ? bare.slice(colon + 1) : '';
  const version = /^v?(0\.\d{1,3}\.\d{1,3}(?:-rc\d{1,2})?)(?:-|$)/.exec(tag)?.[1] ?? null;
  return { version, by: null, published: true };
}

/** `ollama run MODEL [PROMPT] [flags]`; `serve` has no arguments. */
function parseWords(words: readonly Word[], entrypoint: string): ParsedArguments {
  const read = nothingRead();
  const model = entrypoint === 'run' ? words.find(({ text }) => !text.text.startsWith('-')) : undefined;
  if (!model) return { model: null, ...read };
  const place = placeOfMapped(model.text);
  if (model.unresolved === null) return { model: { value: model.text.text, place }, ...read };
  read.unresolved.push({ name: 'model', text: model.text.text, reason: model.unresolved, place });
  return { model: null, ...read };
}

function parseSettings(settings: readonly Setting[], strict: boolean): ParsedArguments {
  const read = nothingRead();
  let model: Located<string> | null = null;
  for (const { key, value, place, unresolved } of settings) {
    const name = key.replaceAll('-', '_').toLowerCase();
    if (name === 'model' && typeof value === 'string' && unresolved === null) model = { value, place };
    const argument = ARGUMENTS.get(name);
    if (!argument) {
      if (strict && name !== 'model') {
        const message = `Ollama does not read the key '${key.slice(0, 80)}'.`;
        read.problems.push({ code: 'ignored-argument', message, remedy: 'Correct the spelling, or remove it.', place });
      }
      continue;
    }
    if (unresolved !== null) {
      read.unresolved.push({ name, text: String(value), reason: unresolved, place });
      continue;
    }
    const parsed = valueOf(argument, value);
    if (parsed === undefined) {
      const message = `${name} cannot be '${String(value).slice(0, 80)}'.`;
      read.problems.push({ code: 'invalid-value', message, remedy: 'Write a whole number.', place });
    }
    const one: Argument = { name, value: parsed === undefined ? value : parsed, place, source: 'config' };
    read.arguments.set(name, one);
  }
  return { model, ...read };
}

function valueOf({ kind }: OllamaArgument, value: ArgumentValue): ArgumentValue | undefined {
  if (kind === 'text' || typeof value === 'boolean') return value;
  const text = String(value).trim();
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  if (kind !== 'flag') return undefined;
  // Go's strconv.ParseBool.
  return /^(?:true|t)$/i.test(text) ? true : /^(?:false|f)$/i.test(text) ? false : undefined;
}
