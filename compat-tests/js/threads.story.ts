// S11: the list of threads, one thread, what is set of it, and how the SDK's own list follows.

import { describe, expect, found, ms, type Person, refuses, type Room, soon, story } from '../harness';

/** Ana says something and Bob replies: a thread in which both take part. */
async function thread(ana: Person, bob: Person, room: Room, text = 'parent') {
  const parent = await ana.says(room, text);
  const reply = await bob.says(room, { text: `reply to ${text}`, parent_id: parent.id });
  return { parent, reply };
}

const ids = (answer: { threads: { id: string }[] }) => answer.threads.map((one) => one.id);

const list = (person: Person, body: object = {}): Promise<any> => person.post('/threads', { watch: false, ...body });

const idsOf = async (person: Person, body: object = {}): Promise<string[]> =>
  (await list(person, body)).threads.map((one: { parent_message_id: string }) => one.parent_message_id);

const settle = (room: Room, ...people: Person[]) => Promise.all(people.map((one) => one.settles(room)));

describe('the list', () => {
  story('a thread is whole: parent, channel, replies, who takes part and how far each has read', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'parent');
    const replies = [];
    for (const text of ['one', 'two', 'three']) replies.push(await bob.says(room, { text, parent_id: parent.id }));
    await ana.in(room).sendReaction(parent.id, { type: 'like' });
    const { threads, next } = await list(ana, { reply_limit: 2 });
    expect(next).toBeUndefined();
    expect(threads).toHaveLength(1);
    expect(threads[0]).toMatchObject({
      parent_message_id: parent.id,
      channel_cid: room.cid,
      title: 'parent',
      created_by_user_id: bob.id,
      created_by: { id: bob.id },
      reply_count: 3,
      participant_count: 2,
      active_participant_count: 2,
      created_at: replies[0].created_at,
      last_message_at: replies[2].created_at,
      updated_at: replies[2].created_at,
      parent_message: { id: parent.id, text: 'parent', own_reactions: [{ type: 'like', user_id: ana.id }] },
      channel: { cid: room.cid, name: 'Kitchen', own_capabilities: expect.arrayContaining(['send-reply']) },
    });
    expect(threads[0].latest_replies.map((reply: { text: string }) => reply.text)).toEqual(['two', 'three']);
    expect(threads[0].channel.members.map((member: { user_id: string }) => member.user_id)).toEqual([ana.id, bob.id]);
    const participants = new Map<string, any>(threads[0].thread_participants.map((one: any) => [one.user_id, one]));
    expect(participants.get(ana.id)).toMatchObject({ user: { name: 'Ana' }, thread_id: parent.id, channel_cid: room.cid });
    expect(participants.get(ana.id)).not.toHaveProperty('last_thread_message_at');
    expect(participants.get(bob.id)).toMatchObject({
      created_at: replies[0].created_at,
      last_read_at: replies[2].created_at,
      last_thread_message_at: replies[2].created_at,
    });
    const read = new Map<string, any>(threads[0].read.map((one: any) => [one.user.id, one]));
    expect(read.get(ana.id)).toMatchObject({ unread_messages: 3 });
    expect(read.get(bob.id)).toMatchObject({ unread_messages: 0, last_read: replies[2].created_at, last_read_message_id: replies[2].id });
  });

  story('unread threads first, then those with the newest replies; a sort of one\'s own', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const [first, second, third] = [await thread(ana, bob, room, 'a'), await thread(ana, bob, room, 'b'), await thread(ana, bob, room, 'c')];
    const all = [first, second, third].map(({ parent }) => parent.id);
    expect(await idsOf(ana)).toEqual([...all].reverse());
    await ana.in(room).markAsReadRequest({ thread_id: third.parent.id });
    expect(await idsOf(ana)).toEqual([all[1], all[0], all[2]]);
    expect(await idsOf(ana, { sort: [{ field: 'created_at', direction: 1 }] })).toEqual(all);
    expect(await idsOf(ana, { sort: [{ field: 'last_message_at', direction: -1 }] })).toEqual([...all].reverse());
    expect(await idsOf(ana, { filter: { has_unread: true } })).toEqual([all[1], all[0]]);
    expect(await idsOf(ana, { filter: { parent_message_id: { $in: [all[0], 'nothing'] } } })).toEqual([all[0]]);
    expect(await idsOf(ana, { filter: { channel_cid: 'messaging:elsewhere' } })).toEqual([]);
    expect(await idsOf(ana, { filter: { created_by_user_id: { $eq: ana.id } } })).toEqual([]);
    expect(await idsOf(ana, { filter: { last_message_at: { $gt: first.reply.created_at } } })).toEqual([all[1], all[2]]);
  });

  story('pages follow one another, also when a thread gets a reply in between', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const all: string[] = [];
    for (let at = 0; at < 5; at += 1) all.unshift((await thread(ana, bob, room, `t${at}`)).parent.id);
    const first = await list(ana, { limit: 2 });
    expect(first.threads.map((one: any) => one.parent_message_id)).toEqual(all.slice(0, 2));
    expect(first).not.toHaveProperty('prev');
    await bob.says(room, { text: 'again', parent_id: all[4] });
    const second = await list(ana, { limit: 2, next: first.next });
    expect(second.threads.map((one: any) => one.parent_message_id)).toEqual(all.slice(2, 4));
    expect(second.next).toBeUndefined();
    expect(await idsOf(ana, { limit: 2, prev: second.prev })).toEqual([all[0], all[1]]);
    expect(await idsOf(ana, { limit: 1 })).toEqual([all[4]]);
    await refuses(list(ana, { next: 'nonsense' }), 4, 400, /next/);
    await refuses(list(ana, { next: first.next, prev: second.prev }), 4, 400, /together/);
  });

  story('only those who take part have it: authors, the parent\'s author, people mentioned', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const [cleo, dora] = await town.people('cleo', 'dora');
    await town.at(room).addMembers([cleo.id, dora.id]);
    const { parent } = await thread(ana, bob, room);
    expect(await idsOf(dora)).toEqual([]);
    await bob.says(room, { text: 'what does @Cleo say?', parent_id: parent.id, mentioned_users: [cleo.id] });
    for (const one of [ana, bob, cleo]) expect(await idsOf(one)).toEqual([parent.id]);
    expect(await idsOf(dora)).toEqual([]);
    const server: any = await town.server.post(`${town.server.baseURL}/threads`, { user_id: cleo.id, watch: true });
    expect(server.threads.map((one: any) => one.parent_message_id)).toEqual([parent.id]);
    await refuses(town.server.post(`${town.server.baseURL}/threads`, {}), 4, 400, /user_id must be provided/);
  });

  story('who leaves the channel leaves its threads, and comes back without them', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const { parent } = await thread(ana, bob, room);
    expect(await idsOf(bob)).toEqual([parent.id]);
    await town.at(room).removeMembers([bob.id]);
    expect(await idsOf(bob)).toEqual([]);
    await refuses(bob.get(`/threads/${parent.id}`), 17, 403);
    const { thread: left } = await ana.get(`/threads/${parent.id}`);
    expect(left.thread_participants.map((one: any) => one.user_id)).toEqual([ana.id]);
    await town.at(room).addMembers([bob.id]);
    expect(await idsOf(bob)).toEqual([]);
    await bob.says(room, { text: 'here again', parent_id: parent.id });
    expect(await idsOf(bob)).toEqual([parent.id]);
  });

  story('a parent that is deleted softly stays as deleted; for good, or truncated, it is gone', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const [soft, hard, old] = [await thread(ana, bob, room, 'soft'), await thread(ana, bob, room, 'hard'), await thread(ana, bob, room, 'old')];
    await ana.client.deleteMessage(soft.parent.id);
    await town.server.deleteMessage(hard.parent.id, { hardDelete: true });
    expect((await idsOf(ana)).sort()).toEqual([soft.parent.id, old.parent.id].sort());
    const { thread: deleted } = await ana.get(`/threads/${soft.parent.id}`);
    expect(deleted).toMatchObject({ deleted_at: expect.any(String), title: '', parent_message: { type: 'deleted', text: 'This message was deleted.' } });
    await refuses(ana.get(`/threads/${hard.parent.id}`), 16, 404, /Can't find thread/);
    await town.at(room).truncate();
    expect(await idsOf(ana)).toEqual([]);
    await refuses(ana.get(`/threads/${old.parent.id}`), 16, 404, /Can't find thread/);
    expect((await ana.get('/unread')).total_unread_threads_count).toBe(0);
  });

  story('limits: the largest page, and one past it', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await thread(ana, bob, room);
    expect(await idsOf(ana, { limit: 100, reply_limit: 10, participant_limit: 100, member_limit: 100 })).toHaveLength(1);
    await refuses(list(ana, { limit: 101 }), 4, 400, /limit must be 100 or less/);
    await refuses(list(ana, { reply_limit: 11 }), 4, 400, /reply_limit must be 10 or less/);
    await refuses(list(ana, { participant_limit: 101 }), 4, 400, /participant_limit/);
    await refuses(list(ana, { member_limit: 101 }), 4, 400, /member_limit/);
    await refuses(list(ana, { limit: -1 }), 4, 400, /limit must be 0 or greater/);
    await refuses(list(ana, { filter: { nonsense: { $nope: 1 } } }), 4, 400);
    await refuses(list(ana, { sort: [{ field: 'colour', direction: 1 }] }), 4, 400, /sorting by "colour"/);
    await refuses(list(ana, { sort: [{ field: 'created_at' }, { field: 'has_unread' }] }), 4, 400, /first field/);
    const none = await list(ana, { reply_limit: 0, participant_limit: 0, member_limit: 0 });
    expect(none.threads[0]).toMatchObject({ latest_replies: [], thread_participants: [], channel: { members: [] } });
    // The own row is there whatever is shown of others: the badge comes from it.
    expect(none.threads[0].read.map((one: any) => one.user.id)).toEqual([ana.id]);
  });
});

