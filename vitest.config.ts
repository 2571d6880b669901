import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Child processes of the end-to-end tests share two cores with the other files.
    testTimeout: 30_000,
  },
});
