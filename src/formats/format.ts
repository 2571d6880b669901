import type { ArgumentValue, Deployment, Unsupported } from '../deployment.ts';
import type { TextEdit } from '../edit.ts';
import type { Engine } from '../engines/engine.ts';
import type { Place, SourceFile } from '../text.ts';

export interface FormatContext {
  readonly engines: readonly Engine[];
  /** Another file of the repository by its path (a ConfigMap's, an `.env`, a `--config` YAML), or null. */
  read(path: string): SourceFile | null;
  /** Names of the files in a folder of the repository (`''` is the root); absent where nobody can list any. */
  list?(folder: string): readonly string[];
  /** Why what stands at a place is not certain to hold, as in a branch of a template; null when it is. */
  openAt?(place: Place): string | null;
}

export interface Extraction {
  readonly deployments: readonly Deployment[];
  /** Launches that are ours but cannot be read; always shown. */
  readonly unsupported: readonly Unsupported[];
}

/** Why an argument cannot be changed where it stands. */
export interface CannotEdit {
  readonly reason: string;
}

/** One way in which people write serving configs. */
export interface Format {
  readonly id: string;
  readonly title: string;
  /** Takes its own documents of a file and leaves the others to other formats (Kubernetes manifests of several kinds). */
  readonly sharesFiles?: boolean;
  /** Cheap and certain; goes by signature (kinds, images, commands, keys), never by file name alone. */
  detect(file: SourceFile): boolean;
  /** Null: not mine after all. */
  extract(file: SourceFile, context: FormatContext): Extraction | null;
  /**
   * The edits that set an argument (add it in the file's own style, change it in place) or remove it
   * (`undefined`), leaving every other byte alone. Law: extract(apply(edit(d, a, v))) has a = v and nothing
   * else changed.
   */
  edit(
    deployment: Deployment,
    argument: string,
    value: ArgumentValue | undefined,
    context: FormatContext,
    file: SourceFile,
  ): readonly TextEdit[] | CannotEdit;
}
