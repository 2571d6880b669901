import { recordOf } from '../models/config/fields.ts';

/** A line of an engine as the engine wrote it, and where it stands in the text (from 1). */
export interface LogLine {
  readonly text: string;
  readonly number: number;
}

/** Longest log that is read, in UTF-16 units; of a longer one the first and the last half are. */
const MAX_LOG_CHARACTERS = 8 * 1024 * 1024;
/** What stands behind this in one line is no message of an engine. */
const MAX_LINE_CHARACTERS = 32 * 1024;
/** Wrappers within wrappers: what a container runtime, a collector and a terminal put in front of one line. */
const MAX_WRAPPERS = 5;

/** Colours and cursor moves of terminals, and the same as people paste them (`^[[31m`). */
// oxlint-disable-next-line no-control-regex -- they begin with ESC
const ESCAPES = /(?:\u001B|\^\[)\[[\d;?]{0,30}[A-Za-z]/g;

/** What others put in front of a line: Compose, kubectl --prefix, the CRI, journald, build logs and clocks. */
const PREFIXES: readonly RegExp[] = [
  /^[\w.-]{1,80} {1,40}\| ?/,
  /^ {0,10}\| /,
  /^\[pod\/[^\]\s]{1,200}\] ?/,
  /^\[?\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:?\d\d)?\]?[ \t]{1,4}/,
  /^std(?:out|err) [FP] /,
  /^[A-Z][a-z]{2} [ \d]\d [\d:]{8} [\w.-]{1,80} [\w.@-]{1,80}(?:\[\d{1,9}\])?: /,
  /^(?:>|&gt;) /,
];

/** Fields in which collectors and loggers keep the line itself. */
const MESSAGE_FIELDS = ['log', 'textPayload', 'message', 'msg', 'MESSAGE', 'body', 'text', 'line'];
const MESSAGE_HOLDERS = ['fields', 'jsonPayload'];

/** A log as the engine's own lines: without colours, and without what runs, collects and shows it put around them. */
export function logLines(text: string): LogLine[] {
  const half = MAX_LOG_CHARACTERS / 2;
  const kept = text.length > MAX_LOG_CHARACTERS ? `${text.slice(0, half)}\n${text.slice(-half)}` : text;
  return kept.split(/\r?\n|\r/).flatMap((line, index) =>
    unwrapped(line.slice(0, MAX_LINE_CHARACTERS))
      .split('\n')
      .map((one) => ({ text: one, number: index + 1 })),
  );
}

function unwrapped(line: string): string {
  let text = line.replace(ESCAPES, '');
  for (let turn = 0; turn < MAX_WRAPPERS; turn++) {
    const inner = messageOf(text) ?? PREFIXES.reduce((rest, prefix) => rest.replace(prefix, ''), text);
    if (inner === text) break;
    text = inner.replace(ESCAPES, '');
  }
  return text.trimEnd();
}

/** The message of a line that is one JSON object; null for any other. */
function messageOf(text: string): string | null {
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) return null;
  let fields: ReturnType<typeof recordOf>;
  try {
    fields = recordOf(JSON.parse(text));
  } catch {
    return null;
  }
  const holders = fields ? [fields, ...MESSAGE_HOLDERS.map((name) => recordOf(fields?.[name]))] : [];
  for (const holder of holders) {
    const field = MESSAGE_FIELDS.find((name) => typeof holder?.[name] === 'string');
    if (holder && field !== undefined) return String(holder[field]);
  }
  return null;
}

/** Lines in which an engine is looked for: whoever has not said who it is by then is somebody else. */
const MAX_INTRODUCTION_LINES = 20_000;

/** Whether one of the first lines is of the engine that a pattern knows. */
export function isOf(lines: readonly LogLine[], engine: RegExp): boolean {
  return lines.slice(0, MAX_INTRODUCTION_LINES).some(({ text }) => engine.test(text));
}
