// The limits that an app can run into: what is just allowed, and one more. How many drafts, reminders and live locations somebody has,
// and pages of votes, are in the stories of these nouns.
import { describe, expect, form, type Person, random, refuses, type Room, story, type Town, upload } from '../harness';

const many = (count: number, word = 'x') => Array.from({ length: count }, (_, at) => `${word}${at}`);
const DAY = 24 * 3600 * 1000;

/** `most` is allowed, and one more is refused by name. */
async function atMost(most: number, attempt: (count: number) => Promise<unknown>, says: RegExp, code = 4, status = 400) {
  await attempt(most);
  await refuses(attempt(most + 1), code, status, says);
}

/** A text of which the JSON `{key: text}` has so many bytes. */
const filling = (bytes: number, key: string) => 'c'.repeat(bytes - JSON.stringify({ [key]: '' }).length);

/** So many people, who exist and never connect. */
async function crowd(town: Town, count: number, word = 'p') {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 100) ids.push(...(await town.users(...many(Math.min(100, count - at), `${word}${at}-`))));
  return ids;
}

const send = (who: Person, room: Room, message: object) => who.post(`/channels/${room.type}/${room.id}/message`, { message });

describe('a message', () => {
  story('has an id of 255 characters, 30 attachments, 25 mentions', async ({ town }) => {
    const [ana, , room] = await town.two();
    await atMost(255, (count) => send(ana, room, { id: random().padEnd(count, 'i'), text: 'x' }), /message.id must be 1 to 255/);
    await atMost(30, (count) => send(ana, room, { attachments: many(count).map((type) => ({ type })) }), /attachments must contain at maximum 30/);
    const people = await crowd(town, 26);
    await atMost(25, (count) => send(ana, room, { text: 'x', mentioned_users: people.slice(0, count) }), /mentioned_users must contain at maximum 25/);
    const asServer = (message: object) => town.at(room).sendMessage({ text: 'x', user_id: ana.id, ...message } as never);
    await atMost(10, (count) => asServer({ mentioned_roles: many(count) }), /mentioned_roles must contain at maximum 10/);
    const groups = await Promise.all(many(10, 'g').map((name) => town.server.createUserGroup({ name: town.name(name) })));
    const ids = [...groups.map(({ user_group }) => user_group.id), 'one-more'];
    await atMost(10, (count) => asServer({ mentioned_group_ids: ids.slice(0, count) }), /mentioned_group_ids must contain at maximum 10/);
    await atMost(10, (count) => asServer({ restricted_visibility: people.slice(0, count) }), /restricted_visibility must contain at maximum 10/);
    await atMost(255, (length) => asServer({ mentioned_roles: ['r'.repeat(length)] }), /mentioned_roles must not name anything with more than 255/);
    const draft = (message: object) => ana.post(`/channels/${room.type}/${room.id}/draft`, { message: { text: 'x', ...message } });
    for (const key of ['quoted_message_id', 'poll_id']) {
      await atMost(255, (length) => draft({ [key]: 'i'.repeat(length) }), new RegExp(`${key} must not name anything with more than 255`));
    }
    await atMost(255, (length) => draft({ mentioned_users: ['u'.repeat(length)] }), /mentioned_users must not name anything/);
  });

  story('has as much text as its channel allows, 5,000 characters or up to 20,000', async ({ town }) => {
    const [ana, , room] = await town.two();
    const kind = async (length: number) => (await send(ana, room, { text: 'ü'.repeat(length) })).message.type;
    expect([await kind(5_000), await kind(5_001)]).toEqual(['regular', 'error']);
    const allow = (length: number) => town.at(room).updatePartial({ set: { config_overrides: { max_message_length: length } } } as never);
    // What a channel says beyond 20,000 means 20,000.
    for (const length of [20_000, 30_000]) {
      await allow(length);
      await ana.settles(room);
      expect([await kind(20_000), await kind(20_001)]).toEqual(['regular', 'error']);
    }
  });

  story('carries 5 KB of attachments and custom data, a reaction 1 KB', async ({ town }) => {
    const [ana, , room] = await town.two();
    const data = (bytes: number) => send(ana, room, { text: 'x', colour: filling(bytes, 'colour') });
    await atMost(5 * 1024, data, /5120 bytes/, 22, 413);
    // Without custom data there is still its empty object.
    const attached = (bytes: number) => send(ana, room, { attachments: [{ note: filling(bytes - 2, 'note') }] });
    await atMost(5 * 1024, attached, /5120 bytes/, 22, 413);
    const { id } = (await send(ana, room, { text: 'x' })).message;
    const react = (reaction: object) => ana.post(`/messages/${id}/reaction`, { reaction });
    await atMost(1024, (bytes) => react({ type: 'love', note: filling(bytes, 'note') }), /1024 bytes/, 22, 413);
    await atMost(30, (count) => react({ type: 'r'.repeat(count) }), /30/);
  });

  story('shows the ten newest reactions', async ({ town }) => {
    const [ana, , room] = await town.two();
    const people = await crowd(town, 11);
    const { id } = (await send(ana, room, { text: 'x' })).message;
    const latest = async () => ((await ana.client.getMessage(id)).message.latest_reactions ?? []).map((one) => one.user_id);
    for (const [at, user_id] of people.entries()) {
      await town.at(room).sendReaction(id, { type: 'love', user_id } as never);
      if (at === 9) expect(await latest()).toEqual(people.slice(0, 10).reverse());
    }
    expect(await latest()).toEqual(people.slice(1).reverse());
    expect((await ana.client.getMessage(id)).message.reaction_counts).toEqual({ love: 11 });
  });
});

