import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['types/**/*.story.ts'],
    globalSetup: ['harness/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
