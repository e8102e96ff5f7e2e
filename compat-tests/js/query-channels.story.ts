// The channel list: the whole filter and sort language, as tables.
import { describe, expect, refuses, story, type Person, type Town } from '../harness';

/** Five channels of one town, told apart by name; Ana is a member of all but `far`. */
async function list(town: Town): Promise<{ ana: Person; bob: string; cleo: string; ids: Record<string, string> }> {
  const ana = await town.person('ana');
  const [bob, cleo] = await town.users({ id: 'bob', name: 'Robert Berg' }, { id: 'cleo', name: 'Cleo Tal' });
  const make = async (name: string, members: (Person | string)[], data: Record<string, unknown>) => {
    const { cid } = await town.room({ id: `${name}-${town.tag}`, by: ana, members, name, tag: town.tag, ...data });
    return [name, cid] as const;
  };
  const made = [
    await make('kitchen', [ana, bob], { rank: 1, topic: 'soup and bread', colours: ['red', 'blue'], place: { city: 'Bonn', floor: 1 }, open: true }),
    await make('garage', [ana, bob, cleo], { rank: 2, topic: 'cars', colours: ['blue'], place: { city: 'Köln', floor: 2 }, open: false }),
    await make('hall', [ana, cleo], { rank: 3, topic: 'soup', colours: [], open: true }),
    await make('attic', [ana], { rank: 10, topic: 'old things' }),
    await make('far', [bob, cleo], { rank: 20, type: 'livestream' }),
  ];
  return { ana, bob, cleo, ids: Object.fromEntries(made) };
}

type Rows = [title: string, filter: (one: Awaited<ReturnType<typeof list>>) => object, names: string[]][];

const FILTERS: Rows = [
  ['nothing more', () => ({}), ['attic', 'far', 'garage', 'hall', 'kitchen']],
  ['equality', () => ({ name: 'hall' }), ['hall']],
  ['$eq', () => ({ name: { $eq: 'hall' } }), ['hall']],
  ['$ne', () => ({ name: { $ne: 'hall' } }), ['attic', 'far', 'garage', 'kitchen']],
  ['$in', () => ({ name: { $in: ['hall', 'attic', 'x'] } }), ['attic', 'hall']],
  ['$nin', () => ({ name: { $nin: ['hall', 'attic'] } }), ['far', 'garage', 'kitchen']],
  ['numbers: $gt', () => ({ rank: { $gt: 2 } }), ['attic', 'far', 'hall']],
  ['numbers: $gte and $lt', () => ({ rank: { $gte: 2, $lt: 10 } }), ['garage', 'hall']],
  ['numbers: $lte', () => ({ rank: { $lte: 2 } }), ['garage', 'kitchen']],
  ['numbers are not texts', () => ({ rank: '1' }), []],
  ['booleans', () => ({ open: true }), ['hall', 'kitchen']],
  ['$exists true', () => ({ colours: { $exists: true } }), ['garage', 'hall', 'kitchen']],
  ['$exists false', () => ({ place: { $exists: false } }), ['attic', 'far', 'hall']],
  ['$contains', () => ({ colours: { $contains: 'blue' } }), ['garage', 'kitchen']],
  ['$in on an array', () => ({ colours: { $in: ['red', 'green'] } }), ['kitchen']],
  ['a whole array', () => ({ colours: ['red', 'blue'] }), ['kitchen']],
  ['dotted names', () => ({ 'place.city': 'Köln' }), ['garage']],
  ['dotted numbers', () => ({ 'place.floor': { $lt: 2 } }), ['kitchen']],
  ['$autocomplete', () => ({ name: { $autocomplete: 'Ga' } }), ['garage']],
  ['$autocomplete, accents aside', () => ({ name: { $autocomplete: 'Gá' } }), ['garage']],
  ['$autocomplete of a second word', () => ({ topic: { $autocomplete: 'bre' } }), ['kitchen']],
  ['$q', () => ({ topic: { $q: 'soup' } }), ['hall', 'kitchen']],
  ['$and', () => ({ $and: [{ open: true }, { rank: { $gt: 1 } }] }), ['hall']],
  ['$or', () => ({ $or: [{ name: 'hall' }, { rank: 10 }] }), ['attic', 'hall']],
  ['$nor', () => ({ $nor: [{ name: 'hall' }, { rank: { $gte: 10 } }] }), ['garage', 'kitchen']],
  ['nested groups', () => ({ $or: [{ $and: [{ open: true }, { rank: 1 }] }, { $and: [{ open: false }, { rank: 2 }] }] }), ['garage', 'kitchen']],
  ['members $in', ({ bob }) => ({ members: { $in: [bob] } }), ['far', 'garage', 'kitchen']],
  ['members, both of them', ({ bob, cleo }) => ({ $and: [{ members: { $in: [bob] } }, { members: { $in: [cleo] } }] }), ['far', 'garage']],
  ['members, exactly these', ({ ana, bob }) => ({ members: [bob, ana.id] }), ['kitchen']],
  ['member_count', () => ({ member_count: { $gte: 3 } }), ['garage']],
  ['type', () => ({ type: 'messaging' }), ['attic', 'garage', 'hall', 'kitchen']],
  ['cid', ({ ids }) => ({ cid: { $in: [ids.hall, ids.far] } }), ['far', 'hall']],
  ['created_by_id', ({ ana }) => ({ created_by_id: ana.id }), ['attic', 'far', 'garage', 'hall', 'kitchen']],
  ['frozen', () => ({ frozen: true }), []],
  ['created_at', () => ({ created_at: { $gt: '2020-01-01T00:00:00Z' } }), ['attic', 'far', 'garage', 'hall', 'kitchen']],
  ['last_message_at null', () => ({ last_message_at: null }), ['attic', 'far', 'garage', 'hall', 'kitchen']],
  ['member.user.name', () => ({ 'member.user.name': { $autocomplete: 'Rob' } }), ['garage', 'kitchen']],
  ['joined', () => ({ joined: true }), ['attic', 'garage', 'hall', 'kitchen']],
  ['not joined', () => ({ joined: false }), ['far']],
  ['pinned', () => ({ pinned: false, joined: true }), ['attic', 'garage', 'hall', 'kitchen']],
];

