// S5.6: messages that wait for a server's word, and are their senders' alone until then.

import { asks, describe, expect, hosted, ms, refuses, soon, story } from '../harness';
import { commits, ends, texts, waiting, waits } from '../harness/pending';

const MARKS = { config_overrides: { mark_messages_pending: true } };
const DAY_US = 24 * 3600 * 1_000_000;
/** The index follows the log. */

describe('a message that waits', () => {
  story('is its sender\'s alone, until it is committed', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    const cleo = await town.person('cleo');
    const everybody = [ana, bob, phone, cleo];
    const list = async (one: typeof ana) => (await one.client.queryChannels({ cid: room.cid }, {}, { message_limit: 10, watch: false }))[0].state;
    // What nodes remember of the channel must not outlive the send.
    for (const one of [ana, bob]) await list(one);
    await bob.says(room, 'before');
    for (const one of everybody) await one.settles(room);
    const metadata = { reason: 'links', score: '7' };
    const sent = await waits(town, room, ana, { text: 'see', colour: 'teal' } as never, { pending_message_metadata: metadata });
    expect(sent).toMatchObject({ message: { type: 'regular', text: 'see', colour: 'teal', user: { id: ana.id }, cid: room.cid }, pending_message_metadata: metadata });
    for (const one of everybody) await one.heardNothing(room);

    const { id } = sent.message;
    const kept = { message: { id, text: 'see', colour: 'teal' }, metadata, pending_message_metadata: metadata };
    for (const one of [ana, phone]) {
      expect(await waiting(one, room)).toMatchObject([kept]);
      expect((await list(one)).pending_messages).toMatchObject([kept]);
      expect(await one.client.getMessage(id)).toMatchObject({ message: { id, text: 'see', channel: { cid: room.cid } }, pending_message_metadata: metadata });
    }
    expect(await town.server.getMessage(id)).toMatchObject({ message: { id }, pending_message_metadata: metadata });
    expect(await waiting(bob, room)).toEqual([]);
    expect((await list(bob)).pending_messages).toEqual([]);
    for (const one of [ana, bob]) expect(await texts(one, room)).toEqual(['before']);
    const state = (await ana.in(room).query({})).channel;
    expect(ms(state.last_message_at)).toBeLessThan(ms(sent.message.created_at));
    expect((await ana.client.getUnreadCount()).total_unread_count, 'to send it is not to read').toBe(1);

    const between = await bob.says(room, 'between');
    for (const one of everybody) await one.settles(room);
    const { message } = await commits(town.server, id);
    expect(message).toMatchObject({ id, type: 'regular', text: 'see', colour: 'teal', user: { id: ana.id } });
    expect(ms(message.created_at)).toBeGreaterThan(ms(between.created_at));
    const [own] = await ana.heard(['message.new'], room);
    expect(own).toMatchObject({ message_id: id, user: { id: ana.id }, unread_count: 0, total_unread_count: 0 });
    const [heard] = await bob.heard(['message.new'], room);
    expect(heard).toMatchObject({ message_id: id, cid: room.cid, user: { id: ana.id }, unread_count: 1, total_unread_count: 1, message: { id, text: 'see', colour: 'teal', created_at: message.created_at } });
    const [note] = await phone.heard(['notification.message_new'], room);
    expect(note).toMatchObject({ message_id: id, channel: { cid: room.cid }, unread_count: 0 });
    await cleo.heardNothing(room);
    for (const one of [ana, bob]) {
      expect(await texts(one, room)).toEqual(['before', 'between', 'see']);
      expect(await waiting(one, room)).toEqual([]);
      const read = await one.client.getMessage(id);
      expect(read.message.created_at).toBe(message.created_at);
      expect(read).not.toHaveProperty('pending_message_metadata');
    }
    await refuses(commits(town.server, id), 4, 400, 'is not pending');
    await ana.client.updateMessage({ id, text: 'seen' });
    await bob.heard(['message.updated'], room);
  });

  story('does not exist for others, whatever they do with it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching({ config_overrides: { user_message_reminders: true } });
    const [cleo, dora] = await town.people('cleo', 'dora');
    await town.at(room).addModerators([dora.id]);
    const { message } = await waits(town, room, ana, 'to come');
    const { id } = message;
    await bob.settles(room);
    for (const one of [bob, cleo, dora]) {
      const calls: Record<string, () => Promise<unknown>> = {
        get: () => one.client.getMessage(id),
        edit: () => one.client.updateMessage({ id, text: 'mine' }),
        'edit in part': () => one.client.partialUpdateMessage(id, { set: { text: 'mine' } }),
        pin: () => one.client.pinMessage(id),
        delete: () => one.client.deleteMessage(id),
        'delete for good': () => one.client.deleteMessage(id, true),
        'delete for oneself': () => one.client.deleteMessage(id, { deleteForMe: true }),
        react: () => one.in(room).sendReaction(id, { type: 'like' }),
        'take a reaction back': () => one.in(room).deleteReaction(id, 'like'),
        'list reactions': () => one.in(room).getReactions(id, {}),
        flag: () => one.client.flagMessage(id),
        replies: () => one.in(room).getReplies(id, {}),
        remember: () => one.client.createReminder({ messageId: id }),
        action: () => one.in(room).sendAction(id, { image_action: 'send' }),
      };
      for (const [what, call] of Object.entries(calls)) {
        await refuses(call(), 16, 404, `message with id ${id} doesn't exist`).catch((why) => Promise.reject(new Error(`${one.id}, ${what}: ${why}`)));
      }
      await refuses(one.get(`/threads/${id}`), 16, 404);
    }
    expect((await bob.in(room).getMessagesById([id])).messages).toEqual([]);
    await refuses(bob.says(room, { text: 'so?', parent_id: id }), 4, 400, 'parent message');
    await refuses(bob.says(room, { text: 'so?', quoted_message_id: id }), 4, 400, 'quoted message');
    await refuses(bob.says(room, { id, text: 'mine' }), 4, 400, 'already exists');
    expect((await town.server.queryMessageHistory({ message_id: id }, [], {})).message_history).toEqual([]);
    expect((await bob.client.getMessage((await bob.says(room, 'now')).id)).message.text).toBe('now');
  });

  story('can be read by its sender, and deleted for good, and nothing else', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching({ config_overrides: { user_message_reminders: true } });
    const { message } = await waits(town, room, ana, 'to come');
    const { id } = message;
    const refused: (() => Promise<unknown>)[] = [
      () => ana.client.updateMessage({ id, text: 'other' }),
      () => ana.client.partialUpdateMessage(id, { set: { text: 'other' } }),
      () => town.server.updateMessage({ id, text: 'other', user_id: ana.id } as never, ana.id),
      () => ana.client.pinMessage(id),
      () => ana.client.deleteMessage(id),
      () => ana.client.deleteMessage(id, { deleteForMe: true }),
      () => town.server.deleteMessage(id),
      () => ana.in(room).sendReaction(id, { type: 'like' }),
      () => ana.client.createReminder({ messageId: id }),
      () => ana.client.flagMessage(id),
      () => ana.in(room).getReplies(id, {}),
      () => town.server.ephemeralUpdateMessage(id, { set: { text: 'grows' } }, ana.id),
      () => town.server.undeleteMessage(id, ana.id),
    ];
    for (const call of refused) await refuses(call(), 4, 400, 'is pending');
    await refuses(ana.says(room, { text: 'so', quoted_message_id: id }), 4, 400, 'quoted message');
    expect((await ana.in(room).getMessagesById([id])).messages).toMatchObject([{ id, text: 'to come' }]);
    expect((await ana.client.getMessage(id)).message.text).toBe('to come');
    const gone = await ana.client.deleteMessage(id, true);
    expect(gone.message).toMatchObject({ id, type: 'deleted', deleted_at: expect.any(String) });
    await refuses(ana.client.getMessage(id), 16, 404);
    await refuses(commits(town.server, id), 16, 404);
    expect(await waiting(ana, room)).toEqual([]);
    const another = (await waits(town, room, ana, 'another')).message.id;
    await town.server.deleteMessage(another, true);
    await refuses(ana.client.getMessage(another), 16, 404);
    await bob.heardNothing(room);
  });

  story('is not found, and is missed by nobody, until it is committed', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const start = new Date(Date.now() - 60_000).toISOString();
    const found = async () => (await bob.in(room).search('zebra', {})).results.map(({ message }) => message.id);
    const synced = async () => (await bob.client.sync([room.cid], start)).events.filter((event) => event.type === 'message.new').map((event) => event.message?.text);
    const { message } = await waits(town, room, ana, 'a zebra');
    await bob.says(room, 'no zebra');
    await soon(async () => expect(await found()).toHaveLength(1));
    expect(await synced()).toEqual(['no zebra']);
    await commits(town.server, message.id);
    await soon(async () => expect(await found()).toContain(message.id));
    expect(await synced()).toEqual(['no zebra', 'a zebra']);
  });
});

