// S6 and S7: read, unread, and the counts that follow.
import { describe, expect, ms, refuses, story, type Person, type Room } from '../harness';

const readOf = async (viewer: Person, room: Room, reader: Person) => {
  const state = await viewer.in(room).query({ watch: false, state: true });
  return state.read?.find((read) => read.user.id === reader.id);
};

describe('S6 read', () => {
  story('the reader\'s devices hear both, the others who watch hear message.read', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await bob.says(room, 'one');
    const newest = await bob.says(room, 'two');
    await Promise.all([ana, bob, phone].map((one) => one.settles(room)));
    const answer = await ana.in(room).markAsReadRequest();
    expect(answer?.event).toMatchObject({ type: 'message.read', cid: room.cid, user: { id: ana.id }, last_read_message_id: newest.id });
    const [read, note] = await ana.heard(['message.read', 'notification.mark_read'], room);
    expect(read).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, user: { id: ana.id }, last_read_message_id: newest.id });
    expect(ms(read.created_at)).toBeGreaterThanOrEqual(ms(newest.created_at));
    expect(read).not.toHaveProperty('thread');
    const zero = { cid: room.cid, user: { id: ana.id }, unread_count: 0, total_unread_count: 0, unread_channels: 0, unread_threads: 0 };
    expect(note).toMatchObject({ ...zero, last_read_message_id: newest.id });
    const [atPhone] = await phone.heard(['notification.mark_read'], room);
    expect(atPhone).toMatchObject(zero);
    const [atBob] = await bob.heard(['message.read'], room);
    expect(atBob).toMatchObject({ user: { id: ana.id }, last_read_message_id: newest.id });
  });

  story('after a reload everything is still read, and the ticks agree', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const first = await bob.says(room, 'one');
    await ana.in(room).markAsReadRequest();
    const second = await bob.says(room, 'two');
    const mine = await readOf(ana, room, ana);
    expect(mine).toMatchObject({ unread_messages: 1, last_read_message_id: first.id });
    const theirs = await readOf(bob, room, ana);
    expect(theirs).toMatchObject({ last_read_message_id: first.id });
    expect(ms(theirs?.last_read)).toBeGreaterThanOrEqual(ms(first.created_at));
    expect(ms(theirs?.last_read)).toBeLessThan(ms(second.created_at));
  });

  story('a sender has read what they sent; reading it once more is answered and told', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const own = await ana.says(room, 'mine');
    expect(await readOf(bob, room, ana)).toMatchObject({ unread_messages: 0, last_read_message_id: own.id });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const answer = await ana.in(room).markAsReadRequest();
    expect(answer?.event).toMatchObject({ last_read_message_id: own.id });
    await bob.heard(['message.read'], room);
    await ana.heard(['message.read', 'notification.mark_read'], room);
  });

  story('reading up to a message leaves the later ones unread, and never goes back', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const [one, two, three] = [await bob.says(room, '1'), await bob.says(room, '2'), await bob.says(room, '3')];
    await ana.in(room).markAsReadRequest({ message_id: two.id } as object);
    expect(await readOf(ana, room, ana)).toMatchObject({ unread_messages: 1, last_read_message_id: two.id });
    await ana.in(room).markAsReadRequest({ message_id: one.id } as object);
    expect(await readOf(ana, room, ana)).toMatchObject({ unread_messages: 1, last_read_message_id: two.id });
    await ana.in(room).markAsReadRequest();
    expect(await readOf(ana, room, ana)).toMatchObject({ unread_messages: 0, last_read_message_id: three.id });
  });

  story('who keeps receipts to themselves is not seen reading', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await town.server.partialUpdateUser({ id: ana.id, set: { privacy_settings: { read_receipts: { enabled: false } } } });
    const message = await bob.says(room, 'seen?');
    await Promise.all([ana, bob, phone].map((one) => one.settles(room)));
    const answer = await ana.in(room).markAsReadRequest();
    expect(answer?.event).toMatchObject({ last_read_message_id: message.id });
    await ana.heard(['message.read', 'notification.mark_read'], room);
    await phone.heard(['notification.mark_read'], room);
    await bob.heardNothing(room);
    expect(await readOf(bob, room, ana)).toBeUndefined();
    expect(await readOf(ana, room, ana)).toMatchObject({ unread_messages: 0 });
  });

  story('an outsider who may read has no read state', async ({ town }) => {
    const [ana, , room] = await town.two();
    const admin = await town.person('admin');
    await town.server.partialUpdateUser({ id: admin.id, set: { role: 'admin' } });
    expect((await admin.reads(room)).event).toBeNull();
    expect(await readOf(ana, room, admin)).toBeUndefined();
  });

  story('no read events where the channel type has none', async ({ town }) => {
    const ana = await town.person('ana');
    const room = await town.room({ type: 'livestream', members: [ana] });
    const answer = await ana.reads(room).catch((error: { code: number; status: number }) => error);
    expect([18, 19]).toContain(answer.code);
    const state = await ana.in(room).query({});
    expect(state.read ?? []).toEqual([]);
  });
});