describe('query channels', () => {
  story('the filter language', async ({ town }) => {
    const world = await list(town);
    const names = new Map(Object.entries(world.ids).map(([name, cid]) => [cid, name]));
    const results: Record<string, string[]> = {};
    for (const [title, filter] of FILTERS) {
      const found = await world.ana.client
        .queryChannels({ $and: [{ tag: town.tag }, filter(world)] } as never, [], { watch: false, limit: 30 })
        .then((channels) => channels.map((channel) => names.get(channel.cid) ?? channel.cid).sort())
        .catch((error: Error) => [error.message]);
      results[title] = found;
    }
    expect(results).toEqual(Object.fromEntries(FILTERS.map(([title, , found]) => [title, found])));
  });

  story('the order', async ({ town }) => {
    const { ana, bob, ids } = await list(town);
    const names = new Map(Object.entries(ids).map(([name, cid]) => [cid, name]));
    const order = async (sort: object) =>
      (await ana.client.queryChannels({ tag: town.tag, type: 'messaging' } as never, sort as never, { watch: false })).map((channel) => names.get(channel.cid));
    await town.says({ type: 'messaging', id: `hall-${town.tag}`, cid: ids.hall }, ana, 'hello');
    await town.says({ type: 'messaging', id: `kitchen-${town.tag}`, cid: ids.kitchen }, bob, 'hello');
    expect(await order([{ rank: 1 }])).toEqual(['kitchen', 'garage', 'hall', 'attic']);
    expect(await order([{ rank: -1 }])).toEqual(['attic', 'hall', 'garage', 'kitchen']);
    expect(await order([{ name: 1 }])).toEqual(['attic', 'garage', 'hall', 'kitchen']);
    expect(await order([{ member_count: -1 }, { name: 1 }])).toEqual(['garage', 'hall', 'kitchen', 'attic']);
    expect(await order([{ created_at: -1 }])).toEqual(['attic', 'hall', 'garage', 'kitchen']);
    expect(await order([])).toEqual(['kitchen', 'hall', 'attic', 'garage']);
    expect(await order([{ last_updated: -1 }])).toEqual(['kitchen', 'hall', 'attic', 'garage']);
    expect((await order([{ last_message_at: -1 }])).slice(0, 2)).toEqual(['kitchen', 'hall']);
    expect((await order([{ has_unread: -1 }]))[0]).toBe('kitchen');
    expect((await order([{ unread_count: -1 }]))[0]).toBe('kitchen');
    await ana.in({ type: 'messaging', id: `attic-${town.tag}`, cid: ids.attic }).pin();
    expect((await order([{ pinned_at: -1 }]))[0]).toBe('attic');
  });

  story('the asker\'s own state of a channel', async ({ town }) => {
    const { ana, ids } = await list(town);
    const names = new Map(Object.entries(ids).map(([name, cid]) => [cid, name]));
    const at = (name: string) => ana.in({ type: 'messaging', id: `${name}-${town.tag}`, cid: ids[name] });
    const find = async (filter: object) =>
      (await ana.client.queryChannels({ tag: town.tag, type: 'messaging', ...filter } as never, [{ rank: 1 } as never], { watch: false })).map((channel) => names.get(channel.cid));
    await at('hall').pin();
    await at('garage').archive();
    await at('attic').mute();
    await at('kitchen').hide();
    await town.says({ type: 'messaging', id: `hall-${town.tag}`, cid: ids.hall }, (await town.users('cleo'))[0], 'unread');
    expect(await find({ pinned: true })).toEqual(['hall']);
    expect(await find({ pinned: false })).toEqual(['garage', 'attic']);
    expect(await find({ archived: true })).toEqual(['garage']);
    expect(await find({ archived: false })).toEqual(['hall', 'attic']);
    expect(await find({ muted: true })).toEqual(['attic']);
    expect(await find({ hidden: true })).toEqual(['kitchen']);
    expect(await find({ has_unread: true })).toEqual(['hall']);
    expect(await find({})).toEqual(['garage', 'hall', 'attic']);
  });

  story('pages, limits and what each channel carries', async ({ town }) => {
    const { ana, ids } = await list(town);
    const hall = { type: 'messaging', id: `hall-${town.tag}`, cid: ids.hall };
    for (let at = 0; at < 4; at += 1) await town.says(hall, ana, `m${at}`);
    const page = async (options: object) =>
      (await ana.client.queryChannelsRequest({ tag: town.tag, type: 'messaging' } as never, [{ rank: 1 } as never], { watch: false, ...options })).map((state) => state.channel.name);
    expect(await page({ limit: 2 })).toEqual(['kitchen', 'garage']);
    expect(await page({ limit: 2, offset: 2 })).toEqual(['hall', 'attic']);
    expect(await page({ limit: 2, offset: 10 })).toEqual([]);
    const [state] = await ana.client.queryChannelsRequest({ cid: ids.hall }, [], { watch: false, state: true, message_limit: 2, member_limit: 1 });
    expect(state.messages.map((message) => message.text)).toEqual(['m2', 'm3']);
    expect(state.members).toHaveLength(1);
    expect(state.membership).toMatchObject({ user: { id: ana.id } });
    expect(state.channel.own_capabilities).toEqual(expect.arrayContaining(['send-message']));
    const [bare] = await ana.client.queryChannelsRequest({ cid: ids.hall }, [], { watch: false, state: false });
    expect(bare.messages).toEqual([]);
    expect(bare.channel.cid).toBe(ids.hall);
  });

  story('only what one may read; asking for others by id is refused', async ({ town }) => {
    const { ids } = await list(town);
    const dora = await town.person('dora');
    const seen = await dora.client.queryChannels({ tag: town.tag } as never, [], { watch: false });
    expect(seen.map((channel) => channel.cid)).toEqual([ids.far]);
    const refused = await dora.client.queryChannels({ cid: ids.hall }, [], { watch: false }).catch((error) => error);
    expect({ status: refused.status, code: refused.code }).toEqual({ status: 403, code: 70 });
  });

  story('a server sees all, or the view of a person', async ({ town }) => {
    const { ana, ids } = await list(town);
    const all = await town.server.queryChannelsRequest({ tag: town.tag } as never, [], { watch: false });
    expect(all.map((state) => state.channel.cid).sort()).toEqual(Object.values(ids).sort());
    expect(all[0]).not.toHaveProperty('membership');
    const view = await town.server.queryChannelsRequest({ tag: town.tag, joined: true } as never, [], { watch: false, user_id: ana.id });
    expect(view).toHaveLength(4);
    await refuses(town.server.queryChannels({ muted: true }, [], { watch: false }), 4, 400, 'muted requires a valid user');
  });

  const BAD: [title: string, body: object, text?: string | RegExp][] = [
    ['an unknown operator', { filter_conditions: { name: { $near: 'x' } } }],
    ['$in without a list', { filter_conditions: { name: { $in: 'x' } } }],
    ['$exists without a bool', { filter_conditions: { topic: { $exists: 'yes' } } }, '$exists operator only support boolean values'],
    ['$and without a list', { filter_conditions: { $and: { name: 'x' } } }],
    ['a number for a text', { filter_conditions: { id: 7 } }, /field `id` contains type number\. expecting string/],
    ['an operator the field has not', { filter_conditions: { id: { $q: 'x' } } }, 'operator "$q" is not allowed for field "id"'],
    ['an empty $autocomplete', { filter_conditions: { name: { $autocomplete: '!!' } } }, '$autocomplete field is empty'],
    ['a text as filter', { filter_conditions: 'all' }],
    ['sort without a field', { filter_conditions: {}, sort: [{ direction: 1 }] }],
    ['sort direction 2', { filter_conditions: {}, sort: [{ field: 'created_at', direction: 2 }] }],
    ['six sort keys', { filter_conditions: {}, sort: ['a', 'b', 'c', 'd', 'e', 'f'].map((field) => ({ field, direction: 1 })) }],
    ['a negative limit', { filter_conditions: {}, limit: -1 }],
    ['an offset too far', { filter_conditions: {}, offset: 1001 }],
    ['too many members', { filter_conditions: {}, member_limit: 101 }, 'member_limit must be 100 or less'],
    ['a negative member limit', { filter_conditions: {}, member_limit: -1 }, 'member_limit must be 0 or greater'],
    ['too many messages', { filter_conditions: {}, message_limit: 301 }],
    ['has_unread false', { filter_conditions: { has_unread: false } }],
  ];
  for (const [title, body, text] of BAD) {
    story(`refused: ${title}`, async ({ town }) => {
      const ana = await town.person('ana');
      await refuses(ana.post('/channels', { watch: false, ...body }), 4, 400, text);
    });
  }
});
