// S14.1 to S14.4: what one person does to a channel for themselves, and truncation for all.
import { describe, expect, ms, refuses, story, type Person } from '../harness';

const listed = async (who: Person, filter: object) =>
  (await who.client.queryChannels(filter as never, [], { watch: false, state: true })).map((channel) => channel.cid);

describe('S14.1 hide and show', () => {
  story('only the own devices know; the next message brings it back', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await phone.settles(room);
    await ana.in(room).hide();
    for (const one of [ana, phone]) {
      const [hidden] = await one.heard(['channel.hidden'], room);
      expect(hidden).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, user: { id: ana.id }, clear_history: false });
    }
    await bob.heardNothing(room);
    expect(await listed(ana, { cid: room.cid })).toEqual([]);
    expect(await listed(ana, { cid: room.cid, hidden: true })).toEqual([room.cid]);
    expect(await listed(bob, { cid: room.cid })).toEqual([room.cid]);
    await bob.says(room, 'come back');
    await ana.heard(['channel.visible', 'message.new'], room);
    await phone.heard(['channel.visible', 'notification.message_new'], room);
    expect(await listed(ana, { cid: room.cid })).toEqual([room.cid]);
  });

  story('show tells the type and id that the list needs', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await ana.in(room).hide();
    await ana.settles(room);
    await ana.in(room).show();
    const [visible] = await ana.heard(['channel.visible'], room);
    expect(visible).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, user: { id: ana.id } });
    await bob.heardNothing(room);
  });

  story('a cleared history does not return', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await bob.says(room, 'old');
    await Promise.all([ana, bob].map((one) => one.settles(room)));
    await ana.in(room).hide(null, true);
    // What is out of sight cannot be read any more, so it counts no longer; that is nobody else's business.
    const [, read, hidden] = await ana.heard(['message.read', 'notification.mark_read', 'channel.hidden'], room);
    expect(read).toMatchObject({ cid: room.cid, unread_count: 0, unread_channels: 0 });
    expect(hidden.clear_history).toBe(true);
    expect(await ana.get('/unread')).toMatchObject({ total_unread_count: 0, channels: [] });
    await bob.heardNothing(room);
    await ana.in(room).show();
    await bob.says(room, 'new');
    const { messages } = await ana.in(room).query({ messages: { limit: 10 } });
    expect(messages.map((message) => message.text)).toEqual(['new']);
    expect((await bob.in(room).query({ messages: { limit: 10 } })).messages).toHaveLength(2);
  });

  story('a muted hidden channel stays hidden', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await ana.in(room).mute();
    await ana.in(room).hide();
    await ana.settles(room);
    await bob.says(room, 'anybody?');
    expect(await listed(ana, { cid: room.cid })).toEqual([]);
  });

  story('an outsider has nothing to hide', async ({ town }) => {
    const [, , room] = await town.two();
    const cleo = await town.person('cleo');
    await refuses(cleo.in(room).hide(), 17, 403);
    await refuses(cleo.post('/channels/messaging/nothing/hide', {}), 16, 404);
  });
});

describe('S14.2 mute a channel', () => {
  story('all own devices hear it with the whole own user; messages come but do not count', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await phone.settles(room);
    const answer = await ana.in(room).mute();
    expect(answer).toMatchObject({ channel_mute: { channel: { cid: room.cid }, user: { id: ana.id } }, own_user: { id: ana.id } });
    expect(answer.channel_mute).not.toHaveProperty('expires');
    for (const one of [ana, phone]) {
      const [event] = await one.heard(['notification.channel_mutes_updated'], room);
      expect(event).not.toHaveProperty('cid');
      expect(event.me).toMatchObject({ id: ana.id, name: 'Ana', mutes: expect.any(Array), devices: [], unread_channels: 0, total_unread_count: 0 });
      expect(event.me.channel_mutes).toMatchObject([{ user: { id: ana.id }, channel: { cid: room.cid, id: room.id, type: room.type } }]);
    }
    await bob.says(room, 'anybody?');
    const [heard] = await ana.heard(['message.new'], room);
    expect(heard).toMatchObject({ unread_count: 0, unread_channels: 0 });
    expect(ana.in(room).muteStatus().muted).toBe(true);
    expect((await listed(ana, { muted: true })).includes(room.cid)).toBe(true);
    expect((await listed(ana, { muted: false })).includes(room.cid)).toBe(false);
    await bob.heard(['message.new'], room);
    await ana.in(room).unmute();
    const [unmuted] = await phone.hearsEach('notification.channel_mutes_updated');
    expect(unmuted.me.channel_mutes).toEqual([]);
  });

  story('for a while, in milliseconds', async ({ town }) => {
    const [ana, , room] = await town.two();
    const { channel_mute: mute } = await ana.in(room).mute({ expiration: 60_000 });
    expect(ms(mute.expires) - Date.now()).toBeGreaterThan(50_000);
    expect(ms(mute.expires) - Date.now()).toBeLessThan(70_000);
  });

  story('channels that are not there cannot be muted', async ({ town }) => {
    const [ana, , room] = await town.two();
    const cleo = await town.person('cleo');
    await refuses(ana.post('/moderation/mute/channel', { channel_cid: 'messaging:nothing' }), 4, 400, 'some channels do not exist or were deleted: (messaging:nothing)');
    await refuses(ana.post('/moderation/mute/channel', {}), 4, 400);
    await refuses(ana.post('/moderation/mute/channel', { channel_cid: 'nonsense' }), 4, 400);
    await refuses(cleo.in(room).mute(), 17, 403);
    await ana.heardNothing(room);
  });
});

