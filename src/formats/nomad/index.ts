import { type HclBlock, readHcl } from '../../syntax/hcl/index.ts';
import type { Place, SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import { type Shown, shownDeployment, shownUnsupported } from '../shown-template.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf } from '../launch.ts';
import { numbered } from '../script-launches.ts';
import { evaluate } from '../terraform/evaluate.ts';
import { type Module, moduleIn } from '../terraform/module.ts';
import type { Scope } from '../terraform/scope.ts';
import { folderOf } from '../../paths.ts';
import { launchesOfTask } from './tasks.ts';
import { exceeds } from '../../syntax/unread.ts';

const ID = 'nomad';

/** Jobs of Nomad: tasks in containers, and programs on the machine itself. */
export const nomad: Format = {
  id: ID,
  title: 'Nomad jobs',
  detect: ({ text }) => JOB.test(text) && TASK.test(text) && SIGN.test(text),
  extract,
  edit: editDeployment,
};

const JOB = /^[ \t]*job[ \t]+"?[\w.-]{1,200}"?[ \t]*\{/m;
const TASK = /^[ \t]*task[ \t]+"?[\w.-]{1,200}"?[ \t]*\{/m;
const SIGN = /vllm|sglang|text-generation|trtllm|\bnim\/|llama|ollama|lmdeploy/i;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const body = readHcl(file);
  if (!body) return null;
  // Variables of a job stand in its own file (docs: variables, HCL2).
  const module = moduleIn(folderOf(file.path), [file], new Map(), { read: () => null, list: () => [] });
  const scope: Scope = { file, module, names: new Map(), depth: 0, evaluate };
  const inner: FormatContext = { ...context, openAt: (place) => reasonAt(module, place) };
  const launches = body.blocks
    .filter(({ type }) => type === 'job')
    .flatMap((job) => tasksIn(job).flatMap((task) => launchesOfTask(task, scope, inner)));
  const { deployments, unsupported } = extractionOf(numbered(launches));
  const shown: Shown = {
    format: ID,
    written: (_text, { start, end }) => file.text.slice(start, end).trim().slice(0, 200),
    nameOf: ({ name }) => name,
  };
  return {
    deployments: deployments.map((one) => shownDeployment(one, shown)),
    unsupported: unsupported.map((one) => shownUnsupported(one, ID, one.name)),
  };
}

/** Groups within groups. */
const MAX_GROUPS = 4;

/** The tasks of a job, in its groups and in itself. */
function tasksIn(block: HclBlock, depth = 0): HclBlock[] {
  if (exceeds(depth, MAX_GROUPS, 'levels of groups')) return [];
  return block.body.blocks.flatMap((inner) => {
    if (inner.type === 'task') return [inner];
    return inner.type === 'group' ? tasksIn(inner, depth + 1) : [];
  });
}

function reasonAt({ reasons }: Module, { file, start, end }: Place): string | null {
  return reasons.find((one) => one.file === file && one.start < end && start < one.end)?.reason ?? null;
}
