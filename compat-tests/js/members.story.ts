// S12 and S13: members come, change, go, and are invited.
import { asks, describe, expect, refuses, refusesWith, story, votes } from '../harness';

describe('S12 members', () => {
  story('an added member: told to those who watch, then to the channel, then to the newcomer', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    await cleo.settles(room);
    const answer = await ana.in(room).addMembers([cleo.id]);
    expect(answer.members.map((member) => member.user_id)).toEqual([ana.id, bob.id, cleo.id]);
    expect(answer.channel).toMatchObject({ member_count: 3, own_capabilities: expect.any(Array) });
    for (const one of [ana, bob]) {
      const [added, updated] = await one.heard(['member.added', 'channel.updated'], room);
      expect(added).toMatchObject({
        cid: room.cid,
        channel_type: room.type,
        channel_id: room.id,
        user: { id: cleo.id, name: 'Cleo' },
        member: { user_id: cleo.id, user: { id: cleo.id }, channel_role: 'channel_member', banned: false, shadow_banned: false, notifications_muted: false },
      });
      expect(updated.channel).toMatchObject({ member_count: 3 });
      expect(updated.channel.members).toHaveLength(3);
    }
    const [note] = await cleo.heard(['notification.added_to_channel'], room);
    expect(note).toMatchObject({ cid: room.cid, channel: { id: room.id, type: room.type, cid: room.cid }, member: { user_id: cleo.id, user: { id: cleo.id } } });
    await cleo.watches(room);
    for (const one of [ana, bob]) {
      const [start] = await one.heard(['user.watching.start'], room);
      expect(start).toMatchObject({ user: { id: cleo.id }, watcher_count: 3 });
    }
  });

  story('a removed member: counts fall, the watch ends, and nothing more is heard', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    const phone = await town.secondDevice(cleo);
    await town.at(room).addMembers([cleo.id]);
    await cleo.watches(room);
    await bob.says(room, 'unread for Cleo');
    await Promise.all([ana, bob, cleo, phone].map((one) => one.settles(room)));
    await ana.in(room).removeMembers([cleo.id]);
    for (const one of [ana, bob]) {
      const removed = await one.hears('member.removed');
      expect(removed).toMatchObject({ cid: room.cid, user: { id: cleo.id }, member: { user_id: cleo.id } });
      const [updated, stop] = await one.hearsEach('channel.updated', 'user.watching.stop');
      expect(updated.channel).toMatchObject({ member_count: 2 });
      expect(stop).toMatchObject({ user: { id: cleo.id }, watcher_count: 2 });
    }
    for (const one of [cleo, phone]) {
      if (one === cleo) expect(await one.hears('channel.kicked')).toMatchObject({ cid: room.cid, channel: { cid: room.cid, member_count: 2 } });
      const [removed, read] = await one.hearsEach('notification.removed_from_channel', 'notification.mark_read');
      expect(removed).toMatchObject({ cid: room.cid, channel: { cid: room.cid }, user: { id: cleo.id }, member: { user_id: cleo.id } });
      expect(read).toMatchObject({ unread_count: 0, total_unread_count: 0, unread_channels: 0 });
      await one.settles(room);
    }
    await bob.says(room, 'without Cleo');
    await ana.hears('message.new');
    await Promise.all([cleo.heardNothing(room), phone.heardNothing(room)]);
    expect(phone.frames.map(({ type }) => type), 'it watched nothing').not.toContain('channel.kicked');
    await refuses(cleo.in(room).query({}), 17, 403);
  });

  story('a removed member who may still read goes on watching', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching({ type: 'livestream' });
    await town.at(room).removeMembers([bob.id]);
    await bob.hearsEach('notification.removed_from_channel', 'notification.mark_read');
    const { id } = await ana.says(room, 'still on the air');
    await bob.hears('message.new', { message: { id } });
    expect(bob.frames.map(({ type }) => type)).not.toContain('channel.kicked');
  });

  story('leaving is removing oneself', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await bob.in(room).removeMembers([bob.id]);
    const removed = await ana.hears('member.removed');
    expect(removed.user.id).toBe(bob.id);
    await bob.hears('notification.removed_from_channel');
  });

  story('adding a member again, or removing a stranger, changes nothing', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    const again = await ana.in(room).addMembers([bob.id]);
    expect(again.members).toHaveLength(2);
    const without = await ana.in(room).removeMembers([cleo.id]);
    expect(without.members).toHaveLength(2);
    await cleo.heardNothing(room);
    await bob.settles(room);
    expect(bob.frames.filter((frame) => ['member.added', 'member.removed'].includes(frame.type))).toEqual([]);
  });

  story('a role change is told', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const answer = await town.at(room).addModerators([bob.id]);
    expect(answer.members.find((member) => member.user_id === bob.id)).toMatchObject({ channel_role: 'channel_moderator', is_moderator: true, role: 'moderator' });
    const updated = await ana.hears('member.updated');
    expect(updated.member).toMatchObject({ user_id: bob.id, channel_role: 'channel_moderator' });
    expect((await bob.in(room).query({})).channel.own_capabilities).toEqual(expect.arrayContaining(['delete-any-message', 'ban-channel-members', 'update-channel']));
    const demoted = await town.at(room).demoteModerators([bob.id]);
    const member = demoted.members.find((one) => one.user_id === bob.id);
    expect(member).toMatchObject({ channel_role: 'channel_member' });
    expect(member).not.toHaveProperty('is_moderator');
    await ana.hears('member.updated', { member: { channel_role: 'channel_member' } });
    await town.at(room).assignRoles([{ user_id: bob.id, channel_role: 'channel_moderator' }]);
    await ana.hears('member.updated', { member: { channel_role: 'channel_moderator' } });
    await refuses(ana.in(room).addModerators([bob.id]), 17, 403);
  });

  story('pinning and archiving a channel concern oneself, on all devices', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await phone.settles(room);
    const pinned = await ana.in(room).pin();
    expect(pinned.pinned_at).toEqual(expect.any(String));
    for (const one of [ana, phone]) {
      const event = await one.hears('member.updated', (frame) => typeof frame.member.pinned_at === 'string');
      expect(event).toMatchObject({ channel_type: room.type, channel_id: room.id, member: { user: { id: ana.id } } });
    }
    expect((await ana.in(room).query({})).membership?.pinned_at).toBe(pinned.pinned_at);
    await ana.in(room).unpin();
    await phone.hears('member.updated', (frame) => (frame.member.pinned_at ?? null) === null);
    const archived = await ana.in(room).archive();
    expect(archived.archived_at).toEqual(expect.any(String));
    await phone.hears('member.updated', (frame) => typeof frame.member.archived_at === 'string');
    expect((await ana.in(room).unarchive()).archived_at ?? null).toBeNull();
  });

  story('a member keeps data of their own; nobody else changes it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const path = (id: string) => `/channels/${room.type}/${room.id}/member/${id}`;
    const { channel_member: member } = await bob.patch(path(bob.id), { set: { nickname: 'Bobby' } });
    expect(member).toMatchObject({ user_id: bob.id, nickname: 'Bobby' });
    expect((await ana.hears('member.updated')).member.nickname).toBe('Bobby');
    const changed = await bob.patch(path(bob.id), { unset: ['nickname'] });
    expect(changed.channel_member).not.toHaveProperty('nickname');
    await refusesWith(ana.patch(path(bob.id), { set: { nickname: 'Bob' } }), [4, 400], [17, 403]);
    await refuses(bob.patch(path(bob.id), { set: { channel_role: 'channel_moderator' } }), 17, 403);
    await refusesWith(ana.patch(path('nobody'), { set: { nickname: 'x' } }), [4, 400], [17, 403], [16, 404]);
  });

  story('who may change the members', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const [cleo] = await town.users('cleo');
    await refuses(bob.in(room).addMembers([cleo]), 17, 403, /UpdateChannelMembers/);
    await refuses(bob.in(room).removeMembers([ana.id]), 17, 403);
    await refuses(ana.in(room).addMembers(['nobody-here']), 4, 400, /update operation, but don't exist: \[nobody-here\]/);
    await refuses(ana.in(room).addMembers(Array.from({ length: 101 }, (_, at) => `u${at}`)), 4, 400);
    await refuses(ana.post(`/channels/${room.type}/${room.id}`, { add_members: [cleo], remove_members: [cleo] }), 4, 400);
    await bob.heardNothing(room);
  });

  story('members may arrive with a message and without the history', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await bob.says(room, 'before');
    const cleo = await town.person('cleo');
    await ana.settles(room);
    await town.at(room).addMembers([cleo.id], { text: 'Cleo joined', user_id: ana.id } as never, { hide_history: true });
    const [, , created] = await ana.heard(['member.added', 'channel.updated', 'message.new'], room);
    expect(created.message).toMatchObject({ type: 'system', text: 'Cleo joined' });
    const { messages } = await cleo.in(room).query({ messages: { limit: 10 } });
    expect(messages.map((message) => message.text)).toEqual(['Cleo joined']);
    expect((await bob.in(room).query({ messages: { limit: 10 } })).messages).toHaveLength(2);
  });
});

