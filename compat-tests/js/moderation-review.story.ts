// Flags as those who look after a channel find them, bans from channels to come, and the moderation paths of the API's second generation.

import { describe, expect, refuses, soon, story } from '../harness';

describe('flagged messages', () => {
  story('are found by moderators of the channel and by the server, and by nobody else', async ({ town }) => {
    const [cleo] = await town.users('cleo');
    const [ana, bob, room] = await town.twoWatching({ members: [cleo] });
    await town.at(room).addModerators([ana.id]);
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const rude = await bob.says(room, 'rude');
    const ruder = await bob.says(room, 'ruder');
    await ana.client.flagMessage(rude.id, { reason: 'insult', custom: { line: 3 } } as never);
    await town.server.flagMessage(ruder.id, { user_id: cleo });
    const { flags } = await ana.client.queryMessageFlags({ channel_cid: room.cid });
    expect(flags).toMatchObject([
      { message: { id: ruder.id, text: 'ruder', user: { id: bob.id } }, user: { id: cleo }, created_by_automod: false },
      { message: { id: rude.id }, user: { id: ana.id }, reason: 'insult', custom: { line: 3 }, created_at: expect.any(String), updated_at: expect.any(String) },
    ]);
    const of = async (filter: Record<string, unknown>, options = {}) =>
      (await town.server.queryMessageFlags({ channel_cid: { $in: [room.cid] }, ...filter } as never, options)).flags?.map(({ message }) => message.id);
    expect(await of({ user_id: bob.id })).toEqual([ruder.id, rude.id]);
    expect(await of({ reporter_id: ana.id })).toEqual([rude.id]);
    expect(await of({ reason: { $in: ['insult', 'spam'] } })).toEqual([rude.id]);
    expect(await of({ is_reviewed: true })).toEqual([]);
    expect(await of({}, { limit: 1, offset: 1 })).toEqual([rude.id]);
    await ana.client.unflagMessage(rude.id);
    await ana.client.deleteMessage(ruder.id, true).catch(() => town.server.deleteMessage(ruder.id, true));
    expect(await of({})).toEqual([]);
    await refuses(bob.client.queryMessageFlags({ channel_cid: room.cid }), 17, 403);
    await refuses(bob.client.queryMessageFlags({}), 17, 403);
    await refuses(town.server.queryMessageFlags({ colour: 'red' } as never), 4, 400);
    await refuses(town.server.queryMessageFlags({}, { limit: 301 }), 4, 400);
  });

  story('are listed until the last flag is taken back, and again when there is a new one', async ({ town }) => {
    const [cleo] = await town.users('cleo');
    const [ana, bob, room] = await town.two({ members: [cleo] });
    const other = await town.room({ members: [ana, bob] });
    const [rude, ruder] = [await bob.says(room, 'rude'), await bob.says(other, 'ruder')];
    const of = async (...cids: string[]) =>
      (await town.server.queryMessageFlags({ channel_cid: { $in: cids } })).flags?.map(({ message, user }) => [message.id, user.id]);
    await ana.client.flagMessage(rude.id);
    await town.server.flagMessage(rude.id, { user_id: cleo });
    await ana.client.flagMessage(ruder.id);
    expect(await of(room.cid)).toEqual([[rude.id, cleo], [rude.id, ana.id]]);
    await ana.client.unflagMessage(rude.id);
    expect(await of(room.cid, other.cid)).toEqual([[ruder.id, ana.id], [rude.id, cleo]]);
    await town.server.unflagMessage(rude.id, { user_id: cleo });
    expect(await of(room.cid)).toEqual([]);
    expect(await of(room.cid, other.cid)).toEqual([[ruder.id, ana.id]]);
    await ana.client.flagMessage(rude.id, { reason: 'still rude' });
    expect(await of(room.cid)).toEqual([[rude.id, ana.id]]);
    await town.server.deleteMessage(rude.id, true);
    expect(await of(room.cid)).toEqual([]);
    expect(await of(room.cid)).toEqual([]);
  });
});

