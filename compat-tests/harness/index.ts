// What a story file imports.
import { inject, test, vi } from 'vitest';
import { Host } from './host';
import { Town } from './town';

export { describe, expect } from 'vitest';
export { Person, type Room } from './person';
export { Town, random } from './town';
export { expectEnvelope, refuses, refusesToConnect, refusesWith } from './refuses';
export { freePort, KEY } from './node';
export { Ear } from './ear';
export { form, picture, png, served, sizeOf, upload } from './files';
export { asks, votes, type Asked } from './polls';
export * as raw from './raw';
export type { Host } from './host';
export type { Frame } from './recorder';

/** A test with a town of its own; everybody in it disconnects at the end. */
export const story = test.extend<{ town: Town }>({
  town: async ({}, use) => {
    const town = new Town(inject('nodes'));
    await use(town);
    await town.closes();
  },
});

/** A test that starts servers of its own. */
export const hosted = test.extend<{ host: Host }>({
  host: async ({}, use) => {
    const host = new Host();
    await use(host);
    await host.closes();
  },
});

/** Asks until the check passes: what it looks at is on its way. (`expect.poll` loses its test where tests run at once.) */
export const soon = <T>(check: () => T | Promise<T>, options: { timeout?: number; interval?: number } = {}): Promise<T> =>
  vi.waitFor(check, { timeout: 15_000, ...options });

/** Milliseconds of a wire time, as the SDK compares them. */
export const ms = (time: string | Date | null | undefined) => new Date(time ?? NaN).getTime();

/** The value, which must be there. */
export function found<T>(value: T | null | undefined, what = 'value'): T {
  if (value === null || value === undefined) throw new Error(`${what} is missing`);
  return value;
}