describe('one thread', () => {
  story('whoever reads the channel reads it; without replies there is none', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const cleo = await town.person('cleo');
    const { parent, reply } = await thread(ana, bob, room);
    const lone = await ana.says(room, 'nobody replies');
    const { thread: seen } = await bob.get(`/threads/${parent.id}`, { reply_limit: 1 });
    expect(seen).toMatchObject({ parent_message_id: parent.id, latest_replies: [{ id: reply.id }] });
    await refuses(bob.get(`/threads/${lone.id}`), 16, 404, /Can't find thread with id/);
    await refuses(bob.get(`/threads/${reply.id}`), 16, 404, /Can't find thread with id/);
    await refuses(bob.get('/threads/nothing'), 16, 404, /Can't find thread with id nothing/);
    await refuses(cleo.get(`/threads/${parent.id}`), 17, 403);
    await refuses(bob.get(`/threads/${parent.id}`, { reply_limit: 11 }), 4, 400, /reply_limit/);
  });

  story('looking at it watches its channel', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const { parent } = await thread(ana, bob, room);
    await settle(room, ana, bob);
    const seen = await ana.client.getThread(parent.id);
    expect(seen.state.getLatestValue().replies).toHaveLength(1);
    await bob.says(room, { text: 'more', parent_id: parent.id });
    await ana.hears('message.new', { message: { parent_id: parent.id, text: 'more' } });
  });

  story('its title and data are set and taken away, and watchers hear of it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    const { parent } = await thread(ana, bob, room);
    await settle(room, ana, bob, phone);
    const { thread: set } = await bob.client.partialUpdateThread(parent.id, { set: { title: 'Dinner', colour: 'teal', 'place.city': 'Bonn' } });
    expect(set).toMatchObject({ title: 'Dinner', colour: 'teal', place: { city: 'Bonn' }, parent_message: { id: parent.id }, channel: { cid: room.cid } });
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['thread.updated'], room);
      expect(event).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, user: { id: bob.id } });
      expect(event.thread).toMatchObject({ parent_message_id: parent.id, title: 'Dinner', colour: 'teal', updated_at: set.updated_at, reply_count: 1 });
    }
    await phone.heardNothing(room);
    expect((await list(ana, { filter: { colour: 'teal' } })).threads).toHaveLength(1);
    expect(await idsOf(ana, { filter: { title: { $autocomplete: 'din' } } })).toEqual([parent.id]);
    const { thread: unset } = await bob.client.partialUpdateThread(parent.id, { unset: ['title', 'colour'] });
    expect(unset).toMatchObject({ title: 'parent', place: { city: 'Bonn' } });
    expect(unset).not.toHaveProperty('colour');
    expect(ms(unset.updated_at)).toBeGreaterThanOrEqual(ms(set.updated_at));
  });

  story('who may not set it, and what cannot be set', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const cleo = await town.person('cleo');
    await town.at(room).addMembers([cleo.id]);
    const { parent } = await thread(ana, bob, room);
    const set = (one: Person, what: object) => one.patch(`/threads/${parent.id}`, { set: what });
    await refuses(set(cleo, { title: 'mine' }), 17, 403, /UpdateThread/);
    for (const key of ['created_at', 'reply_count', 'participants', 'channel', 'custom', 'draft', 'read.x']) {
      await refuses(set(bob, { [key]: 1 }), 4, 400, /reserved/);
    }
    await refuses(bob.patch(`/threads/${parent.id}`, { unset: ['user'] }), 4, 400, /reserved/);
    await refuses(set(bob, { title: 7 }), 4, 400, /text/);
    await set(bob, { title: 'x'.repeat(255) });
    await refuses(set(bob, { title: 'x'.repeat(256) }), 4, 400, /255/);
    await set(bob, { note: 'x'.repeat(5 * 1024 - '{"note":""}'.length) });
    await refuses(set(bob, { note: 'x'.repeat(5 * 1024 - '{"note":""}'.length + 1) }), 22, 413);
    await refuses(bob.patch('/threads/nothing', { set: { title: 'x' } }), 16, 404, /Can't find thread/);
    // The channel's creator may, and a server may for anybody.
    await set(ana, { title: 'by the creator' });
    const answer: any = await town.server.patch(`${town.server.baseURL}/threads/${parent.id}`, { set: { title: 'by a server' }, user_id: cleo.id });
    expect(answer.thread.title).toBe('by a server');
    await refuses(town.server.patch(`${town.server.baseURL}/threads/${parent.id}`, { set: { title: 'x' } }), 4, 400, /user_id/);
  });
});

