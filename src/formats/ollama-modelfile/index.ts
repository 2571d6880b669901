import type { ArgumentValue, Deployment } from '../../deployment.ts';
import type { TextEdit } from '../../edit.ts';
import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { type ModelfileEntry, readModelfile } from '../../syntax/modelfile.ts';
import { baseName, lineEndOf, type SourceFile } from '../../text.ts';
import { replaced } from '../edit-text.ts';
import type { CannotEdit, Extraction, Format, FormatContext } from '../format.ts';

/** Ollama's Modelfiles. */
export const ollamaModelfile: Format = {
  id: 'ollama-modelfile',
  title: 'Ollama Modelfiles',
  detect: ({ text, path }) => FIRST.test(text) && (SIGN.test(text) || /(?:^|[./_-])modelfile(?:$|[./_-])/i.test(path)),
  extract,
  edit,
};

/** FROM comes first, behind comments. */
const FIRST = /^\uFEFF?(?:[ \t]*(?:#[^\n]*|\r?)\n)*[ \t]*FROM[ \t]+\S/i;
/** Instructions that no Dockerfile has. */
const SIGN = /^[ \t]*(?:PARAMETER|TEMPLATE|SYSTEM|ADAPTER|LICENSE|MESSAGE|RENDERER|PARSER)[ \t]+\S/im;

function extract(file: SourceFile, { engines }: FormatContext): Extraction | null {
  const entries = readModelfile(file);
  const from = entries?.find(({ instruction }) => instruction === 'from');
  const engine = engineOf(engines);
  if (!entries || !from || !engine) return null;
  const place = placeOfMapped(from.value);
  const settings = parametersOf(entries, engine).map(({ name, value }) => ({
    key: name,
    value: value.text,
    place: placeOfMapped(value),
    unresolved: null,
  }));
  const open = /\$\{|\{\{|^<[^>]+>$/.test(from.value.text);
  const reason = 'it is a placeholder';
  const parsed = engine.parseSettings(settings, false);
  const deployment: Deployment = {
    file: file.path,
    line: place.line,
    format: 'ollama-modelfile',
    name: baseName(file.path),
    engine: { id: engine.id, version: null, versionSource: null, versionPlace: null },
    device: 'gpu',
    model: open ? null : { value: from.value.text, place },
    arguments: parsed.arguments,
    unresolved: open ? [{ name: 'model', text: from.value.text, reason, place }] : parsed.unresolved,
    problems: parsed.problems,
    environment: new Map(),
    gpuRequest: { name: null, count: null, nodes: 1 },
    site: null,
  };
  return { deployments: [deployment], unsupported: [] };
}

/** The engine whose parameters a Modelfile sets. */
function engineOf(engines: readonly Engine[]): Engine | undefined {
  return engines.find(({ knowsArgument }) => knowsArgument('num_ctx') && knowsArgument('num_gpu'));
}

/** The last of each parameter, which is the one that holds. */
function parametersOf(entries: readonly ModelfileEntry[], engine: Engine): ModelfileEntry[] {
  const last = new Map<string, ModelfileEntry>();
  for (const entry of entries) {
    if (entry.instruction === 'parameter' && engine.knowsArgument(entry.name)) last.set(entry.name, entry);
  }
  return [...last.values()];
}

function edit(
  _deployment: Deployment,
  argument: string,
  value: ArgumentValue | undefined,
  { engines }: FormatContext,
  file: SourceFile,
): readonly TextEdit[] | CannotEdit {
  const entries = readModelfile(file);
  const engine = engineOf(engines);
  if (!entries || !engine) return { reason: 'it is not written in a file' };
  const held = parametersOf(entries, engine).find(({ name }) => name === argument);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (held && value !== undefined) return replaced(held.value, text);
  if (held) return removed(file, held);
  if (value === undefined) return [];
  if (!engine.knowsArgument(argument))
    return { reason: 'a Modelfile has no parameter for it: it is set for the server' };
  const last = entries.findLast(({ instruction }) => instruction === 'parameter') ?? entries[0];
  if (!last) return { reason: 'there is no line that it could stand behind' };
  const eol = lineEndOf(file.text);
  const end = last.end - (file.text[last.end - 1] === '\r' ? 1 : 0);
  return [{ file: file.path, start: end, end, newText: `${eol}PARAMETER ${argument} ${text}` }];
}

/** A line goes with the line end in front of it. */
function removed({ path, text }: SourceFile, { start, end }: ModelfileEntry): readonly TextEdit[] {
  const to = end - (text[end - 1] === '\r' ? 1 : 0);
  if (start === 0) return [{ file: path, start: 0, end: Math.min(end + 1, text.length), newText: '' }];
  const from = text[start - 2] === '\r' ? start - 2 : start - 1;
  return [{ file: path, start: from, end: to, newText: '' }];
}
