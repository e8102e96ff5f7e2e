// The members of a channel: filters and orders, as tables.
import { describe, expect, refuses, story, type Town } from '../harness';

async function club(town: Town) {
  const ana = await town.person('ana');
  const others = await town.users({ id: 'bob', name: 'Robert Berg' }, { id: 'bea', name: 'Bea Roberta' }, { id: 'cleo', name: 'Cleo Tal' }, { id: 'dan', name: 'Dan' });
  const [bob, bea, cleo, dan] = others;
  const room = await town.room({ by: ana, members: [ana, bob, { user_id: bea, rank: 2, nickname: 'bee' }, { user_id: cleo, rank: 5 }], invites: [dan] });
  await town.at(room).addModerators([bob]);
  await town.at(room).banUser(cleo, { banned_by_id: ana.id });
  return { ana, room, bob, bea, cleo, dan };
}

const ROWS: [string, (one: Awaited<ReturnType<typeof club>>) => object, string[]][] = [
  ['everybody', () => ({}), ['ana', 'bea', 'bob', 'cleo', 'dan']],
  ['id', ({ bob }) => ({ id: bob }), ['bob']],
  ['user_id $in', ({ bob, bea }) => ({ user_id: { $in: [bob, bea] } }), ['bea', 'bob']],
  ['name', () => ({ name: 'Cleo Tal' }), ['cleo']],
  ['name $autocomplete, any word', () => ({ name: { $autocomplete: 'rob' } }), ['bea', 'bob']],
  ['name $q finds prefixes', () => ({ name: { $q: 'Rob' } }), ['bea', 'bob']],
  ['name $autocomplete, accents aside', () => ({ name: { $autocomplete: 'röb' } }), ['bea', 'bob']],
  ['channel_role', () => ({ channel_role: 'channel_moderator' }), ['bob']],
  ['is_moderator', () => ({ is_moderator: true }), ['bob']],
  ['banned', () => ({ banned: true }), ['cleo']],
  ['invite', () => ({ invite: 'pending' }), ['dan']],
  ['joined', () => ({ joined: false }), ['dan']],
  ['custom', () => ({ nickname: 'bee' }), ['bea']],
  ['custom number', () => ({ rank: { $gt: 2 } }), ['cleo']],
  ['never active', () => ({ last_active: null }), ['bea', 'bob', 'cleo', 'dan']],
  ['$or', ({ bea }) => ({ $or: [{ banned: true }, { id: bea }] }), ['bea', 'cleo']],
  ['created_at', () => ({ created_at: { $gt: '2020-01-01T00:00:00Z' } }), ['ana', 'bea', 'bob', 'cleo', 'dan']],
];

describe('query members', () => {
  story('the filter language', async ({ town }) => {
    const world = await club(town);
    const results: Record<string, string[]> = {};
    for (const [title, filter] of ROWS) {
      results[title] = await world.ana
        .in(world.room)
        .queryMembers(filter(world) as never)
        .then(({ members }) => members.map((member) => (member.user_id ?? '').split('-')[0]).sort())
        .catch((error: Error) => [error.message]);
    }
    expect(results).toEqual(Object.fromEntries(ROWS.map(([title, , found]) => [title, found])));
  });

  story('orders and pages', async ({ town }) => {
    const { ana, room } = await club(town);
    const ask = async (sort: object, options: object = {}) => {
      const { members } = await ana.in(room).queryMembers({}, sort as never, options);
      return members.map((member) => (member.user_id ?? '').split('-')[0]);
    };
    expect(await ask([{ name: 1 }])).toEqual(['ana', 'bea', 'cleo', 'dan', 'bob']);
    expect(await ask([{ user_id: -1 }])).toEqual(['dan', 'cleo', 'bob', 'bea', 'ana']);
    expect(await ask([{ user_id: 1 }], { limit: 2, offset: 1 })).toEqual(['bea', 'bob']);
    expect(await ask([], { offset: 50 })).toEqual([]);
    expect((await ask([]))[0]).toBe('ana');
  });

  story('a distinct channel is named by its members', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    await ana.client.channel('messaging', { members: [ana.id, bob.id] }).create();
    const { members } = await ana.get('/members', { payload: { type: 'messaging', members: [bob.id, ana.id], filter_conditions: {} } });
    expect(members).toHaveLength(2);
  });

  story('refusals', async ({ town }) => {
    const { ana, room } = await club(town);
    const eve = await town.person('eve');
    const ask = (payload: object) => ana.get('/members', { payload: { type: room.type, id: room.id, filter_conditions: {}, ...payload } });
    await refuses(ask({ sort: [{ field: 'name', direction: 1 }, { field: 'created_at', direction: 1 }] }), 4, 400, 'sort must contain at maximum 1 item');
    await refuses(ask({ limit: 301 }), 4, 400);
    await refuses(ask({ filter_conditions: { invite: 'maybe' } }), 4, 400, 'pending');
    await refuses(ask({ filter_conditions: { name: { $near: 'x' } } }), 4, 400);
    await refuses(ask({ id: 'nothing' }), 16, 404);
    await refuses(ana.get('/members', { payload: { filter_conditions: {} } }), 4, 400);
    await refuses(eve.in(room).queryMembers({}), 17, 403);
  });
});
