import { readDotenv } from '../../syntax/dotenv.ts';
import { mappedFile, placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { USUAL_NAMES } from '../docker-compose/usual-names.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { launchByVariables } from '../variables-launch.ts';
import { folderOf, inFolder } from '../../paths.ts';
import { visibleGpus } from '../visible-gpus.ts';
import { exceeds } from '../../syntax/unread.ts';

/** Files of variables that a launch elsewhere takes its arguments from. */
export const envFile: Format = {
  id: 'env-file',
  title: 'Files of environment variables',
  detect: ({ path, text }) => SIGN.test(text) && !EXAMPLE.test(path) && isDotenv(text),
  extract,
  edit: editDeployment,
};

const SIGN =
  /^[ \t]*(?:export[ \t]+)?[A-Z_]*(?:MODEL_LEN|MODEL_LENGTH|MEM(?:ORY)?_UTIL\w*|MAX_NUM_SEQS|BATCHED_TOKENS|PARALLEL_SIZE|TP|TP_SIZE|TOTAL_TOKENS|ARG_MODEL|ARG_HF_REPO)=/m;
/** A file for others to copy and change says nothing of what runs. */
const EXAMPLE = /(?:example|sample|template|dist)(?:\.\w+)?$/i;
const LINE = /^\s*(?:(?:export\s+)?[A-Za-z_]\w*=.*)?(?:#.*)?$/;
const MAX_LINES = 2_000;

/** Nothing but definitions and comments. */
function isDotenv(text: string): boolean {
  const lines = text.split(/\r?\n/, MAX_LINES + 1);
  return (
    !text.startsWith('#!') &&
    lines.every((line) => LINE.test(line)) &&
    !exceeds(lines.length, MAX_LINES, 'lines of a file of variables')
  );
}

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  // Beside a Compose file it holds values for that, which is read with them.
  const folder = folderOf(file.path);
  if (USUAL_NAMES.some((name) => context.read(inFolder(folder, name)) !== null)) return null;
  const environment: ReadonlyMap<string, Word> = readDotenv(file);
  const [first] = environment.values();
  const deployment = launchByVariables(
    {
      format: 'env-file',
      name: baseName(file.path),
      words: [],
      hasCommand: true,
      image: null,
      environment,
      gpuRequest: { name: null, count: visibleGpus(environment), nodes: 1 },
      sequence: null,
      anchor: first?.text ?? sliceMapped(mappedFile(file), 0, 0),
    },
    context,
  );
  if (!deployment) return null;
  const line = deployment.model?.place.line ?? placeOfMapped(first?.text ?? mappedFile(file)).line;
  return { deployments: [{ ...deployment, line }], unsupported: [] };
}
