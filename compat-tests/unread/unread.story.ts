// Random histories on two nodes: whatever happened, every count is the one that the rules give.
// WEIR_SEED=7 tells one of them, WEIR_SEEDS=5000 tells more of them, WEIR_SEED_FROM=200 others.
import { describe, expect, inject, test } from 'vitest';
import { report, shortened, tell } from './history';

const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise);
const only = process.env.WEIR_SEED;
const from = only ? Number(only) : number('WEIR_SEED_FROM', 0);
const seeds = Array.from({ length: only ? 1 : number('WEIR_SEEDS', 200) }, (_, at) => from + at);

describe.concurrent('what is unread', () => {
  test.each(seeds)('after the history of seed %i', async (seed) => {
    const nodes = inject('nodes');
    const told = await tell(nodes, seed);
    if (told.faults.length) expect.fail(report(seed, await shortened(nodes, seed, told)));
  });
});