describe('a channel', () => {
  story('has an id of 64 characters, 5 KB of data, 10 tags', async ({ town }) => {
    const ana = await town.person('ana');
    const make = (id: string, data: object = {}) => ana.post(`/channels/messaging/${id}/query`, { data });
    await atMost(64, (count) => make(random().padEnd(count, 'i')), /channel id must be 1 to 64/);
    await atMost(5 * 1024, (bytes) => make(random(), { topic: filling(bytes, 'topic') }), /5120 bytes/, 22, 413);
    const room = await town.room({ members: [ana] });
    await atMost(10, async (count) => {
      await town.at(room).updatePartial({ set: { filter_tags: many(count) } } as never);
    }, /filter_tags must contain at maximum 10/);
    // One more beside those ten.
    await refuses(town.at(room).addFilterTags(['another']), 4, 400, /at maximum 10/);
  });

  story('is slow by up to 120 seconds', async ({ town }) => {
    const [, , room] = await town.two();
    await atMost(120, (seconds) => town.at(room).enableSlowMode(seconds), /between 0 and 120/);
    await atMost(120, (cooldown) => town.at(room).updatePartial({ set: { cooldown } } as never), /between 0 and 120/);
    await town.at(room).enableSlowMode(0);
    await refuses(town.at(room).enableSlowMode(-1), 4, 400, /between 0 and 120/);
  });

  story('takes 100 people in a call', async ({ town }) => {
    const owner = await town.person('owner');
    const people = await crowd(town, 101);
    const room = await town.room({ members: [owner] });
    const channel = town.at(room);
    const says = /must contain at maximum 100/;
    await atMost(100, (count) => channel.inviteMembers(people.slice(0, count)), says);
    await atMost(100, (count) => channel.addMembers(people.slice(0, count)), says);
    await atMost(100, (count) => channel.assignRoles(people.slice(0, count).map((user_id) => ({ user_id, channel_role: 'channel_moderator' }))), says);
    await atMost(100, (count) => channel.demoteModerators(people.slice(0, count)), says);
    await atMost(100, (count) => channel.addModerators(people.slice(0, count)), says);
    await atMost(100, (count) => channel.removeMembers(people.slice(0, count)), says);
    const make = (count: number) =>
      town.server.channel('messaging', random(), { created_by_id: owner.id, members: people.slice(0, count) } as never).create();
    await atMost(100, make, says);
  }, 120_000);
});

