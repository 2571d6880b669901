#!/usr/bin/env node
import { once } from 'node:events';
import module from 'node:module';
import { run } from './run.ts';
import { keepHeapSmall } from './small-heap.ts';

// What a command loads is compiled once a machine (Node 22.1 and later), in the user's folder for temporary files.
module.enableCompileCache?.();

/** `headroom check 2>&1 | head` closes the pipe early; that is the reader's right and no error of ours. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// Not process.exit: what is written to a pipe must arrive first.
process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  drained: async () => {
    // Where nobody reads any more there is nothing to wait for.
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain').catch(() => {});
  },
  err: (text) => process.stderr.write(text),
  saveMemory: keepHeapSmall,
  env: process.env,
  cwd: process.cwd(),
  columns: process.stdout.isTTY ? process.stdout.columns : null,
  progress: process.stderr.isTTY,
});
