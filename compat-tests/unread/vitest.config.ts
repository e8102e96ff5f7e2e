import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['unread/**/*.story.ts'],
    globalSetup: ['unread/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    maxConcurrency: 8,
  },
});
