// Events are the whole truth: what a client knew before, and what it heard, make what a new client is told.
import { readFileSync } from 'node:fs';
import { expect as check, test } from 'vitest';
import { expect, raw, story } from '../harness';
import { NO_CHAT } from '../truth/exceptions';
import { type Row, rows } from '../truth/rows';
import { begins, sets, type Stage } from '../truth/stage';
import { knows, learns, starts } from '../truth/state';

const GONE = ['channel.deleted', 'notification.channel_deleted', 'notification.removed_from_channel'];

test('every served operation that may change something has a row, or a reason', () => {
  const lines = readFileSync('../openapi/operations.txt', 'utf8').trim().split('\n');
  const served = lines.filter((line) => line.startsWith('served ')).map((line) => line.slice('served '.length));
  const mutating = served.filter((operation) => !operation.startsWith('GET '));
  const told = new Set([...rows.map(({ operation }) => operation), ...Object.keys(NO_CHAT)]);
  check(mutating.filter((operation) => !told.has(operation))).toEqual([]);
  check([...told].filter((operation) => !mutating.includes(operation))).toEqual([]);
});

async function acts(stage: Stage, { operation, call, server }: Row) {
  const [method] = operation.split(' ');
  const [path, body] = call(stage);
  const token = server ? raw.serverToken() : stage.town.token(stage.ana.id);
  const { pathname, searchParams } = new URL(path, 'http://weir');
  const answer = await raw.request(stage.ana.place.rest, pathname, { method, body, token, query: Object.fromEntries(searchParams) });
  expect(answer, operation).toMatchObject({ status: expect.toBeOneOf([200, 201]) });
}

const without = (state: Record<string, any>, who: string, untold: Record<string, string> = {}) => {
  const left = structuredClone(state);
  for (const name of Object.keys(untold)) {
    const [person, part] = name.includes(':') ? name.split(':') : ['', name];
    if (person && person !== who) continue;
    delete left[part];
    if (left.channel) delete left.channel[part];
  }
  return left;
};

/** What somebody who watches made of what they heard is what a new device of theirs is told. */
async function watcherKnows(stage: Stage, who: 'ana' | 'cleo', row: Row) {
  const { town, room } = stage;
  const person = stage[who];
  await person.settles(room);
  const gone = person.frames.some((frame) => GONE.includes(frame.type) && frame.cid === room.cid);
  const fresh = await town.tab(person);
  if (gone) return;
  starts(fresh);
  await learns(fresh, room.type, room.id, false);
  await fresh.settles(room);
  expect(without(knows(person, room.cid), who, row.untold), `${who}'s state`).toEqual(without(knows(fresh, room.cid), who, row.untold));
}

const numbers = (frame: Record<string, any> | undefined) => frame && [frame.total_unread_count, frame.unread_channels];

/** Somebody who does not watch knows their numbers. */
async function memberKnows({ town, room, bob }: Stage) {
  const before = numbers(bob.frames.find((frame) => frame.me)?.me);
  await bob.settles(room);
  const told = numbers(bob.frames.findLast((frame) => frame.total_unread_count !== undefined)) ?? before;
  const fresh = await town.tab(bob);
  expect(told, 'bob\'s numbers').toEqual(numbers(fresh.frames[0].me));
}

/** What is told to a stranger who is part of the act. */
const MEANT = ['adding somebody'];

for (const row of rows) {
  story(`${row.operation} ${row.act ?? ''}`.trim(), { timeout: 90_000 }, async ({ town }) => {
    const stage = await sets(town);
    await row.before?.(stage);
    await begins(stage);
    await acts(stage, row);
    if (!MEANT.includes(row.act ?? '')) await stage.dora.heardNothing(stage.room);
    await Promise.all([watcherKnows(stage, 'ana', row), watcherKnows(stage, 'cleo', row), memberKnows(stage)]);
  });
}
