// S5: sending. Who hears of a message, in which form, with which counts.

import { describe, expect, ms, raw, refuses, soon, story } from '../harness';

describe('S5 send', () => {
  story('a watcher hears message.new, any other device of a member notification.message_new, nobody both', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await phone.settles(room);
    const message = await bob.says(room, 'soup is ready');
    expect(message).toMatchObject({ type: 'regular', text: 'soup is ready', cid: room.cid, user: { id: bob.id } });
    const common = { cid: room.cid, channel_type: room.type, channel_id: room.id, message_id: message.id, watcher_count: 2 };
    const [own] = await bob.heard(['message.new'], room);
    expect(own).toMatchObject({ ...common, user: { id: bob.id }, unread_count: 0, total_unread_count: 0, unread_channels: 0 });
    const [heard] = await ana.heard(['message.new'], room);
    expect(heard).toMatchObject({ ...common, user: { id: bob.id }, unread_count: 1, total_unread_count: 1, unread_channels: 1 });
    expect(heard.message).toMatchObject({ id: message.id, text: 'soup is ready', cid: room.cid, own_reactions: [], silent: false, shadowed: false });
    const [note] = await phone.heard(['notification.message_new'], room);
    expect(note).toMatchObject({ ...common, unread_count: 1, total_unread_count: 1, unread_channels: 1 });
    expect(note.channel).toMatchObject({ id: room.id, type: room.type, cid: room.cid, name: 'Kitchen', member_count: 2 });
    expect(note.channel.config).toMatchObject({ name: 'messaging', read_events: true, commands: expect.any(Array) });
    expect(note.message).toMatchObject({ id: message.id, text: 'soup is ready' });
    for (const event of [own, heard, note]) {
      expect(event).not.toHaveProperty('received_at');
      expect(ms(event.created_at)).toBeGreaterThanOrEqual(ms(message.created_at));
    }
  });

  story('the sender\'s other device hears of it too, with the sender\'s own counts', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await phone.settles(room);
    await ana.says(room, 'mine');
    const [note] = await phone.heard(['notification.message_new'], room);
    expect(note).toMatchObject({ unread_count: 0, unread_channels: 0 });
  });

  story('an outsider hears nothing', async ({ town }) => {
    const [, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    await bob.says(room, 'between us');
    await cleo.heardNothing(room);
  });

  story('an outsider who watches a livestream hears it', async ({ town }) => {
    const [ana, cleo] = await town.people('ana', 'cleo');
    const room = await town.room({ type: 'livestream', by: ana, members: [ana] });
    await cleo.watches(room);
    await cleo.settles(room);
    await ana.says(room, 'live');
    const [heard] = await cleo.heard(['message.new'], room);
    expect(heard.unread_count ?? 0).toBe(0);
  });

  story('the same send again answers the first message and announces nothing', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const id = crypto.randomUUID();
    const first = await ana.says(room, { id, text: 'once', colour: 'teal' });
    const second = await ana.says(room, { id, text: 'once', colour: 'teal' });
    expect(second).toMatchObject({ id, text: 'once', created_at: first.created_at });
    await bob.heard(['message.new'], room);
    const { messages } = await ana.in(room).query({ messages: { limit: 10 } });
    expect(messages.map((message) => message.id)).toEqual([id]);
  });

  story('another message under a used id is refused', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const other = await town.room({ members: [ana, bob] });
    await bob.settles(room, other);
    const id = crypto.randomUUID();
    await ana.says(room, { id, text: 'mine' });
    await bob.heard(['message.new'], room);
    await refuses(ana.says(room, { id, text: 'changed' }), 4, 400, `a message with ID ${id} already exists`);
    await refuses(bob.says(room, { id, text: 'mine' }), 4, 400, 'already exists');
    await refuses(ana.says(other, { id, text: 'mine' }), 4, 400, 'already exists');
    await bob.heardNothing(room, other);
  });

  story('ten sends of one message at once make one message', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const id = crypto.randomUUID();
    const sends = await Promise.all(Array.from({ length: 10 }, () => ana.says(room, { id, text: 'eager' })));
    expect(new Set(sends.map((message) => message.created_at)).size).toBe(1);
    await bob.heard(['message.new'], room);
  });

  story('a silent message is heard but not counted', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await bob.says(room, { text: 'psst', silent: true });
    const [heard] = await ana.heard(['message.new'], room);
    expect(heard).toMatchObject({ unread_count: 0, unread_channels: 0, message: { silent: true } });
  });

  story('fifty quick messages from two senders: one order for all, strictly rising times', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const send = (who: typeof ana) => Promise.all(Array.from({ length: 25 }, (_, at) => who.says(room, `${who.id} ${at}`)));
    await Promise.all([send(ana), send(bob)]);
    const types = Array(50).fill('message.new');
    const [first, second] = await Promise.all([ana.heard(types, room), bob.heard(types, room)]);
    expect(first.map((frame) => frame.message_id)).toEqual(second.map((frame) => frame.message_id));
    const times = first.map((frame) => ms(frame.message.created_at));
    expect(times.every((time, at) => at === 0 || time > times[at - 1])).toBe(true);
    const { messages } = await ana.in(room).query({ messages: { limit: 100 } });
    expect(messages.map((message) => message.id)).toEqual(first.map((frame) => frame.message_id));
  });

  story('a page says of each author what they are in the channel, if they are in it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const [stranger] = await town.users('stranger');
    await town.at(room).addModerators([bob.id]);
    for (const one of [ana, bob, stranger, ana]) await town.says(room, one, 'hi');
    const roles = async () => {
      const { messages } = await ana.in(room).query({ messages: { limit: 10 } });
      return messages.map((message) => message.member?.channel_role);
    };
    // Another node hears of a new role a moment later.
    await soon(async () => expect(await roles()).toEqual(['channel_member', 'channel_moderator', undefined, 'channel_member']));
    await town.at(room).demoteModerators([bob.id]);
    await soon(async () => expect(await roles()).toEqual(['channel_member', 'channel_member', undefined, 'channel_member']));
  });

  story('mentions come back as people, attachments and custom data as they were sent', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const attachment = { type: 'image', image_url: 'https://img.example/cat.png', fallback: 'cat', mood: { calm: true } };
    await ana.says(room, { text: 'look @Bob', mentioned_users: [bob.id], attachments: [attachment], colour: 'teal', place: { city: 'Bonn' } });
    const [heard] = await bob.heard(['message.new'], room);
    expect(heard.message).toMatchObject({ colour: 'teal', place: { city: 'Bonn' }, attachments: [attachment] });
    expect(heard.message.mentioned_users).toMatchObject([{ id: bob.id, name: 'Bob' }]);
    expect(heard.message.html).toContain('look');
  });

  story('a quote carries the quoted message one level deep', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const first = await ana.says(room, 'one');
    const second = await bob.says(room, { text: 'two', quoted_message_id: first.id });
    const third = await ana.says(room, { text: 'three', quoted_message_id: second.id });
    expect(third).toMatchObject({ quoted_message_id: second.id, quoted_message: { id: second.id, text: 'two', user: { id: bob.id } } });
    expect(third.quoted_message).not.toHaveProperty('quoted_message');
  });

  story('pinned on sending', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const message = await ana.says(room, { text: 'rules', pinned: true });
    expect(message).toMatchObject({ pinned: true, pinned_by: { id: ana.id }, pinned_at: expect.any(String), pin_expires: null });
  });

  story('only the server may send as system; members hear it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await refuses(ana.says(room, { text: 'I am the system', type: 'system' }), 17, 403);
    await town.says(room, bob, 'Bob changed the name', { type: 'system' });
    const [heard] = await ana.heard(['message.new'], room);
    expect(heard.message.type).toBe('system');
  });

  story('a message too long is answered as an error message and told to nobody', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const answer = await ana.says(room, 'x'.repeat(5001));
    expect(answer.type).toBe('error');
    await bob.heardNothing(room);
    expect((await ana.says(room, 'ü'.repeat(5000))).type).toBe('regular');
  });

  story('a channel remembers its last message', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const empty = await ana.in(room).query({});
    expect(empty.channel).not.toHaveProperty('last_message_at');
    const message = await bob.says(room, 'hello');
    const state = await ana.in(room).query({});
    expect(state.channel.last_message_at).toBe(message.created_at);
  });
});

