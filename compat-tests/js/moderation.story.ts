// Bans, shadow bans, flags and blocks.
import { describe, expect, ms, refuses, refusesWith, story, type Person, type Room } from '../harness';

const member = async (viewer: Person, room: Room, who: Person) =>
  (await viewer.in(room).query({})).members.find((one) => one.user_id === who.id);

describe('ban', () => {
  story('in a channel: told, and no more writing, but reading goes on', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await town.at(room).addModerators([ana.id]);
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const own = await bob.says(room, 'last words');
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await ana.in(room).banUser(bob.id, { reason: 'spam', timeout: 60 });
    for (const one of [ana, bob]) {
      const banned = await one.hears('user.banned');
      expect(banned).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, user: { id: bob.id }, created_by: { id: ana.id }, reason: 'spam' });
      expect(Math.round((ms(banned.expiration) - Date.now()) / 60_000)).toBe(60);
    }
    await refuses(bob.says(room, 'still here'), 17, 403, 'currently suspended from chat');
    await refuses(bob.client.updateMessage({ id: own.id, text: 'edited' }), 17, 403);
    await refuses(bob.in(room).sendReaction(own.id, { type: 'like' }), 17, 403);
    expect((await bob.in(room).query({ messages: { limit: 5 } })).messages).toHaveLength(1);
    expect(await member(ana, room, bob)).toMatchObject({ banned: true, ban_expires: expect.any(String) });
    await ana.in(room).unbanUser(bob.id);
    const unbanned = await bob.hears('user.unbanned');
    expect(unbanned).toMatchObject({ cid: room.cid, user: { id: bob.id } });
    expect((await bob.says(room, 'back')).type).toBe('regular');
    expect(await member(ana, room, bob)).toMatchObject({ banned: false });
  });

  story('in the app, by the server: nowhere any more', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(bob);
    await town.server.banUser(bob.id, { banned_by_id: ana.id, reason: 'spam' });
    // Of his two devices one is on the node that his requests go to.
    for (const one of [bob, phone]) {
      const banned = await one.hears('user.banned');
      expect(banned).toMatchObject({ user: { id: bob.id, banned: true } });
      expect(banned).not.toHaveProperty('cid');
    }
    await refuses(bob.says(room, 'x'), 17, 403, 'currently suspended from chat');
    const desk = await town.secondDevice(bob);
    expect(desk.frames[0].me.banned).toBe(true);
    const { users } = await ana.client.queryUsers({ id: bob.id, banned: true });
    expect(users).toHaveLength(1);
    await town.server.unbanUser(bob.id);
    await bob.hears('user.unbanned');
    expect((await bob.says(room, 'x')).type).toBe('regular');
  });

  story('a ban that ran out is over', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await town.at(room).banUser(bob.id, { banned_by_id: ana.id, timeout: -1 });
    expect(await member(ana, room, bob)).toMatchObject({ banned: false });
    expect((await bob.says(room, 'x')).type).toBe('regular');
  });

  story('who may ban', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await refuses(bob.in(room).banUser(ana.id, {}), 17, 403, /BanChannelMember|BanUser/);
    await refuses(bob.client.banUser(ana.id), 17, 403);
    await refuses(bob.in(room).unbanUser(ana.id), 17, 403);
    await refusesWith(town.at(room).banUser('nobody-here', { banned_by_id: ana.id }), [16, 404], [4, 400]);
    await refuses(town.server.post(`${town.server.baseURL}/moderation/ban`, { banned_by_id: ana.id }), 4, 400);
    await ana.heardNothing(room);
  });
});

describe('shadow ban', () => {
  story('the banned person notices nothing; the others are spared', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await town.at(room).shadowBan(bob.id, { banned_by_id: ana.id });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const message = await bob.says(room, 'hello?');
    expect(message).toMatchObject({ type: 'regular', shadowed: false });
    await bob.hears('message.new', { message: { id: message.id, shadowed: false } });
    await ana.settles(room);
    const heard = ana.frames.filter((frame) => frame.type === 'message.new' && frame.message.id === message.id);
    expect(heard.every((frame) => frame.message.shadowed)).toBe(true);
    expect((await bob.client.getMessage(message.id)).message.shadowed).toBe(false);
    const seen = (await ana.in(room).query({ messages: { limit: 5 } })).messages.filter((one) => one.id === message.id);
    expect(seen.every((one) => one.shadowed)).toBe(true);
    expect(await member(ana, room, bob)).toMatchObject({ shadow_banned: true });
    expect(await member(bob, room, bob)).toMatchObject({ shadow_banned: false });
    await town.at(room).removeShadowBan(bob.id);
    const open = await bob.says(room, 'hello!');
    await ana.hears('message.new', { message: { id: open.id, shadowed: false } });
  });
});

