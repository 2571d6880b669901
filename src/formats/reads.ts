import type { FormatContext } from './format.ts';

/** A context that notes which other files of the repository are asked for, those that are not there included. */
export function recording(context: FormatContext): { readonly context: FormatContext; readonly reads: Set<string> } {
  const reads = new Set<string>();
  const { list } = context;
  const noting: FormatContext = {
    ...context,
    read: (path) => {
      reads.add(path);
      return context.read(path);
    },
    ...(list && { list: (folder: string) => list(folder) }),
  };
  return { context: noting, reads };
}
