// What messages said before: every edit and deletion is kept, and a deletion can be taken back.
import type { MessageHistoryEntry } from 'stream-chat';

import { describe, expect, ms, refuses, story, type Town } from '../harness';

type Entry = MessageHistoryEntry & { custom: object; is_deleted: boolean };

const history = async (town: Town, filter: object, sort: object[] = [], options: object = {}) => {
  const answer = await town.server.queryMessageHistory(filter as never, sort as never, options as never);
  return { ...answer, entries: answer.message_history as Entry[] };
};

describe('history', () => {
  story('each edit keeps what was there, newest first', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, { text: 'one', colour: 'red' } as never);
    await ana.client.updateMessage({ id: message.id, text: 'two', attachments: [{ type: 'link', title: 'There' }] });
    await town.server.partialUpdateMessage(message.id, { set: { text: 'three' } }, bob.id);
    await ana.client.partialUpdateMessage(message.id, { set: { text: 'four' } });
    await ana.client.pinMessage(message.id);
    await bob.in(room).sendReaction(message.id, { type: 'like' });
    const { entries } = await history(town, { message_id: message.id });
    expect(entries).toMatchObject([
      { message_id: message.id, text: 'three', message_updated_by_id: bob.id, custom: {}, is_deleted: false, attachments: [{ title: 'There' }] },
      { text: 'two', message_updated_by_id: ana.id, custom: {}, attachments: [{ title: 'There' }] },
      { text: 'one', message_updated_by_id: ana.id, custom: { colour: 'red' }, attachments: [], message_updated_at: message.updated_at },
    ]);
    expect((await ana.client.getMessage(message.id)).message.text).toBe('four');
  });

  story('a deletion is kept too; what is gone for good has no history', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const message = await ana.says(room, 'said');
    await ana.client.deleteMessage(message.id);
    expect((await history(town, { message_id: message.id })).entries).toMatchObject([{ text: 'said', is_deleted: true }]);
    await ana.client.deleteMessage(message.id, true);
    expect((await history(town, { message_id: message.id })).entries).toEqual([]);
    expect((await history(town, { message_id: 'nothing' })).entries).toEqual([]);
  });

  story('it is asked for by message, person and time, in pages', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const [first, second] = [await ana.says(room, 'a0'), await bob.says(room, 'b0')];
    for (const step of [1, 2, 3]) {
      await ana.client.partialUpdateMessage(first.id, { set: { text: `a${step}` } });
      await bob.client.partialUpdateMessage(second.id, { set: { text: `b${step}` } });
    }
    const both = { message_id: { $in: [first.id, second.id] } };
    const texts = (entries: Entry[]) => entries.map((entry) => entry.text);
    expect(texts((await history(town, both)).entries)).toEqual(['b2', 'a2', 'b1', 'a1', 'b0', 'a0']);
    expect(texts((await history(town, both, [{ message_updated_at: 1 }])).entries)).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
    expect(texts((await history(town, { ...both, message_updated_by_id: bob.id })).entries)).toEqual(['b2', 'b1', 'b0']);
    expect(texts((await history(town, { ...both, user_id: ana.id })).entries)).toEqual(['a2', 'a1', 'a0']);
    const { entries } = await history(town, both);
    expect(texts((await history(town, { ...both, message_updated_at: { $gt: entries[2].message_updated_at } })).entries)).toEqual(['b2', 'a2']);
    const page = await history(town, both, [], { limit: 4 });
    expect(texts(page.entries)).toEqual(['b2', 'a2', 'b1', 'a1']);
    const rest = await history(town, both, [], { limit: 4, next: page.next });
    expect(texts(rest.entries)).toEqual(['b0', 'a0']);
    expect(rest.next).toBeUndefined();
    expect(texts((await history(town, both, [], { limit: 4, prev: rest.prev })).entries)).toEqual(['b2', 'a2', 'b1', 'a1']);
  });

  story('the newest fifty versions are kept', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const { id } = await ana.says(room, 'v0');
    for (let at = 1; at <= 52; at += 1) await ana.client.partialUpdateMessage(id, { set: { text: `v${at}` } });
    const { entries } = await history(town, { message_id: id }, [], { limit: 100 });
    expect([entries.length, entries[0].text, entries[49].text]).toEqual([50, 'v51', 'v2']);
  });

  story('only a back end asks, and names messages', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const { id } = await ana.says(room, 'mine');
    await refuses(ana.client.queryMessageHistory({ message_id: id }), 17, 403, 'server side');
    await refuses(history(town, {}), 4, 400, 'filter.message_id');
    await refuses(history(town, { message_id: { $in: Array.from({ length: 31 }, (_, at) => `m${at}`) } }), 4, 400, 'filter.message_id');
    await refuses(history(town, { message_id: { $gt: 'a' } }), 4, 400);
    await refuses(history(town, { message_id: id }, [{ text: 1 }]), 4, 400);
    await refuses(history(town, { message_id: id }, [], { limit: 101 }), 4, 400);
    await refuses(history(town, { message_id: id }, [], { next: 'x' }), 4, 400);
  });
});

