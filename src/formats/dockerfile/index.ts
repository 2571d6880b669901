import { baseName, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, type Launched, launchOf } from '../launch.ts';
import { numbered } from '../script-launches.ts';
import { stagesOf } from './stages.ts';
import { startsOfStage } from './starts.ts';

/** Dockerfiles whose image starts an engine. */
export const dockerfile: Format = {
  id: 'dockerfile',
  title: 'Dockerfiles',
  detect: ({ text }) =>
    FIRST.test(text) && /^[ \t]*(?:CMD|ENTRYPOINT)\s/im.test(text) && (SIGN.test(text) || SCRIPT.test(text)),
  extract,
  edit: editDeployment,
};

/** A Dockerfile begins with FROM, or with arguments for it. */
const FIRST = /^\uFEFF?(?:[ \t]*(?:#[^\n]*|\r?)\n)*[ \t]*(?:FROM|ARG)[ \t]+\S/i;
const SIGN = /vllm|sglang|text-generation|trtllm|tensorrt|llama|ollama|lmdeploy|nim\//i;

/** A script is started, which may start an engine. */
const SCRIPT = /^[ \t]*(?:CMD|ENTRYPOINT)\s[^\n]{0,500}\.(?:sh|bash)\b/im;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const base = baseName(file.path);
  const stages = stagesOf(file, context).filter(({ speaks }) => speaks);
  const launches = stages.flatMap((stage) => {
    const named = stage.name === null ? base : `${base} (${stage.name})`;
    const starts = startsOfStage(stage, file.path, named, context);
    return starts.flatMap((start) => launchOf(start, context) ?? []).filter(serves);
  });
  return launches.length === 0 ? null : extractionOf(numbered(launches));
}

/** An image that starts the engine and leaves all it serves to whoever runs it is no serving config. */
function serves(launched: Launched): boolean {
  if (!('deployment' in launched)) return true;
  const { model, arguments: args, unresolved } = launched.deployment;
  return model !== null || args.size > 0 || unresolved.length > 0;
}
