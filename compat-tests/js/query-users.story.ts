// The list of users: filters and orders, as tables.
import { describe, expect, refuses, story, type Town } from '../harness';

async function people(town: Town) {
  const tag = town.tag;
  const ids = await town.users(
    { id: 'bilbo', name: 'Bilbo Baggins', race: 'Hobbit', age: 111, tag, role: 'user' },
    { id: 'frodo', name: 'Frodo Baggins', race: 'Hobbit', age: 50, tag, badge: { level: 2 } },
    { id: 'gimli', name: 'Gimli', race: 'Dwarf', age: 139, tag, role: 'admin' },
    { id: 'legolas', name: 'Legolas Greenleaf', race: 'Elf', age: 2931, tag, badge: { level: 9 } },
  );
  return ids;
}

const ROWS: [string, (ids: string[]) => object, string[]][] = [
  ['nothing more', () => ({}), ['bilbo', 'frodo', 'gimli', 'legolas']],
  ['id', (ids) => ({ id: ids[1] }), ['frodo']],
  ['id $in', (ids) => ({ id: { $in: [ids[0], ids[3], 'x'] } }), ['bilbo', 'legolas']],
  ['id $nin', (ids) => ({ id: { $nin: [ids[0], ids[3]] } }), ['frodo', 'gimli']],
  ['id $ne', (ids) => ({ id: { $ne: ids[0] } }), ['frodo', 'gimli', 'legolas']],
  ['id $autocomplete', () => ({ id: { $autocomplete: 'gim' } }), ['gimli']],
  ['name', () => ({ name: 'Gimli' }), ['gimli']],
  ['name $autocomplete', () => ({ name: { $autocomplete: 'bag' } }), ['bilbo', 'frodo']],
  ['name $autocomplete, accents aside', () => ({ name: { $autocomplete: 'BÄG' } }), ['bilbo', 'frodo']],
  ['id or name', () => ({ $or: [{ id: { $autocomplete: 'gim' } }, { name: { $autocomplete: 'fro' } }] }), ['frodo', 'gimli']],
  ['custom text', () => ({ race: { $eq: 'Hobbit' } }), ['bilbo', 'frodo']],
  ['custom number', () => ({ age: { $gt: 100 } }), ['bilbo', 'gimli', 'legolas']],
  ['custom range', () => ({ age: { $gte: 100, $lte: 200 } }), ['bilbo', 'gimli']],
  ['custom in an object', () => ({ 'badge.level': { $gte: 2 } }), ['frodo', 'legolas']],
  ['custom $exists', () => ({ badge: { $exists: true } }), ['frodo', 'legolas']],
  ['role', () => ({ role: 'admin' }), ['gimli']],
  ['banned', () => ({ banned: true }), []],
  ['never active', () => ({ last_active: null }), ['bilbo', 'frodo', 'gimli', 'legolas']],
  ['without a team', () => ({ teams: null }), ['bilbo', 'frodo', 'gimli', 'legolas']],
  ['$and and $or', () => ({ $and: [{ $or: [{ race: 'Elf' }, { race: 'Dwarf' }] }, { age: { $lt: 1000 } }] }), ['gimli']],
  ['created_at', () => ({ created_at: { $gt: '2020-01-01T00:00:00Z' } }), ['bilbo', 'frodo', 'gimli', 'legolas']],
];

describe('query users', () => {
  story('the filter language', async ({ town }) => {
    const ids = await people(town);
    const ana = await town.person('ana');
    const results: Record<string, string[]> = {};
    for (const [title, filter] of ROWS) {
      results[title] = await ana.client
        .queryUsers({ $and: [{ tag: town.tag }, filter(ids)] } as never)
        .then(({ users }) => users.map((user) => user.id.split('-')[0]).sort())
        .catch((error: Error) => [error.message]);
    }
    expect(results).toEqual(Object.fromEntries(ROWS.map(([title, , found]) => [title, found])));
  });

  story('orders and pages', async ({ town }) => {
    await people(town);
    const ask = async (sort: object, options: object = {}) => {
      const { users } = await town.server.queryUsers({ tag: town.tag } as never, sort as never, options);
      return users.map((user) => user.id.split('-')[0]);
    };
    expect(await ask([{ age: -1 }])).toEqual(['legolas', 'gimli', 'bilbo', 'frodo']);
    expect(await ask([{ name: 1 }])).toEqual(['bilbo', 'frodo', 'gimli', 'legolas']);
    expect(await ask([{ race: 1 }, { age: 1 }])).toEqual(['gimli', 'legolas', 'frodo', 'bilbo']);
    expect(await ask([{ age: 1 }], { limit: 2, offset: 1 })).toEqual(['bilbo', 'gimli']);
    expect(await ask([{ age: 1 }], { offset: 9 })).toEqual([]);
  });

  story('each user is whole, and others\' privacy is theirs', async ({ town }) => {
    const ids = await people(town);
    const ana = await town.person('ana');
    const { users } = await ana.client.queryUsers({ id: ids[0] });
    expect(users[0]).toMatchObject({ id: ids[0], name: 'Bilbo Baggins', race: 'Hobbit', age: 111, role: 'user', teams: [], language: '', banned: false, online: false, created_at: expect.any(String), updated_at: expect.any(String), blocked_user_ids: [] });
    for (const secret of ['devices', 'mutes', 'channel_mutes', 'unread_count', 'privacy_settings']) expect(users[0]).not.toHaveProperty(secret);
  });

  const BAD: [string, object][] = [
    ['a limit too high', { filter_conditions: {}, limit: 101 }],
    ['an offset too far', { filter_conditions: {}, offset: 1001 }],
    ['a number as id', { filter_conditions: { id: 7 } }],
    ['an unknown operator', { filter_conditions: { name: { $near: 'x' } } }],
    ['an operator the field has not', { filter_conditions: { role: { $autocomplete: 'x' } } }],
    ['sort as a text', { filter_conditions: {}, sort: 'name' }],
  ];
  for (const [title, payload] of BAD) {
    story(`refused: ${title}`, async ({ town }) => {
      const ana = await town.person('ana');
      await refuses(ana.get('/users', { payload }), 4, 400);
    });
  }

  story('refused: a payload that is not JSON', async ({ town }) => {
    const ana = await town.person('ana');
    await refuses(ana.get('/users', { payload: '{"filter' }), 4, 400);
  });
});