describe('hidden history', () => {
  story('is hidden everywhere: in lists, one by one, pinned, quoted, in threads, found', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const old = await bob.says(room, 'crimson soup');
    const reply = await bob.says(room, { text: 'crimson bread', parent_id: old.id });
    await ana.client.pinMessage(old.id);
    const cleo = await town.person('cleo');
    await town.at(room).addMembers([cleo.id], undefined, { hide_history: true });
    const quote = await bob.says(room, { text: 'as I said', quoted_message_id: old.id });
    const { message } = await cleo.hears('notification.message_new', { cid: room.cid });
    expect(message).toMatchObject({ id: quote.id, text: 'as I said', quoted_message_id: old.id });
    expect(message).not.toHaveProperty('quoted_message');
    const state = await cleo.watches(room);
    expect(state.messages.map(({ id, quoted_message }) => [id, quoted_message])).toEqual([[quote.id, undefined]]);
    expect(state.pinned_messages).toEqual([]);
    expect((await cleo.client.getMessage(quote.id)).message).not.toHaveProperty('quoted_message');
    expect((await cleo.in(room).getMessagesById([old.id, quote.id])).messages.map(({ id }) => id)).toEqual([quote.id]);
    expect((await cleo.in(room).getPinnedMessages({ limit: 5 })).messages).toEqual([]);
    expect((await cleo.client.search({ cid: room.cid }, 'crimson')).results).toEqual([]);
    await refuses(cleo.client.getMessage(old.id), 16, 404);
    await refuses(cleo.client.getMessage(reply.id), 16, 404);
    await refuses(cleo.in(room).getReplies(old.id, { limit: 5 }), 16, 404);
    await refuses(cleo.client.getThread(old.id, { watch: false }), 16, 404);
    await refuses(cleo.in(room).sendReaction(old.id, { type: 'like' }), 16, 404);
    await refuses(cleo.says(room, { text: 'what?', quoted_message_id: old.id }), 4, 400);
    expect(await cleo.client.getUnreadCount()).toMatchObject({ total_unread_count: 1 });
    expect((await bob.client.getMessage(quote.id)).message.quoted_message?.id).toBe(old.id);
  });

  story('is not heard of either, whatever becomes of it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    const old = await bob.says(room, 'crimson soup');
    const asked = await asks(bob, room);
    await town.at(room).addMembers([cleo.id], undefined, { hide_history: true });
    await cleo.watches(room);
    const fresh = await bob.says(room, 'green soup');
    await Promise.all([ana, bob, cleo].map((one) => one.settles(room)));
    for (const { id } of [old, fresh]) {
      await ana.in(room).sendReaction(id, { type: 'like' });
      await bob.client.partialUpdateMessage(id, { set: { colour: 'teal' } } as never);
      await ana.client.pinMessage(id);
      await ana.says(room, { text: 'more', parent_id: id });
    }
    await votes(ana, asked, { option_id: asked.options[0] });
    await bob.says(room, { text: 'as I said', quoted_message_id: old.id });
    await bob.client.deleteMessage(old.id);
    // A reply is as young as it is: only what it belongs to is hidden.
    const ofFresh = ['reaction.new', 'message.updated', 'message.updated', 'message.updated', 'message.new'];
    const heard = await cleo.heard(['message.new', ...ofFresh, 'message.new'], room);
    expect(JSON.stringify(heard)).not.toContain('crimson');
  });
});