describe('undelete', () => {
  story('a message comes back as it was, for everybody', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, { text: 'here', colour: 'teal', attachments: [{ type: 'link', title: 'There' }] } as never);
    await bob.in(room).sendReaction(message.id, { type: 'like' });
    await ana.client.deleteMessage(message.id);
    const state = bob.client.channel(room.type, room.id).state;
    await Promise.all([ana.settles(room), bob.settles(room)]);
    expect(state.messages.at(-1)?.type).toBe('deleted');
    const { message: back } = await town.server.undeleteMessage(message.id, bob.id);
    expect(back).toMatchObject({ id: message.id, type: 'regular', text: 'here', colour: 'teal', attachments: [{ title: 'There' }], reaction_counts: { like: 1 }, created_at: message.created_at, user: { id: ana.id } });
    expect(back).not.toHaveProperty('deleted_at');
    for (const one of [ana, bob]) {
      const [told] = await one.heard(['message.undeleted'], room);
      expect(told).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, message_id: message.id, user: { id: bob.id }, message: { id: message.id, text: 'here', type: 'regular' } });
      expect(ms(told.message.updated_at)).toBeGreaterThan(ms(message.updated_at));
    }
    expect(state.messages.at(-1)).toMatchObject({ id: message.id, type: 'regular', text: 'here' });
    expect((await bob.in(room).query({ messages: { limit: 1 } })).messages).toMatchObject([{ id: message.id, type: 'regular', text: 'here', own_reactions: [{ type: 'like' }] }]);
    await ana.client.updateMessage({ id: message.id, text: 'still here' });
    expect((await town.server.undeleteMessage(message.id, bob.id)).message.text, 'once more changes nothing').toBe('still here');
    await bob.heard(['message.updated'], room);
  });

  story('a reply counts again', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'what?');
    const reply = await bob.says(room, { text: 'that', parent_id: parent.id });
    await bob.client.deleteMessage(reply.id);
    expect((await ana.client.getMessage(parent.id)).message).toMatchObject({ reply_count: 0, deleted_reply_count: 1 });
    await ana.settles(room);
    await town.server.undeleteMessage(reply.id, bob.id);
    const [told, counted] = await ana.heard(['message.undeleted', 'message.updated'], room);
    expect(told.message).toMatchObject({ id: reply.id, type: 'reply', parent_id: parent.id });
    expect(counted.message).toMatchObject({ id: parent.id, reply_count: 1, deleted_reply_count: 0 });
    expect((await ana.in(room).getReplies(parent.id, { limit: 5 })).messages.map((one) => one.id)).toEqual([reply.id]);
  });

  story('a reminder of it comes back with it', async ({ town }) => {
    const [ana, , room] = await town.twoWatching({ config_overrides: { user_message_reminders: true } });
    const message = await ana.says(room, 'later');
    await ana.client.createReminder({ messageId: message.id });
    await ana.client.deleteMessage(message.id);
    await ana.hears('reminder.deleted');
    await town.server.undeleteMessage(message.id, ana.id);
    await ana.hearsEach('message.undeleted', 'reminder.created');
    expect((await ana.client.queryReminders({})).reminders.map((reminder) => reminder.message_id)).toEqual([message.id]);
  });

  story('only a back end can, not of what is gone for good, and names who does', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, 'mine');
    await ana.client.deleteMessage(message.id);
    await bob.settles(room);
    await refuses(ana.client.undeleteMessage(message.id, ana.id), 17, 403, 'server side');
    await refuses(town.server.undeleteMessage(message.id, ''), 4, 400, 'undeleted_by');
    await refuses(town.server.undeleteMessage('nothing', ana.id), 16, 404);
    await bob.heardNothing(room);
    await ana.client.deleteMessage(message.id, true);
    await refuses(town.server.undeleteMessage(message.id, ana.id), 16, 404);
  });
});
