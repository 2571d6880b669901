import type { Engine } from '../../engines/engine.ts';
import { instructionsOf } from '../../syntax/dockerfile.ts';
import { type MappedText, placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { startsIn } from '../launch.ts';
import { installsOf } from './install-command.ts';
import type { Lookup } from './lookup.ts';
import { combined, type Statement } from './statement.ts';

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
  if (!/^\s{0,10}from\s/im.test(file.text)) return null;
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
  for (const { name, body, heredocs } of instructionsOf(file)) {
    const stage = stages.at(-1);
    if (name === 'ARG' || name === 'ENV') define(body, scope);
    else if (name === 'RUN') {
      const texts = [body, ...heredocs.map(({ text }) => text)];
      stage?.commands.push(...texts.flatMap((text) => startsIn(text, scope)).map(({ words }) => words));
    } else if (name === 'FROM') {
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
