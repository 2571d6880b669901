import type { Engine } from '../../engines/engine.ts';
import { joinMapped, type MappedText, mappedFile, placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { startsIn } from '../launch.ts';
import { installsOf } from './install-command.ts';
import type { Lookup } from './lookup.ts';
import { combined, type Statement } from './statement.ts';

/** No Dockerfile is longer; what is, is data. */
const MAX_CHARACTERS = 200_000;
const MAX_INSTRUCTIONS = 2_000;
/** Pieces of one instruction between comments. */
const MAX_RANGES = 100;

interface Instruction {
  readonly name: string;
  readonly body: MappedText;
}

interface Stage {
  readonly name: string;
  readonly base: string;
  readonly from: MappedText;
  readonly commands: (readonly Word[])[];
}

/**
 * The version in the image that a Dockerfile builds: what its last stage and the stages under it install, else the image
 * they start from. Null when neither names the engine.
 */
export function dockerfileStatement(file: SourceFile, engine: Engine, lookup: Lookup): Statement | null {
  if (file.text.length > MAX_CHARACTERS || !/^\s{0,10}from\s/im.test(file.text)) return null;
  const stages = stagesOf(file);
  const chain = chainOf(stages);
  const [lowest] = chain;
  if (!lowest) return null;
  const installed = combined(chain.flatMap(({ commands }) => commands.flatMap((words) => installsOf(words, lookup))));
  const image = engine.versionOfImage(lowest.base);
  const names = image !== null && (image.version !== null || engine.ownsImage(lowest.base));
  if (installed !== null && (installed.version !== null || installed.replaces || !names)) return installed;
  if (!names) return null;
  const by = image.by === null ? '' : `, by ${image.by}`;
  return {
    version: image.version,
    text: `FROM ${lowest.base.slice(0, 120)}${by}`,
    place: placeOfMapped(lowest.from),
    replaces: true,
  };
}

/** The last stage and those that it is built on, the lowest first. */
function chainOf(stages: readonly Stage[]): Stage[] {
  const chain: Stage[] = [];
  for (let at = stages.length - 1; at >= 0;) {
    const stage = stages[at];
    if (!stage) break;
    chain.unshift(stage);
    const below = stages.slice(0, at).findLastIndex(({ name }) => name !== '' && name === stage.base.toLowerCase());
    at = below;
  }
  return chain;
}

function stagesOf(file: SourceFile): Stage[] {
  const stages: Stage[] = [];
  const scope = new Map<string, readonly Word[]>();
  for (const { name, body } of instructionsOf(file)) {
    const stage = stages.at(-1);
    if (name === 'ARG' || name === 'ENV') define(body, scope);
    else if (name === 'RUN') stage?.commands.push(...startsIn(body, scope).map(({ words }) => words));
    else if (name === 'FROM') {
      const words = (startsIn(body, scope)[0]?.words ?? []).filter(({ text }) => !text.text.startsWith('--'));
      const [base, as, alias] = words;
      if (!base) continue;
      const called = /^as$/i.test(as?.text.text ?? '') ? (alias?.text.text.toLowerCase() ?? '') : '';
      stages.push({ name: called, base: base.text.text, from: body, commands: [] });
    }
  }
  return stages;
}

const DEFINITION = /([A-Za-z_]\w{0,80})=("[^"\n]{0,500}"|'[^'\n]{0,500}'|[^\s"']{1,500})/g;

/** `ARG VERSION=v0.5.4`, `ENV A=1 B=2`: their defaults; what a build is given instead is not in the repository. */
function define(body: MappedText, scope: Map<string, readonly Word[]>): void {
  for (const found of body.text.matchAll(DEFINITION)) {
    const [whole, name = '', value = ''] = found;
    const end = found.index + whole.length;
    const [word] = startsIn(sliceMapped(body, end - value.length, end), scope)[0]?.words ?? [];
    if (word) scope.set(name, [word]);
  }
}

const INSTRUCTION = /^\s{0,20}([A-Za-z]{2,20})\s{1,20}/;

/** The instructions with their continued lines; comments between these are left out, as the builder does. */
function instructionsOf(file: SourceFile): Instruction[] {
  const whole = mappedFile(file);
  const found: Instruction[] = [];
  let open: { readonly name: string; readonly ranges: (readonly [number, number])[] } | null = null;
  for (let start = 0; start < file.text.length && found.length < MAX_INSTRUCTIONS;) {
    const newline = file.text.indexOf('\n', start);
    const end = newline === -1 ? file.text.length : newline + 1;
    const line = file.text.slice(start, end);
    const from = start;
    start = end;
    if (/^\s*(?:#|$)/.test(line)) continue;
    const head: RegExpExecArray | null = open === null ? INSTRUCTION.exec(line) : null;
    if (open === null && head?.[1] === undefined) continue;
    open ??= { name: head?.[1]?.toUpperCase() ?? '', ranges: [] };
    const before = open.ranges.at(-1);
    if (before?.[1] === from) open.ranges.splice(-1, 1, [before[0], end]);
    else open.ranges.push([from + (head?.[0].length ?? 0), end]);
    if (/\\\s*$/.test(line)) continue;
    const parts = open.ranges.slice(0, MAX_RANGES).map(([first, last]) => sliceMapped(whole, first, last));
    found.push({ name: open.name, body: joinMapped(parts) });
    open = null;
  }
  return found;
}