describe('S7 mark unread, mark all', () => {
  story('from a message on, everything is unread again, and only the own devices know', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    const messages = [];
    for (let at = 1; at <= 5; at += 1) messages.push(await bob.says(room, `m${at}`));
    await ana.in(room).markAsReadRequest();
    await Promise.all([ana, bob, phone].map((one) => one.settles(room)));
    await ana.in(room).markUnread({ message_id: messages[2].id });
    for (const device of [ana, phone]) {
      const [event] = await device.heard(['notification.mark_unread'], room);
      expect(event).toMatchObject({
        cid: room.cid,
        channel_type: room.type,
        channel_id: room.id,
        user: { id: ana.id },
        first_unread_message_id: messages[2].id,
        last_read_message_id: messages[1].id,
        unread_messages: 3,
        unread_count: 3,
        total_unread_count: 3,
        unread_channels: 1,
      });
      expect(ms(event.last_read_at)).toBe(ms(messages[1].created_at));
    }
    await bob.heardNothing(room);
    expect(await readOf(ana, room, ana)).toMatchObject({ unread_messages: 3, last_read_message_id: messages[1].id });
  });

  story('unread from the very first message', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const first = await bob.says(room, 'm1');
    await bob.says(room, 'm2');
    await ana.in(room).markAsReadRequest();
    await ana.settles(room);
    await ana.in(room).markUnread({ message_id: first.id });
    const [event] = await ana.heard(['notification.mark_unread'], room);
    expect(event).toMatchObject({ first_unread_message_id: first.id, unread_messages: 2 });
    expect(event).not.toHaveProperty('last_read_message_id');
    expect(ms(event.last_read_at)).toBeLessThan(ms(first.created_at));
  });

  story('unread from a time on', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await bob.says(room, 'm1');
    const second = await bob.says(room, 'm2');
    await ana.in(room).markAsReadRequest();
    await ana.settles(room);
    await ana.in(room).markUnread({ message_timestamp: second.created_at as string });
    const [event] = await ana.heard(['notification.mark_unread'], room);
    expect(event).toMatchObject({ first_unread_message_id: second.id, unread_messages: 1 });
  });

  story('only the newest hundred messages can be marked, and only real ones', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const first = await bob.says(room, 'long ago');
    for (let batch = 0; batch < 4; batch += 1) {
      await Promise.all(Array.from({ length: 25 }, (_, at) => town.says(room, bob, `${batch}-${at}`)));
    }
    await ana.settles(room);
    await refuses(ana.in(room).markUnread({ message_id: first.id }), 4, 400);
    await refuses(ana.in(room).markUnread({ message_id: 'nothing' }), 4, 400);
    await ana.heardNothing(room);
  });

  story('mark all: one notification without a channel, message.read in each that changed', async ({ town }) => {
    const [ana, bob, kitchen] = await town.twoWatching();
    const garage = await town.room({ members: [ana, bob] });
    const quiet = await town.room({ members: [ana, bob] });
    await bob.watches(garage);
    await bob.watches(quiet);
    const phone = await town.secondDevice(ana);
    const inKitchen = await bob.says(kitchen, 'a');
    const inGarage = await bob.says(garage, 'b');
    await Promise.all([ana, bob, phone].map((one) => one.settles(kitchen, garage, quiet)));
    await ana.client.markChannelsRead({});
    // The one travels in the channel's log, the other in the person's: their order is open.
    const [, note] = await ana.hearsEach('message.read', 'notification.mark_read');
    await ana.heardNothing(kitchen, garage);
    for (const event of [note, (await phone.heard(['notification.mark_read'], kitchen, garage))[0]]) {
      expect(event).toMatchObject({ user: { id: ana.id }, unread_count: 0, total_unread_count: 0, unread_channels: 0 });
      expect(event).not.toHaveProperty('cid');
      expect(event).not.toHaveProperty('channel_id');
    }
    const reads = await bob.heard(['message.read', 'message.read'], kitchen, garage, quiet);
    const lastReads = Object.fromEntries(reads.map((read) => [read.cid, read.last_read_message_id]));
    expect(lastReads).toEqual({ [kitchen.cid]: inKitchen.id, [garage.cid]: inGarage.id });
  });

  story('mark some: the rest stays unread', async ({ town }) => {
    const [ana, bob, kitchen] = await town.two();
    const garage = await town.room({ members: [ana, bob] });
    const message = await bob.says(kitchen, 'a');
    await bob.says(garage, 'b');
    await ana.settles(kitchen, garage);
    await ana.client.markChannelsRead({ read_by_channel: { [kitchen.cid]: message.id } });
    const [note] = await ana.heard(['notification.mark_read'], kitchen, garage);
    expect(note).toMatchObject({ unread_count: 1, unread_channels: 1 });
  });
});