describe('S13 invites', () => {
  story('an invited person is told, and counts nothing until they accept', async ({ town }) => {
    const [ana, cleo] = await town.people('ana', 'cleo');
    const channel = ana.client.channel('messaging', town.tag, { members: [ana.id], invites: [cleo.id] } as never);
    await channel.watch();
    const room = { type: 'messaging', id: town.tag, cid: channel.cid };
    const invited = await cleo.hears('notification.invited');
    expect(invited).toMatchObject({ cid: room.cid, channel: { cid: room.cid }, member: { user_id: cleo.id, invited: true, status: 'pending' } });
    await ana.says(room, 'are you coming?');
    await cleo.settles(room);
    const phone = await town.secondDevice(cleo);
    expect(phone.frames[0].me).toMatchObject({ total_unread_count: 0, unread_channels: 0 });
    expect(cleo.frames.filter((frame) => frame.type.endsWith('message_new'))).toEqual([]);
    const state = await ana.in(room).query({});
    expect(state.channel.member_count).toBe(2);
  });

  story('accepting with a message: told to the invitee and to those who watch; again is nothing', async ({ town }) => {
    const [ana, cleo] = await town.people('ana', 'cleo');
    const room = await town.room({ members: [ana], invites: [cleo] });
    await ana.watches(room);
    await Promise.all([ana.settles(room), cleo.settles(room)]);
    const answer = await cleo.in(room).acceptInvite({ message: { text: 'Cleo is here' } } as never);
    expect(answer.members.find((member) => member.user_id === cleo.id)).toMatchObject({ invited: true, invite_accepted_at: expect.any(String), status: 'member' });
    const [accepted] = await cleo.hearsEach('notification.invite_accepted');
    expect(accepted).toMatchObject({ cid: room.cid, channel: { cid: room.cid }, member: { user_id: cleo.id, invite_accepted_at: expect.any(String) }, user: { id: cleo.id } });
    const [updated, , created] = await ana.heard(['member.updated', 'channel.updated', 'message.new'], room);
    expect(updated.member).toMatchObject({ user_id: cleo.id, invite_accepted_at: expect.any(String) });
    expect(created.message).toMatchObject({ type: 'system', text: 'Cleo is here' });
    await cleo.settles(room);
    await cleo.in(room).acceptInvite({ message: { text: 'and again' } } as never);
    await Promise.all([ana.heardNothing(room), cleo.heardNothing(room)]);
  });

  story('rejecting is told', async ({ town }) => {
    const [ana, cleo] = await town.people('ana', 'cleo');
    const room = await town.room({ members: [ana], invites: [cleo] });
    await ana.watches(room);
    await Promise.all([ana.settles(room), cleo.settles(room)]);
    await cleo.in(room).rejectInvite();
    const rejected = await cleo.hears('notification.invite_rejected');
    expect(rejected.member).toMatchObject({ user_id: cleo.id, invite_rejected_at: expect.any(String), status: 'rejected' });
    const updated = await ana.hears('member.updated');
    expect(updated.member).toMatchObject({ user_id: cleo.id, status: 'rejected' });
    await Promise.all([ana.settles(room), cleo.settles(room)]);
    await cleo.in(room).rejectInvite();
    await Promise.all([ana.heardNothing(room), cleo.heardNothing(room)]);
  });

  story('nobody accepts what was not offered', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    await refusesWith(cleo.in(room).acceptInvite(), [4, 400], [17, 403]);
    await refuses(bob.in(room).acceptInvite(), 4, 400);
    await ana.heardNothing(room);
  });

  story('a channel can be found by the state of the invite', async ({ town }) => {
    const [ana, cleo] = await town.people('ana', 'cleo');
    const room = await town.room({ members: [ana], invites: [cleo] });
    const find = async (invite: string) =>
      (await cleo.client.queryChannels({ invite } as never, [], { watch: false })).map((channel) => channel.cid);
    expect(await find('pending')).toEqual([room.cid]);
    expect(await find('accepted')).toEqual([]);
    await cleo.in(room).acceptInvite();
    expect(await find('accepted')).toEqual([room.cid]);
    await refuses(cleo.client.queryChannels({ invite: 'maybe' } as never, [], { watch: false }), 4, 400, 'pending|accepted|rejected');
  });
});