describe('S14.3 mute a person', () => {
  story('only the muter\'s devices hear of it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await phone.settles(room);
    const answer = await ana.client.muteUser(bob.id);
    expect(answer.mute).toMatchObject({ user: { id: ana.id }, target: { id: bob.id }, created_at: expect.any(String), updated_at: expect.any(String) });
    expect(answer.mute).not.toHaveProperty('expires');
    for (const one of [ana, phone]) {
      const [event] = await one.heard(['notification.mutes_updated'], room);
      expect(event.me).toMatchObject({ id: ana.id, channel_mutes: [], devices: [] });
      expect(event.me.mutes.map((mute: { target: { id: string } }) => mute.target.id)).toContain(bob.id);
    }
    await bob.heardNothing(room);
    expect(ana.client.userMuteStatus(bob.id)).toBe(true);
    await ana.client.unmuteUser(bob.id);
    await phone.hears('notification.mutes_updated');
    await ana.hears('notification.mutes_updated');
    expect(ana.client.userMuteStatus(bob.id)).toBe(false);
  });

  story('for a while, in minutes; several at once; never oneself', async ({ town }) => {
    const ana = await town.person('ana');
    const [bob, cleo] = await town.users('bob', 'cleo');
    const { mute } = await ana.client.muteUser(bob, undefined, { timeout: 10 });
    expect(Math.round((ms(mute?.expires) - Date.now()) / 60_000)).toBe(10);
    const several = await ana.post('/moderation/mute', { target_ids: [bob, cleo] });
    expect(several.mutes.map((one: { target: { id: string } }) => one.target.id).sort()).toEqual([bob, cleo].sort());
    await refuses(ana.client.muteUser(ana.id), 4, 400);
    await refuses(ana.post('/moderation/mute', {}), 4, 400);
    await refuses(ana.post('/moderation/mute', { target_id: 7 }), 4, 400);
  });
});

describe('S14.4 truncate', () => {
  story('with a message by the server: the cut, then the message; the unread is gone', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    const old = await bob.says(room, 'old');
    await ana.client.pinMessage(old.id);
    await Promise.all([ana, bob, phone].map((one) => one.settles(room)));
    const answer = await town.at(room).truncate({ message: { text: 'cleared', user_id: bob.id }, user_id: bob.id } as never);
    expect(answer).toMatchObject({ channel: { cid: room.cid, truncated_at: expect.any(String) }, message: { text: 'cleared', type: 'system' } });
    for (const one of [ana, bob]) {
      const [cut, created] = await one.heard(['channel.truncated', 'message.new'], room);
      expect(cut).toMatchObject({ cid: room.cid, channel: { cid: room.cid, truncated_at: expect.any(String) } });
      expect(ms(cut.channel.truncated_at)).toBeGreaterThanOrEqual(ms(old.created_at));
      expect(created.message).toMatchObject({ text: 'cleared', type: 'system' });
    }
    const note = await phone.hears('notification.channel_truncated');
    expect(note).toMatchObject({ cid: room.cid, channel: { cid: room.cid }, unread_count: 0 });
    const state = await ana.in(room).query({ messages: { limit: 10 } });
    expect(state.messages.map((message) => message.text)).toEqual(['cleared']);
    expect(state.pinned_messages).toEqual([]);
  });

  story('without a word', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await bob.says(room, 'old');
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await ana.in(room).truncate();
    await bob.heard(['channel.truncated'], room);
    const state = await bob.in(room).query({ messages: { limit: 10 } });
    expect(state.messages).toEqual([]);
    const mine = (await ana.in(room).query({})).read?.find((read) => read.user.id === ana.id);
    expect(mine?.unread_messages).toBe(0);
    await bob.says(room, 'new');
    expect((await ana.in(room).query({ messages: { limit: 10 } })).messages).toHaveLength(1);
  });

  story('for good', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const old = await bob.says(room, 'old');
    await town.at(room).truncate({ hard_delete: true, user_id: ana.id } as never);
    await bob.hears('channel.truncated');
    await refuses(bob.client.getMessage(old.id), 16, 404);
  });

  story('only who may', async ({ town }) => {
    const [, bob, room] = await town.twoWatching();
    await refuses(bob.in(room).truncate(), 17, 403, /TruncateChannel/);
    await refuses(bob.post('/channels/messaging/nothing/truncate', {}), 16, 404);
    await bob.heardNothing(room);
  });
});