describe('a channel that lets messages wait', () => {
  story('does so with what clients send; a server chooses', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching(MARKS);
    expect((await ana.in(room).query({})).channel.config).toMatchObject({ mark_messages_pending: true });
    await bob.settles(room);
    const id = crypto.randomUUID();
    const options = { pending: false, pending_message_metadata: { from: 'ana' } };
    const first = await ana.in(room).sendMessage({ id, text: 'mine' }, options);
    expect(first).toMatchObject({ message: { id, text: 'mine' }, pending_message_metadata: { from: 'ana' } });
    const again = await ana.in(room).sendMessage({ id, text: 'mine' }, options);
    expect(again).toMatchObject({ message: { id, created_at: first.message.created_at }, pending_message_metadata: { from: 'ana' } });
    await refuses(ana.in(room).sendMessage({ id, text: 'changed' }), 4, 400, 'already exists');
    expect(await waiting(ana, room)).toMatchObject([{ message: { id } }]);
    const bare = await ana.in(room).sendMessage({ text: 'bare' });
    expect(bare.pending_message_metadata).toEqual({});
    expect((await waits(town, room, ana, 'of a server')).pending_message_metadata).toEqual({});
    expect((await waiting(ana, room)).map(({ message }) => message.text)).toEqual(['mine', 'bare', 'of a server']);
    await bob.heardNothing(room);
    await town.at(room).sendMessage({ text: 'at once', user_id: ana.id } as never, { pending: false });
    await town.at(room).sendMessage({ text: 'of the system', type: 'system', user_id: ana.id } as never);
    await bob.heard(['message.new', 'message.new'], room);
    expect(await texts(bob, room)).toEqual(['at once', 'of the system']);
    await commits(town.server, id);
    const late = await ana.in(room).sendMessage({ id, text: 'mine' }, options);
    expect(late.message.id).toBe(id);
    expect(late).not.toHaveProperty('pending_message_metadata');
    await bob.heard(['message.new'], room);
  });

  story('elsewhere what a client says of it is without effect', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const sent = await ana.in(room).sendMessage({ text: 'hi' }, { pending: true, pending_message_metadata: { a: 'b' } });
    expect(sent).not.toHaveProperty('pending_message_metadata');
    await bob.heard(['message.new'], room);
    const old = await town.at(room).sendMessage({ text: 'old', user_id: ana.id } as never, { is_pending_message: true });
    expect(old.pending_message_metadata).toEqual({});
    const plain = await town.at(room).sendMessage({ text: 'plain', user_id: ana.id } as never, { pending_message_metadata: { a: 'b' } });
    expect(plain).not.toHaveProperty('pending_message_metadata');
    await bob.heard(['message.new'], room);
  });
});