describe('bans from channels to come', () => {
  story('begin with each channel that the banner makes, until they are lifted', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await town.at(room).banUser(bob.id, { banned_by_id: ana.id, reason: 'spam', ban_from_future_channels: true } as never);
    const next = await town.room({ by: ana, members: [ana, bob] });
    await refuses(bob.says(next, 'me again'), 17, 403);
    const { members } = await ana.in(next).query({});
    expect(members.find((member) => member.user_id === bob.id)).toMatchObject({ banned: true });
    const { bans } = await ana.client.queryFutureChannelBans();
    expect(bans).toMatchObject([{ user: { id: bob.id }, reason: 'spam', shadow: false, created_at: expect.any(String) }]);
    const [named] = (await town.server.queryFutureChannelBans({ user_id: ana.id, target_user_id: bob.id })).bans;
    expect(named).not.toHaveProperty('user');
    const others = await town.room({ by: bob, members: [ana, bob] });
    expect((await bob.says(others, 'mine')).type).toBe('regular');
    await town.at(room).unbanUser(bob.id, { created_by: ana.id, remove_future_channels_ban: true } as never);
    expect((await ana.client.queryFutureChannelBans()).bans).toEqual([]);
    const last = await town.room({ by: ana, members: [ana, bob] });
    expect((await bob.says(last, 'thank you')).type).toBe('regular');
  });

  story('one that ran out bans nobody, and is left out on request', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await town.at(room).banUser(bob.id, { banned_by_id: ana.id, timeout: -1, ban_from_future_channels: true } as never);
    const next = await town.room({ by: ana, members: [ana, bob] });
    expect((await bob.says(next, 'here')).type).toBe('regular');
    expect((await ana.client.queryFutureChannelBans()).bans).toHaveLength(1);
    expect((await ana.client.queryFutureChannelBans({ exclude_expired_bans: true })).bans).toEqual([]);
  });

  story('refusals', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await refuses(town.server.banUser(bob.id, { banned_by_id: ana.id, ban_from_future_channels: true } as never), 4, 400);
    await refuses(town.at(room).banUser(bob.id, { ban_from_future_channels: true } as never), 4, 400);
    await refuses(ana.client.queryFutureChannelBans({ limit: 301 }), 4, 400);
  });
});

describe('the second generation', () => {
  story('flags, mutes and bans do the same as the first', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await town.at(room).addModerators([ana.id]);
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const message = await bob.says(room, 'rude');
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const flagged = await ana.client.moderation.flagMessage(message.id, 'insult');
    expect(flagged.item_id).toEqual(expect.any(String));
    expect((await ana.client.moderation.flagUser(bob.id, 'insult')).item_id).not.toBe(flagged.item_id);
    expect((await ana.client.queryMessageFlags({ channel_cid: room.cid })).flags).toMatchObject([{ message: { id: message.id }, reason: 'insult' }]);
    const muted = await ana.client.moderation.muteUser(bob.id);
    expect(muted.mutes).toMatchObject([{ user: { id: ana.id }, target: { id: bob.id } }]);
    await soon(() => expect(ana.client.userMuteStatus(bob.id)).toBe(true));
    await ana.client.moderation.unmuteUser(bob.id, {});
    await soon(() => expect(ana.client.userMuteStatus(bob.id)).toBe(false));
    await ana.post('/api/v2/moderation/ban', { target_user_id: bob.id, channel_cid: room.cid, timeout: 5 });
    await bob.hears('user.banned', { cid: room.cid });
    await refuses(bob.says(room, 'again'), 17, 403);
    await refuses(ana.client.moderation.flag('stream:feeds:v2:activity', 'x', '', 'insult'), 4, 400);
    await refuses(ana.client.moderation.flagMessage('', 'insult'), 4, 400);
    await refuses(ana.client.moderation.flagMessage('nothing', 'insult'), 16, 404);
    await refuses(ana.client.moderation.muteUser(ana.id), 4, 400);
  });
});