describe('messages that are refused', () => {
  story('what is not a message changes nothing and is told to nobody', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const reply = await ana.says(room, { text: 'a reply', parent_id: (await ana.says(room, 'parent')).id });
    await bob.settles(room);
    const send = (message: unknown) => ana.post(`/channels/${room.type}/${room.id}/message`, { message });
    await refuses(send({}), 4, 400);
    await refuses(send({ text: '' }), 4, 400);
    await refuses(send({ text: 5 }), 4, 400);
    await refuses(send({ text: 'x', id: 'a,b' }), 4, 400);
    await refuses(send({ text: 'x', id: 'a%b' }), 4, 400);
    await refuses(send({ text: 'x', id: 'i'.repeat(256) }), 4, 400);
    await refuses(send({ text: 'x', attachments: 'none' }), 4, 400);
    await refuses(send({ text: 'x', attachments: Array(31).fill({ type: 'file' }) }), 4, 400);
    await refuses(send({ text: 'x', mentioned_users: ['nobody-at-all'] }), 4, 400);
    await refuses(send({ text: 'x', quoted_message_id: 'nothing' }), 4, 400);
    await refuses(send({ text: 'x', parent_id: 'nothing' }), 4, 400);
    await refuses(send({ text: 'x', parent_id: reply.id }), 21, 400);
    await refuses(send({ text: 'x', created_at: '2020-01-01T00:00:00Z' }), 4, 400, 'message.created_at is a reserved field');
    await refuses(send({ text: 'x', html: '<p>x</p>' }), 4, 400, 'message.html is a reserved field');
    await refuses(send({ text: 'x', type: 'regal' }), 4, 400);
    await refuses(send({ text: 'x', colour: 'c'.repeat(6_000) }), 22, 413);
    await refuses(ana.post(`/channels/${room.type}/${room.id}/message`, {}), 4, 400);
    await bob.heardNothing(room);
  });

  story('channels that are not there, and channels of others', async ({ town }) => {
    const [ana, , room] = await town.two();
    const cleo = await town.person('cleo');
    const send = (who: typeof ana, id: string) => who.post(`/channels/messaging/${id}/message`, { message: { text: 'x' } });
    await refuses(send(ana, 'not-there'), 16, 404, /Can't find channel/);
    await refuses(send(cleo, room.id), 17, 403, /CreateMessage/);
    await refuses(cleo.post('/channels/nonsense/x/message', { message: { text: 'x' } }), 16, 404);
  });

  story('a frozen channel answers with an error message', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await town.at(room).updatePartial({ set: { frozen: true } });
    await bob.hears('channel.updated', { channel: { frozen: true } });
    await bob.settles(room);
    const answer = await ana.says(room, 'cold');
    expect(answer).toMatchObject({ type: 'error', text: 'Sorry, this channel has been frozen by the admin' });
    await bob.heardNothing(room);
  });

  story('slow mode lets one message through', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await town.at(room).enableSlowMode(60);
    await bob.hears('channel.updated', { channel: { cooldown: 60 } });
    await ana.says(room, 'first');
    await refuses(ana.says(room, 'second'), 60, 403, 'cool down');
    await bob.says(room, 'mine');
    await bob.hears('message.new', { user: { id: ana.id } });
    await bob.heard(['message.new'], room);
  });
});

