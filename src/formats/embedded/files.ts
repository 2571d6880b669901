import type { Extraction, Format, FormatContext } from '../format.ts';
import { cloudInit } from '../cloud-init/index.ts';
import { dockerCompose } from '../docker-compose/index.ts';
import { dockerfile } from '../dockerfile/index.ts';
import { kubernetes } from '../kubernetes/index.ts';
import { type NestedFile, readNested } from '../nested-file.ts';
import { python } from '../python/index.ts';
import { rayServe } from '../ray-serve/index.ts';
import { shell } from '../shell/index.ts';
import { systemd } from '../systemd/index.ts';
import { vllmConfig } from '../vllm-config/index.ts';
import { isProse } from './not-serving.ts';
import type { Spot } from './walk.ts';

/** What the files that a document holds may be. */
const READERS: readonly Format[] = [
  cloudInit,
  kubernetes,
  shell,
  dockerCompose,
  dockerfile,
  systemd,
  vllmConfig,
  python,
  rayServe,
];
/** A key that names a file, as a ConfigMap's do. */
const FILE_NAME =
  /^[\w./-]{1,100}\.(?:sh|bash|ya?ml|service|container|conf|env|py|Dockerfile)$|^(?:Dockerfile|Containerfile)$/;

/** The files that a document holds as texts: under a file's name, with a shebang, or as user data. */
export function filesIn(spots: readonly Spot[]): NestedFile[] {
  return spots.flatMap((spot): NestedFile[] => {
    const { value, path } = spot;
    if (value.kind !== 'scalar' || typeof value.value !== 'string' || !value.text.text.includes('\n')) return [];
    const key = path.at(-1) ?? '';
    const isFile = FILE_NAME.test(key) || /^\s*(?:#!|#cloud-config\b)/.test(value.text.text.slice(0, 200));
    return isFile && !isProse(spot) ? [{ path: `${path.length}/${key}`, text: value.text }] : [];
  });
}

/** The launches of such files; what no other format takes is read as the document itself is. */
export function fileLaunches(files: readonly NestedFile[], self: Format, context: FormatContext): Extraction {
  return readNested(files, [...READERS, self], self.id, context);
}