describe('a commit', () => {
  story('of a reply counts it in its thread', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await bob.says(room, 'what?');
    const [reply, orphan] = [await waits(town, room, ana, { text: 'that', parent_id: parent.id }), await waits(town, room, ana, { text: 'late', parent_id: parent.id })];
    expect(reply.message.type).toBe('reply');
    expect((await bob.client.getMessage(parent.id)).message.reply_count).toBe(0);
    expect((await ana.in(room).getReplies(parent.id, {})).messages).toEqual([]);
    await bob.settles(room);
    await commits(town.server, reply.message.id);
    const [counted, told, note] = await bob.heard(['message.updated', 'message.new', 'notification.thread_message_new'], room);
    expect(counted.message).toMatchObject({ id: parent.id, reply_count: 1 });
    for (const event of [told, note]) expect(event.message).toMatchObject({ id: reply.message.id, parent_id: parent.id });
    expect((await bob.in(room).getReplies(parent.id, {})).messages.map(({ id }) => id)).toEqual([reply.message.id]);
    await bob.client.deleteMessage(parent.id, true);
    await refuses(commits(town.server, orphan.message.id), 4, 400, 'parent message');
  });

  story('brings pins and polls along', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching(MARKS);
    const asked = await asks(ana, room);
    expect(asked.message.poll).toMatchObject({ id: asked.poll.id });
    const { message: pin } = await waits(town, room, ana, { text: 'pin', pinned: true } as never);
    const vote = () => bob.client.castPollVote(asked.message.id, asked.poll.id, { option_id: asked.options[0] });
    await refuses(vote(), 16, 404);
    await refuses(bob.client.getPoll(asked.poll.id), 16, 404);
    await ana.client.partialUpdatePoll(asked.poll.id, { set: { description: 'Today' } });
    await bob.heardNothing(room);
    expect((await bob.in(room).query({ messages: { limit: 5 } })).pinned_messages).toEqual([]);
    for (const id of [asked.message.id, pin.id]) await commits(town.server, id);
    const [first, second] = await bob.heard(['message.new', 'message.new'], room);
    expect(first.message.poll).toMatchObject({ id: asked.poll.id, description: 'Today', own_votes: [] });
    expect(second.message).toMatchObject({ id: pin.id, pinned: true });
    await vote();
    expect((await bob.in(room).query({ messages: { limit: 5 } })).pinned_messages.map(({ id }) => id)).toEqual([pin.id]);
  });

  story('is a server\'s alone, once, and of what waits', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const { message } = await waits(town, room, ana, 'mine');
    for (const one of [ana, bob]) await refuses(one.client.commitMessage(message.id), 17, 403, 'server side');
    await refuses(commits(town.server, 'nothing'), 16, 404);
    await refuses(commits(town.server, (await bob.says(room, 'other')).id), 4, 400, 'is not pending');
    await bob.settles(room);
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => commits(town.server, message.id)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await bob.heard(['message.new'], room);
    const banned = (await waits(town, room, ana, 'after all')).message.id;
    await town.at(room).banUser(ana.id, { banned_by_id: bob.id });
    await refuses(commits(town.server, banned), 17, 403, 'suspended');
    await town.at(room).unbanUser(ana.id);
    await commits(town.server, banned);
  });

  story('ends with what was said: a truncation and a deletion end what waits', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const before = (await waits(town, room, ana, 'before')).message.id;
    await town.at(room).truncate();
    await refuses(ana.client.getMessage(before), 16, 404);
    await refuses(commits(town.server, before), 16, 404);
    const after = (await waits(town, room, ana, 'after')).message.id;
    expect((await waiting(ana, room)).map(({ message }) => message.id)).toEqual([after]);
    await town.at(room).delete();
    await refuses(commits(town.server, after), 16, 404);
    await town.server.channel(room.type, room.id, { created_by_id: ana.id, members: [ana.id] } as never).create();
    expect(await waiting(ana, room)).toEqual([]);
    await refuses(ana.client.getMessage(after), 16, 404);
  });
});

