import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Half of the time goes into waiting for child processes and files: no core is left idle for the runner itself.
    maxWorkers: '100%',
    // Child processes of the end-to-end tests share two cores with the other files.
    testTimeout: 30_000,
  },
});