describe('a person', () => {
  story('has 5 KB of data; 100 people are written in a call', async ({ town }) => {
    const [ana] = await town.people('ana');
    await atMost(5 * 1024, async (bytes) => {
      await ana.client.partialUpdateUser({ id: ana.id, set: { note: filling(bytes, 'note') } as never });
    }, /5120 bytes/, 22, 413);
    const users = (count: number) => many(count, 'u').map((word) => ({ id: town.name(word) }));
    await atMost(100, (count) => town.server.upsertUsers(users(count)), /must contain at maximum 100/);
    const partial = (count: number) => town.server.partialUpdateUsers(users(count).map(({ id }) => ({ id, set: { shoe: 42 } as never })));
    await atMost(100, partial, /must contain at maximum 100/);
  }, 120_000);

  story('mutes 1,000 people and 25 channels in a call', async ({ town }) => {
    const [ana] = await town.people('ana');
    const people = await crowd(town, 1001);
    await atMost(1000, (count) => ana.post('/moderation/mute', { target_ids: people.slice(0, count) }), /1000/);
    const rooms = await Promise.all(many(26).map(() => town.room({ members: [ana] })));
    const mute = (count: number) => ana.post('/moderation/mute/channel', { channel_cids: rooms.slice(0, count).map(({ cid }) => cid) });
    await atMost(25, mute, /25/);
  }, 120_000);

  story('reads 30 channels, reports 100 deliveries and syncs 255 channels in a call, 30 days back', async ({ town }) => {
    const [ana, , room] = await town.two();
    const { id } = (await send(ana, room, { text: 'x' })).message;
    const cids = many(255).map((word) => `messaging:${word}-${random()}`);
    const read = (count: number) =>
      ana.post('/channels/read', { read_by_channel: Object.fromEntries([room.cid, ...cids].slice(0, count).map((cid) => [cid, ''])) });
    await refuses(read(31), 4, 400, /at maximum 30/);
    const rooms = await Promise.all(many(29).map(() => town.room({ members: [ana] })));
    cids.unshift(...rooms.map(({ cid }) => cid));
    await read(30);
    const delivered = (count: number) =>
      ana.post('/channels/delivered', { latest_delivered_messages: many(count).map(() => ({ cid: room.cid, id })) });
    await atMost(100, delivered, /at maximum 100/);
    const last_sync_at = new Date().toISOString();
    const sync = (count: number) =>
      ana.post('/sync', { channel_cids: [room.cid, ...cids].slice(0, count), last_sync_at, with_inaccessible_cids: true });
    await atMost(255, sync, /channel_cids must contain 1 to 255/);
    const since = (ago: number) => ana.post('/sync', { channel_cids: [room.cid], last_sync_at: new Date(Date.now() - ago).toISOString() });
    await since(30 * DAY - 60_000);
    await refuses(since(30 * DAY + 1_000), 4, 400, /30 days/);
  });
});