describe('what counts as unread', () => {
  const unread = async (who: Person, room: Room) => (await readOf(who, room, who))?.unread_messages;

  story('messages of others, not reactions and not edits', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await ana.says(room, 'own');
    const message = await bob.says(room, 'theirs');
    await bob.in(room).sendReaction(message.id, { type: 'like' });
    await bob.client.updateMessage({ id: message.id, text: 'edited' });
    await bob.says(room, { text: 'silent', silent: true });
    expect(await unread(ana, room)).toBe(1);
  });

  story('a newcomer starts at zero', async ({ town }) => {
    const [, bob, room] = await town.two();
    await bob.says(room, 'before');
    const cleo = await town.person('cleo');
    await town.at(room).addMembers([cleo.id]);
    expect(await unread(cleo, room)).toBe(0);
    await bob.says(room, 'after');
    expect(await unread(cleo, room)).toBe(1);
    await town.at(room).addMembers([cleo.id]);
    expect(await unread(cleo, room)).toBe(1);
  });

  story('a hard deletion lowers, a soft one does not', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const [one, two] = [await bob.says(room, '1'), await bob.says(room, '2')];
    await bob.client.deleteMessage(one.id);
    expect(await unread(ana, room)).toBe(2);
    await town.server.deleteMessage(two.id, true);
    expect(await unread(ana, room)).toBe(1);
    const phone = await town.secondDevice(ana);
    expect(phone.frames[0].me.total_unread_count).toBe(1);
  });

  story('messages of a muted person and in a muted channel are not counted', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await ana.client.muteUser(bob.id);
    await ana.settles(room);
    await bob.says(room, 'hey');
    const [event] = await ana.heard(['notification.message_new'], room);
    expect(event).toMatchObject({ unread_count: 0, unread_channels: 0 });
  });
});
