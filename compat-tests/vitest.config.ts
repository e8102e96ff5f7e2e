import { defineConfig } from 'vitest/config';

const twoNodes = process.env.WEIR_NODES === '2';

/** One run of every story; `crossed` sends the REST calls of a person to the node without their socket. */
const run = (name: string, crossed: boolean) => ({
  extends: true as const,
  test: { name, env: { WEIR_CROSSED: crossed ? '1' : '' } },
});

export default defineConfig({
  test: {
    include: ['js/**/*.story.ts'],
    // These stories start servers of their own; once for each kind of Redis is enough.
    exclude: twoNodes && process.env.WEIR_REDIS !== 'cluster' ? ['js/due.story.ts', 'js/recovery.story.ts', 'js/restart.story.ts', 'js/teams.story.ts'] : [],
    globalSetup: ['harness/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    sequence: { concurrent: true },
    // A cluster is six servers more.
    maxConcurrency: process.env.WEIR_REDIS === 'cluster' ? 3 : 6,
    projects: twoNodes ? [run('two nodes', false), run('two nodes, crossed', true)] : [run('one node', false)],
  },
});