describe('limits', () => {
  story('a hundred of one sender, and not one more', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const send = (at: number) => waits(town, room, ana, { id: `${room.id}-${at}`, text: `m${at}` });
    for (let at = 0; at < 95; at += 19) await Promise.all(Array.from({ length: 19 }, (_, more) => send(at + more)));
    const last = await Promise.allSettled(Array.from({ length: 15 }, (_, more) => send(95 + more)));
    expect(last.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    await refuses(waits(town, room, ana, 'one more'), 4, 400, /at most 100 pending messages/);
    // A retry is none more.
    expect((await send(0)).message.text).toBe('m0');
    await waits(town, room, bob, 'of another');
    const mine = (await waiting(ana, room)).map(({ message }) => message);
    expect(mine).toHaveLength(100);
    expect(mine.map(({ created_at }) => ms(created_at))).toEqual(mine.map(({ created_at }) => ms(created_at)).sort((a, b) => a - b));
    await commits(town.server, mine[0].id);
    await waits(town, room, ana, 'one more');
  });

  story('what is kept beside it', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const metadata = (pending_message_metadata: Record<string, unknown>) => waits(town, room, ana, 'hi', { pending_message_metadata } as never);
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'x']));
    // {"a":"…"}
    const long = (bytes: number) => ({ a: 'x'.repeat(bytes - 8) });
    await metadata(keys(20));
    await refuses(metadata(keys(21)), 4, 400, 'pending_message_metadata must contain at maximum 20 items');
    await metadata(long(1024));
    await refuses(metadata(long(1025)), 4, 400, 'pending_message_metadata must be at most 1024 bytes');
    await refuses(metadata({ a: 1 }), 4, 400, 'pending_message_metadata');
  });
});

hosted('goes when it has waited for three days, whatever restarts meanwhile', { timeout: 60_000 }, async ({ host }) => {
  const redis = await host.redis();
  const first = await host.node({ redisUrl: redis.url });
  const town = host.town(first);
  const [ana, bob] = await town.users('ana', 'bob');
  const room = await town.room({ members: [ana, bob] });
  const [old, young] = [(await waits(town, room, ana, 'old')).message, (await waits(town, room, ana, 'young')).message];
  const lasts = ends(redis, room, old.id) - ms(old.created_at) * 1000;
  expect(Math.abs(lasts - 3 * DAY_US)).toBeLessThan(DAY_US / 1000);
  await first.stop();
  ends(redis, room, old.id, Date.now() * 1000);
  const nodes = await Promise.all([host.node({ redisUrl: redis.url }), host.node({ redisUrl: redis.url })]);
  const [here, there] = nodes.map((node) => town.serverOn(node.url));
  await soon(() => refuses(here.getMessage(old.id), 16, 404), { timeout: 20_000 });
  await refuses(commits(there, old.id), 16, 404);
  expect(ends(redis, room, old.id)).toBeNaN();
  expect((await commits(there, young.id)).message.text).toBe('young');
  for (const node of nodes) expect(node.output()).not.toContain('housekeeping failed');
});