describe('flag', () => {
  story('a message and a person', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await bob.says(room, 'rude');
    const flagged = await ana.client.flagMessage(message.id, { reason: 'rude' });
    expect(flagged.flag).toMatchObject({ target_message_id: message.id, user: { id: ana.id }, created_at: expect.any(String) });
    expect((await ana.client.flagMessage(message.id, { reason: 'very rude' })).flag.target_message_id).toBe(message.id);
    const person = await ana.client.flagUser(bob.id);
    expect(person.flag).toMatchObject({ target_user: { id: bob.id }, user: { id: ana.id } });
    await refuses(ana.client.flagMessage('nothing'), 16, 404);
    await refuses(ana.client.flagUser('nobody-here'), 16, 404);
    await refuses(ana.post('/moderation/flag', {}), 4, 400);
  });

  story('an outsider flags nothing', async ({ town }) => {
    const [, bob, room] = await town.two();
    const cleo = await town.person('cleo');
    const message = await bob.says(room, 'between us');
    await refuses(cleo.client.flagMessage(message.id), 17, 403);
  });
});

describe('block', () => {
  story('their one-to-one channel is hidden and falls silent for the blocker', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const { channel } = await ana.client.channel('messaging', { members: [ana.id, bob.id] }).create();
    const room = { type: channel.type, id: channel.id, cid: channel.cid };
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const answer = await ana.client.blockUser(bob.id);
    expect(answer).toMatchObject({ blocked_by_user_id: ana.id, blocked_user_id: bob.id, blocked_at: expect.any(String) });
    const hidden = await ana.hears('channel.hidden');
    expect(hidden).toMatchObject({ cid: room.cid });
    expect((await ana.client.getBlockedUsers()).blocks).toMatchObject([{ user_id: ana.id, blocked_user_id: bob.id, blocked_user: { id: bob.id }, created_at: expect.any(String) }]);
    const phone = await town.secondDevice(ana);
    expect(phone.frames[0].me.blocked_user_ids).toEqual([bob.id]);
    await ana.settles(room);
    await bob.post(`/channels/${room.type}/${room.id}/message`, { message: { text: 'why?' } }).catch(() => undefined);
    await ana.settles(room);
    expect(ana.frames.filter((frame) => frame.type === 'message.new' || frame.type === 'notification.message_new')).toEqual([]);
    expect((await ana.client.queryChannels({ cid: room.cid }, [], { watch: false })).map((one) => one.cid)).toEqual([]);
    await ana.client.blockUser(bob.id);
    expect((await ana.client.getBlockedUsers()).blocks).toHaveLength(1);
    await ana.client.unBlockUser(bob.id);
    await ana.hears('channel.visible', { cid: room.cid });
    expect((await ana.client.getBlockedUsers()).blocks).toEqual([]);
  });

  story('bites from the next message on, and no longer than until it is lifted', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const { channel } = await ana.client.channel('messaging', { members: [ana.id, bob.id] }).create();
    const room = { type: channel.type, id: channel.id, cid: channel.cid };
    const says = (text: string) => bob.post(`/channels/${room.type}/${room.id}/message`, { message: { text } });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    // In a cluster a person's log and a channel's are read side by side: there a block bites once her own devices have caught up.
    const told = async () => (process.env.WEIR_REDIS === 'cluster' ? ana.settles() : undefined);
    const rounds = [...Array(20).keys()];
    for (const round of rounds) {
      await ana.client.blockUser(bob.id);
      await told();
      await says('behind the wall').catch(() => undefined);
      await ana.client.unBlockUser(bob.id);
      await told();
      await says(`open ${round}`);
    }
    await ana.settles(room);
    const heard = ana.frames.filter((frame) => ['message.new', 'notification.message_new'].includes(frame.type));
    expect(heard.map((frame) => frame.message.text)).toEqual(rounds.map((round) => `open ${round}`));
  });

  story('in a group they still hear each other', async ({ town }) => {
    const [cleo] = await town.users('cleo');
    const [ana, bob, room] = await town.twoWatching({ members: [cleo] });
    await ana.client.blockUser(bob.id);
    await bob.says(room, 'hello all');
    await ana.hears('message.new', { message: { text: 'hello all' } });
  });

  story('refusals', async ({ town }) => {
    const ana = await town.person('ana');
    await refuses(ana.client.blockUser(ana.id), 4, 400);
    await refuses(ana.post('/users/block', {}), 4, 400);
    await refusesWith(ana.client.blockUser('nobody-here'), [16, 404], [4, 400]);
  });
});
