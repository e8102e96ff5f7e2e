// S11: threads.
import { describe, expect, refuses, story } from '../harness';

describe('S11 thread', () => {
  story('a reply is told as a new message and as a change of its parent', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    const parent = await ana.says(room, 'parent');
    await Promise.all([ana, bob, phone].map((one) => one.settles(room)));
    const reply = await bob.says(room, { text: 'reply', parent_id: parent.id });
    expect(reply).toMatchObject({ type: 'reply', parent_id: parent.id });
    expect(reply).not.toHaveProperty('show_in_channel');
    for (const one of [ana, bob]) {
      const [updated, created] = await one.hearsEach('message.updated', 'message.new');
      expect(updated.message).toMatchObject({ id: parent.id, reply_count: 1, created_at: parent.created_at });
      expect(updated.message.thread_participants.map((user: { id: string }) => user.id)).toContain(bob.id);
      expect(created.message).toMatchObject({ id: reply.id, parent_id: parent.id, type: 'reply' });
      // A reply leaves the channel's count as it is: Bob has not read the parent.
      const unread = one === bob ? 1 : 0;
      expect(created).toMatchObject({ unread_count: unread, unread_channels: unread });
    }
    const [note] = await phone.heard(['notification.thread_message_new'], room);
    expect(note).toMatchObject({
      cid: room.cid,
      channel_type: room.type,
      channel_id: room.id,
      thread_id: parent.id,
      message_id: reply.id,
      message: { id: reply.id, parent_id: parent.id },
      channel: { cid: room.cid },
      unread_threads: 1,
      unread_thread_messages: 1,
    });
    const state = await ana.in(room).query({ messages: { limit: 10 } });
    expect(state.messages.map((message) => message.id)).toEqual([parent.id]);
    expect(state.read?.find((read) => read.user.id === ana.id)?.unread_messages).toBe(0);
  });

  story('many answer at once, and each answer counts', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'who comes?');
    const answers = [...Array(20).keys()].flatMap((at) => [ana, bob].map((one) => one.says(room, { text: `I do ${at}`, parent_id: parent.id })));
    const ids = (await Promise.all(answers)).map((reply) => reply.id);
    expect((await ana.client.getMessage(parent.id)).message.reply_count).toBe(ids.length);
    const { messages } = await ana.in(room).getReplies(parent.id, { limit: 100 });
    expect(messages.map((message) => message.id).sort()).toEqual(ids.sort());
  });

  story('the watching devices of a participant hear of the thread as well', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'parent');
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await bob.says(room, { text: 'reply', parent_id: parent.id });
    const note = await ana.hears('notification.thread_message_new');
    expect(note).toMatchObject({ thread_id: parent.id, unread_threads: 1 });
    await bob.settles(room);
    expect(bob.frames.filter((frame) => frame.type === 'notification.thread_message_new')).toEqual([]);
  });

  story('reading the thread leaves the channel alone', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    const parent = await ana.says(room, 'parent');
    const loud = await bob.says(room, 'not read yet');
    const reply = await bob.says(room, { text: 'reply', parent_id: parent.id });
    await Promise.all([ana, bob, phone].map((one) => one.settles(room)));
    await ana.in(room).markAsReadRequest({ thread_id: parent.id });
    const [read] = await bob.heard(['message.read'], room);
    expect(read).toMatchObject({ user: { id: ana.id }, last_read_message_id: reply.id });
    expect(read.thread).toMatchObject({ parent_message_id: parent.id, channel_cid: room.cid });
    const [, own] = await ana.heard(['message.read', 'notification.mark_read'], room);
    const [atPhone] = await phone.heard(['notification.mark_read'], room);
    for (const note of [own, atPhone]) {
      expect(note).toMatchObject({ thread_id: parent.id, unread_threads: 0, unread_thread_messages: 0, unread_channels: 1, unread_count: 1 });
    }
    const state = await ana.in(room).query({});
    expect(state.read?.find((one) => one.user.id === ana.id)).toMatchObject({ unread_messages: 1, last_read_message_id: parent.id });
    expect(loud.id).not.toBe(reply.id);
  });

  story('a thread marked unread is told to the own devices with its id', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'parent');
    await bob.says(room, { text: 'reply', parent_id: parent.id });
    await ana.in(room).markAsReadRequest({ thread_id: parent.id });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await ana.in(room).markUnread({ thread_id: parent.id });
    const [event] = await ana.heard(['notification.mark_unread'], room);
    expect(event).toMatchObject({ cid: room.cid, thread_id: parent.id, user: { id: ana.id }, unread_threads: 1 });
    await bob.heardNothing(room);
  });

  story('a reply shown in the channel counts there too', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'parent');
    await ana.settles(room);
    const reply = await bob.says(room, { text: 'reply', parent_id: parent.id, show_in_channel: true });
    const created = await ana.hears('message.new', { message: { id: reply.id } });
    expect(created).toMatchObject({ unread_count: 1, unread_channels: 1, message: { show_in_channel: true } });
    const { messages } = await ana.in(room).query({ messages: { limit: 10 } });
    expect(messages.map((message) => message.id)).toEqual([parent.id, reply.id]);
  });

  story('replies come in pages, ascending', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'parent');
    const ids: string[] = [];
    for (let at = 0; at < 7; at += 1) ids.push((await bob.says(room, { text: `r${at}`, parent_id: parent.id })).id);
    const page = async (options: object, sort?: { created_at: 1 | -1 }[]) => {
      const { messages } = await ana.in(room).getReplies(parent.id, options, sort);
      return messages.map((message) => ids.indexOf(message.id));
    };
    expect(await page({ limit: 3 })).toEqual([4, 5, 6]);
    expect(await page({ limit: 3, id_lt: ids[4] })).toEqual([1, 2, 3]);
    expect(await page({ limit: 3, id_gt: ids[1] })).toEqual([2, 3, 4]);
    expect(await page({ limit: 3, id_around: ids[3] })).toEqual([2, 3, 4]);
    expect(await page({ limit: 3 }, [{ created_at: -1 }])).toEqual([4, 5, 6]);
    expect(await page({ limit: 3 }, [{ created_at: 1 }])).toEqual([0, 1, 2]);
    expect(await page({ limit: 3, offset: 3 })).toEqual([4, 5, 6]);
  });

  story('deleting a reply moves the counters of its parent', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'parent');
    const reply = await bob.says(room, { text: 'reply', parent_id: parent.id });
    await ana.settles(room);
    await bob.client.deleteMessage(reply.id);
    const [, updated] = await ana.hearsEach('message.deleted', 'message.updated');
    expect(updated.message).toMatchObject({ id: parent.id, reply_count: 0, deleted_reply_count: 1 });
    expect((await ana.in(room).getReplies(parent.id, {})).messages).toEqual([]);
  });

  story('replies of what is not there, or of others', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    const parent = await ana.says(room, 'parent');
    await refuses(ana.in(room).getReplies('nothing', {}), 16, 404);
    await refuses(cleo.in(room).getReplies(parent.id, {}), 17, 403);
    await refuses(ana.in(room).markAsReadRequest({ thread_id: 'nothing' }) as Promise<unknown>, 16, 404);
    expect((await ana.in(room).getReplies(parent.id, {})).messages).toEqual([]);
  });
});