describe('pages of messages', () => {
  story('older, newer, around; always ascending and never too many', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const ids: string[] = [];
    for (let at = 0; at < 12; at += 1) ids.push((await bob.says(room, `m${at}`)).id);
    const page = async (messages: object) => {
      const state = await ana.in(room).query({ messages: messages as { limit: number } });
      return state.messages.map((message) => ids.indexOf(message.id));
    };
    expect(await page({ limit: 3 })).toEqual([9, 10, 11]);
    expect(await page({ limit: 3, id_lt: ids[9] })).toEqual([6, 7, 8]);
    expect(await page({ limit: 3, id_lte: ids[9] })).toEqual([7, 8, 9]);
    expect(await page({ limit: 3, id_gt: ids[2] })).toEqual([3, 4, 5]);
    expect(await page({ limit: 3, id_gte: ids[2] })).toEqual([2, 3, 4]);
    expect(await page({ limit: 5, id_around: ids[6] })).toEqual([4, 5, 6, 7, 8]);
    expect(await page({ limit: 4, id_around: ids[6] })).toEqual([4, 5, 6, 7]);
    expect(await page({ limit: 5, id_around: ids[0] })).toEqual([0, 1, 2, 3, 4]);
    expect(await page({ limit: 5, id_around: ids[11] })).toEqual([7, 8, 9, 10, 11]);
    expect(await page({ limit: 50, id_lt: ids[3] })).toEqual([0, 1, 2]);
    expect(await page({ limit: 50, id_lt: ids[0] })).toEqual([]);
    expect(await page({ limit: 0 })).toEqual([]);
    const { message: fifth } = await ana.client.getMessage(ids[5]);
    const time = fifth.created_at as unknown as string;
    expect(await page({ limit: 3, created_at_after: time })).toEqual([6, 7, 8]);
    expect(await page({ limit: 3, created_at_after_or_equal: time })).toEqual([5, 6, 7]);
    expect(await page({ limit: 3, created_at_before: time })).toEqual([2, 3, 4]);
    expect(await page({ limit: 3, created_at_before_or_equal: time })).toEqual([3, 4, 5]);
    expect(await page({ limit: 5, created_at_around: time })).toEqual([3, 4, 5, 6, 7]);
  });

  story('a page request keeps the members, so that no client forgets them', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const { id } = await bob.says(room, 'x');
    const state = await ana.in(room).query({ messages: { limit: 2, id_lt: id } });
    expect(state.members).toHaveLength(2);
    expect(state.messages).toEqual([]);
  });

  story('limits out of range are refused', async ({ town }) => {
    const [ana, , room] = await town.two();
    for (const limit of [-1, 301]) {
      await refuses(ana.in(room).query({ messages: { limit } }), 4, 400);
    }
  });

  story('one message by id, for those who may read it', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const cleo = await town.person('cleo');
    const { id } = await bob.says(room, 'here');
    const { message } = await ana.client.getMessage(id);
    expect(message).toMatchObject({ id, text: 'here', cid: room.cid, channel: { cid: room.cid }, pinned_at: null, pinned_by: null, pin_expires: null });
    await refuses(cleo.client.getMessage(id), 17, 403);
    await refuses(ana.client.getMessage('nothing'), 16, 404, `GetMessage failed with error: "message with id nothing doesn't exist"`);
  });

  story('several messages by id', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const [one, two] = [await bob.says(room, 'one'), await bob.says(room, 'two')];
    const answer = await raw.request(ana.place.rest, `/channels/${room.type}/${room.id}/messages`, {
      token: town.token(ana.id),
      query: { ids: `${one.id},${two.id},${one.id},unknown` },
    });
    // Tier 2: a server that does not serve it yet says so in the usual way.
    if (answer.status === 404) expect(answer.body.code).toBe(16);
    else expect(answer.body.messages.map((message: { id: string }) => message.id).sort()).toEqual([one.id, two.id].sort());
  });
});