describe('the SDK', () => {
  /** Ana's own list of threads, open on her screen. */
  async function opened(ana: Person) {
    const manager = ana.client.threads;
    manager.registerSubscriptions();
    manager.activate();
    await soon(() => expect(manager.state.getLatestValue().ready).toBe(true));
    return manager;
  }

  story('its list follows replies, reads, edits and titles, and counts what is unread', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const { parent } = await thread(ana, bob, room);
    const manager = await opened(ana);
    const state = () => manager.state.getLatestValue();
    expect(ids(state())).toEqual([parent.id]);
    const shown = found(state().threads[0]);
    expect(shown.ownUnreadCount).toBe(1);
    await bob.says(room, { text: 'another', parent_id: parent.id });
    await soon(() => expect(shown.ownUnreadCount).toBe(2));
    expect(shown.state.getLatestValue().replies.map((reply) => reply.text)).toEqual(['reply to parent', 'another']);
    expect(shown.state.getLatestValue().replyCount).toBe(2);
    await soon(() => expect(state()).toMatchObject({ unreadThreadCount: 1, isThreadOrderStale: true }));
    shown.activate();
    await soon(() => expect(shown.ownUnreadCount).toBe(0));
    await soon(() => expect(state().unreadThreadCount).toBe(0));
    shown.deactivate();
    await bob.client.partialUpdateThread(parent.id, { set: { title: 'Dinner', colour: 'teal' } });
    await soon(() => expect(shown.state.getLatestValue()).toMatchObject({ title: 'Dinner', custom: { colour: 'teal' } }));
    await ana.client.updateMessage({ id: parent.id, text: 'edited' });
    await soon(() => expect(shown.state.getLatestValue().parentMessage.text).toBe('edited'));
    await ana.in(room).markUnread({ thread_id: parent.id });
    await soon(() => expect(shown.ownUnreadCount).toBe(2));
    manager.unregisterSubscriptions();
  });

  story('a new thread waits as unseen until the list is read again', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const first = await thread(ana, bob, room, 'first');
    const manager = await opened(ana);
    const second = await thread(ana, bob, room, 'second');
    await soon(() => expect(manager.state.getLatestValue().unseenThreadIds).toEqual([second.parent.id]));
    await manager.reload();
    expect(ids(manager.state.getLatestValue())).toEqual([second.parent.id, first.parent.id]);
    expect(manager.state.getLatestValue().unseenThreadIds).toEqual([]);
    manager.unregisterSubscriptions();
  });

  story('it pages through many threads, and through the replies of one', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const all: string[] = [];
    for (let at = 0; at < 5; at += 1) all.unshift((await thread(ana, bob, room, `t${at}`)).parent.id);
    const manager = ana.client.threads;
    manager.queryThreads = (options = {}) => ana.client.queryThreads({ participant_limit: 10, reply_limit: 2, ...options, limit: 2 });
    await manager.reload();
    while (manager.state.getLatestValue().pagination.nextCursor) await manager.loadNextPage();
    expect(ids(manager.state.getLatestValue())).toEqual(all);
    const long = found(manager.state.getLatestValue().threads[0]);
    const texts = ['reply to t4'];
    for (let at = 0; at < 6; at += 1) texts.push((await bob.says(room, { text: `r${at}`, parent_id: long.id })).text ?? '');
    const fresh = await ana.client.getThread(long.id, { reply_limit: 2 });
    for (let page = 0; page < 5 && fresh.state.getLatestValue().pagination.prevCursor; page += 1) await fresh.loadPrevPage({ limit: 2 });
    expect(fresh.state.getLatestValue().replies.map((reply) => reply.text)).toEqual(texts);
  });

  story('a deleted channel takes its threads off the list', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await thread(ana, bob, room);
    const manager = ana.client.threads;
    manager.registerSubscriptions();
    manager.queryThreads = (options = {}) => ana.client.queryThreads({ ...options, watch: false });
    await manager.reload();
    expect(manager.state.getLatestValue().threads).toHaveLength(1);
    await town.at(room).delete();
    await soon(() => expect(manager.state.getLatestValue()).toMatchObject({ threads: [], unreadThreadCount: 0 }));
    expect(await idsOf(ana)).toEqual([]);
    manager.unregisterSubscriptions();
  });
});