describe('a list', () => {
  const limits: [path: (id: string) => string, query: string[], most: number, method: 'get' | 'post' | 'flat'][] = [
    [() => '/channels', ['offset'], 1000, 'post'],
    [() => '/channels', ['message_limit'], 300, 'post'],
    [() => '/channels', ['member_limit'], 100, 'post'],
    [() => '/users', ['limit'], 100, 'get'],
    [() => '/users', ['offset'], 1000, 'get'],
    [() => '/threads', ['limit'], 100, 'post'],
    [() => '/threads', ['reply_limit'], 10, 'post'],
    [() => '/threads', ['participant_limit'], 100, 'post'],
    [() => '/threads', ['member_limit'], 100, 'post'],
    [() => '/drafts/query', ['limit'], 100, 'post'],
    [() => '/reminders/query', ['limit'], 100, 'post'],
    [(id) => `/messages/${id}/replies`, ['limit'], 300, 'flat'],
    [(id) => `/messages/${id}/reactions`, ['limit'], 300, 'flat'],
    [(id) => `/messages/${id}/reactions`, ['offset'], 1000, 'flat'],
    [(id) => `/messages/${id}/reactions`, ['limit'], 100, 'post'],
  ];

  story('has pages of a certain size, and reaches so far', async ({ town }) => {
    const [ana, , room] = await town.two();
    const { id } = (await send(ana, room, { text: 'x' })).message;
    for (const [path, [name], most, method] of limits) {
      const ask = (count: number) => {
        const filter = path(id) === '/channels' || path(id) === '/users' ? { filter_conditions: {} } : {};
        if (method === 'flat') return ana.get(path(id), { [name]: count });
        const request = { ...filter, [name]: count };
        return method === 'get' ? ana.get(path(id), { payload: request }) : ana.post(path(id), request);
      };
      await atMost(most, ask, new RegExp(`${name} must be ${most} or less`));
    }
  });

  story('of a channel as well', async ({ town }) => {
    const [ana, , room] = await town.two();
    const state = (part: object) => ana.post(`/channels/${room.type}/${room.id}/query`, part);
    for (const [part, name, most] of [
      ['messages', 'limit', 300],
      ['members', 'limit', 300],
      ['members', 'offset', 10_000],
      ['watchers', 'limit', 300],
      ['watchers', 'offset', 10_000],
    ] as const) await atMost(most, (count) => state({ [part]: { limit: 1, [name]: count } }), new RegExp(`${name} must be ${most} or less`));
    const payload = (more: object) => ({ payload: { type: room.type, id: room.id, filter_conditions: {}, ...more } });
    await atMost(300, (limit) => ana.get('/members', payload({ limit })), /limit must be 300 or less/);
    await atMost(10_000, (offset) => ana.get('/members', payload({ offset })), /offset must be 10000 or less/);
    const pinned = (limit: number) => ana.get(`/channels/${room.type}/${room.id}/pinned_messages`, { payload: { limit } });
    await atMost(300, pinned, /limit must be 300 or less/);
    const byId = (count: number) => ana.get(`/channels/${room.type}/${room.id}/messages`, { ids: many(count).join(',') });
    await atMost(50, byId, /50/);
  });

  story('of channels has at most thirty, and is sorted by five fields', async ({ town }) => {
    const ana = await town.person('ana');
    await Promise.all(many(31).map(() => town.room({ members: [ana] })));
    const count = async (limit: number) => (await ana.post('/channels', { filter_conditions: { members: { $in: [ana.id] } }, limit })).channels.length;
    // One more is cut, as apps ask for a hundred.
    expect([await count(29), await count(30), await count(31)]).toEqual([29, 30, 30]);
    const fields = ['last_message_at', 'created_at', 'updated_at', 'member_count', 'last_updated', 'name'];
    const sort = (length: number) => fields.slice(0, length).map((field) => ({ field, direction: -1 }));
    await atMost(5, (length) => ana.post('/channels', { filter_conditions: {}, sort: sort(length) }), /5/);
    const people = ['created_at', 'updated_at', 'last_active', 'id', 'name', 'role'].map((field) => ({ field, direction: 1 }));
    await atMost(5, (length) => ana.get('/users', { payload: { filter_conditions: {}, sort: people.slice(0, length) } }), /5/);
  });

  story('of what a search finds ends after a thousand', async ({ town }) => {
    const [ana, , room] = await town.two();
    const search = (more: object) => ana.get('/search', { payload: { filter_conditions: { cid: room.cid }, query: 'x', ...more } });
    await atMost(100, (limit) => search({ limit }), /limit must be 100 or less/);
    await atMost(1000, (offset) => search({ offset, limit: 0 }), /offset must be 1000 or less/);
    await search({ offset: 900, limit: 100 });
    await refuses(search({ offset: 901, limit: 100 }), 4, 400, /offset and limit together must be 1000 or less/);
  });

  story('of channels to search through ends after 500, and says so', async ({ town }) => {
    const ana = await town.person('ana');
    const make = () => town.room({ type: 'messaging', tag: town.tag, members: [ana] });
    const search = () => ana.get('/search', { payload: { filter_conditions: { tag: town.tag }, query: 'x' } });
    for (let at = 0; at < 500; at += 10) await Promise.all(many(10).map(make));
    expect(await search()).not.toHaveProperty('results_warning');
    await make();
    expect(await search()).toMatchObject({ results_warning: { warning_code: 1, channel_search_count: 500 } });
  }, 120_000);
});

describe('a poll', () => {
  story('has 100 options, of which one may choose 10', async ({ town }) => {
    const ana = await town.person('ana');
    const make = (poll: object) => ana.post('/polls', { name: 'soup?', options: [{ text: 'yes' }], ...poll });
    await atMost(100, (count) => make({ options: many(count).map((text) => ({ text })) }), /100/);
    await make({ max_votes_allowed: 1 });
    await atMost(10, (count) => make({ max_votes_allowed: count }), /max_votes_allowed/);
    await refuses(make({ max_votes_allowed: 0 }), 4, 400, /max_votes_allowed/);
  });
});

describe('an upload', () => {
  story('has 100 MB', async ({ town }) => {
    const [ana, , room] = await town.two();
    const most = 100 * 1024 * 1024;
    const bytes = new Blob([new Uint8Array(most + 1)]);
    const path = `/channels/${room.type}/${room.id}/file`;
    const sent = async (length: number) =>
      upload(ana.place.rest, path, town.token(ana.id), form({ file: bytes.slice(0, length) }, 'large.bin'));
    expect((await sent(most)).status).toBe(201);
    const refused = await sent(most + 1);
    expect([refused.status, refused.body.code]).toEqual([413, 22]);
    expect(refused.body.message).toMatch(/larger than 104857600 bytes/);
  }, 120_000);
});
