// Creating, changing and finding one channel.
import { describe, expect, raw, ms, random, refuses, story } from '../harness';

const MEMBER = [
  'connect-events',
  'create-attachment',
  'create-mention',
  'delete-own-message',
  'delivery-events',
  'flag-message',
  'leave-channel',
  'mute-channel',
  'pin-message',
  'quote-message',
  'read-events',
  'send-custom-events',
  'send-links',
  'send-message',
  'send-reaction',
  'send-reply',
  'send-typing-events',
  'typing-events',
  'update-own-message',
  'upload-file',
];

describe('create', () => {
  story('a client creates a channel; its members are told', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const phone = await town.secondDevice(ana);
    const id = random();
    const channel = ana.client.channel('messaging', id, { name: 'Kitchen', topic: 'soup', members: [ana.id, bob.id] });
    const state = await channel.watch();
    const cid = `messaging:${id}`;
    expect(state.channel).toMatchObject({ id, type: 'messaging', cid, name: 'Kitchen', topic: 'soup', frozen: false, disabled: false, member_count: 2, created_by: { id: ana.id, name: 'Ana' } });
    expect(state).toMatchObject({ messages: [], pinned_messages: [], watcher_count: 1 });
    expect(state.members.map((member) => [member.user_id, member.user?.id, member.role, member.channel_role])).toEqual([
      [ana.id, ana.id, 'owner', 'channel_member'],
      [bob.id, bob.id, 'member', 'channel_member'],
    ]);
    expect(state.membership).toMatchObject({ channel_role: 'channel_member', user: { id: ana.id } });
    expect(state.read?.map((read) => [read.user.id, read.unread_messages])).toEqual(expect.arrayContaining([[ana.id, 0], [bob.id, 0]]));
    for (const one of [bob, phone]) {
      const added = await one.hears('notification.added_to_channel');
      expect(added).toMatchObject({ cid, channel_type: 'messaging', channel_id: id, channel: { id, type: 'messaging', cid }, member: { user_id: one.id, user: { id: one.id } } });
    }
  });

  story('the channel can be queried the moment its members are told', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const seen = bob.hears('notification.added_to_channel').then((event) => bob.client.channel(event.channel.type, event.channel.id).watch());
    await ana.client.channel('messaging', random(), { members: [ana.id, bob.id] }).create();
    expect((await seen).members).toHaveLength(2);
  });

  story('a second creation returns what is there and changes nothing', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const state = await bob.client.channel(room.type, room.id, { name: 'Garage' }).watch();
    expect(state.channel).toMatchObject({ name: 'Kitchen', created_by: { id: ana.id } });
  });

  story('ten people create one channel at once: one channel', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const id = random();
    const states = await Promise.all(
      Array.from({ length: 10 }, (_, at) => (at % 2 ? bob : ana).post(`/channels/messaging/${id}/query`, { data: { members: [ana.id, bob.id] } })),
    );
    expect(new Set(states.map((state) => state.channel.created_at)).size).toBe(1);
    expect(states.every((state) => state.members.length === 2)).toBe(true);
  });

  story('the config is complete, with commands as objects', async ({ town }) => {
    const [ana, , room] = await town.two();
    const { channel } = await ana.in(room).query({});
    expect(channel.config).toMatchObject({
      name: 'messaging',
      typing_events: true,
      read_events: true,
      connect_events: true,
      delivery_events: true,
      custom_events: true,
      reactions: true,
      replies: true,
      quotes: true,
      mutes: true,
      uploads: true,
      search: expect.any(Boolean),
      url_enrichment: expect.any(Boolean),
      push_notifications: true,
      polls: expect.any(Boolean),
      reminders: expect.any(Boolean),
      shared_locations: expect.any(Boolean),
      user_message_reminders: expect.any(Boolean),
      mark_messages_pending: false,
      max_message_length: 5000,
      message_retention: 'infinite',
      automod: expect.any(String),
      automod_behavior: expect.any(String),
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    for (const command of channel.config?.commands ?? []) {
      expect(command).toMatchObject({ name: expect.any(String), description: expect.any(String), args: expect.any(String), set: expect.any(String) });
    }
  });

  story('a plain member may do this, the creator more', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const member = (await bob.in(room).query({})).channel.own_capabilities as string[];
    expect(member).toEqual(expect.arrayContaining(MEMBER));
    for (const more of ['update-channel', 'update-channel-members', 'delete-channel', 'delete-any-message', 'update-any-message', 'ban-channel-members', 'freeze-channel', 'skip-slow-mode', 'slow-mode']) {
      expect(member, more).not.toContain(more);
    }
    expect(member).toEqual([...member].sort());
    const creator = (await ana.in(room).query({})).channel.own_capabilities as string[];
    expect(creator).toEqual(expect.arrayContaining(['update-channel', 'update-channel-members', 'delete-channel']));
    const server = await town.at(room).query({});
    expect(server.channel).not.toHaveProperty('own_capabilities');
  });

  story('what cannot be created', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const make = (type: string, id: string, data: object = {}) => ana.post(`/channels/${type}/${id}/query`, { data });
    await refuses(make('nonsense', random()), 16, 404);
    await refuses(make('messaging', 'a!b'), 4, 400);
    await refuses(make('messaging', 'a'.repeat(65)), 4, 400);
    await refuses(make('messaging', encodeURIComponent('a b')), 4, 400);
    await refuses(make('messaging', random(), { members: ['nobody-here', bob.id] }), 4, 400, /don't exist: \[nobody-here\]/);
    await refuses(make('messaging', random(), { members: 'ana' }), 4, 400);
    await refuses(make('messaging', random(), { members: Array(101).fill(bob.id) }), 4, 400);
    await refuses(make('messaging', random(), { cooldown: 5 }), 4, 400, 'data.cooldown is a reserved field');
    await refuses(make('messaging', random(), { topic: 't'.repeat(6_000) }), 22, 413);
    await refuses(make('commerce', random(), { members: [ana.id] }), 17, 403, /CreateChannel/);
    await refuses(ana.post(`/channels/messaging/${random()}/query`, { data: 'x' }), 4, 400);
    await refuses(ana.post('/channels/messaging/query', { data: {} }), 4, 400);
    await refuses(ana.post('/channels/messaging/query', { data: { members: [ana.id] } }), 4, 400, 'When using member based IDs specify at least 2 members');
    await bob.heardNothing();
  });

  story('a channel can be made by somebody who is no member; they still read and write', async ({ town }) => {
    const ana = await town.person('ana');
    const channel = ana.client.channel('messaging', random(), {});
    const state = await channel.watch();
    expect(state.members).toEqual([]);
    expect(state.membership ?? undefined).toBeUndefined();
    expect((await channel.sendMessage({ text: 'alone' })).message.text).toBe('alone');
  });
});

describe('distinct channels', () => {
  story('the same people, in any order, share one channel', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const first = await ana.client.channel('messaging', { members: [ana.id, bob.id] }).create();
    expect(first.channel.id).toMatch(/^!members-[\w-]{43}$/);
    expect(first.members.map((member) => member.user_id).sort()).toEqual([ana.id, bob.id].sort());
    const second = await bob.client.channel('messaging', { members: [bob.id, ana.id] }).watch();
    expect(second.channel.cid).toBe(first.channel.cid);
    await bob.hears('notification.added_to_channel', { cid: first.channel.cid });
    const message = await bob.client.channel('messaging', first.channel.id).sendMessage({ text: 'hi' });
    expect(message.message.cid).toBe(first.channel.cid);
  });

  story('nobody else is let in', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const [cleo] = await town.users('cleo');
    const channel = ana.client.channel('messaging', { members: [ana.id, bob.id] });
    await channel.create();
    await refuses(channel.addMembers([cleo]), 17, 403, /distinct channel/);
    await refuses(channel.inviteMembers([cleo]), 17, 403, 'cannot invite members to the distinct channel');
  });

  story('a client makes none for others', async ({ town }) => {
    const ana = await town.person('ana');
    const [bob, cleo] = await town.users('bob', 'cleo');
    await refuses(ana.client.channel('messaging', { members: [bob, cleo] }).create(), 17, 403);
  });

  story('members may be given as objects', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const first = await ana.post('/channels/messaging/query', { data: { members: [{ user_id: ana.id }, { user_id: bob.id }] } });
    const second = await bob.post('/channels/messaging/query', { data: { members: [ana.id, bob.id] } });
    expect(second.channel.cid).toBe(first.channel.cid);
  });
});

describe('update', () => {
  story('a partial update reaches everybody who watches with the whole channel', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching({ topic: 'soup', place: { city: 'Bonn', floor: 2 } });
    const answer = await ana.in(room).updatePartial({ set: { name: 'Big kitchen', 'place.floor': 3 } as never, unset: ['topic'] });
    expect(answer.channel).toMatchObject({ cid: room.cid, name: 'Big kitchen', place: { city: 'Bonn', floor: 3 }, own_capabilities: expect.any(Array) });
    expect(answer.members).toHaveLength(2);
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['channel.updated'], room);
      expect(event).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, user: { id: ana.id } });
      expect(event.channel).toMatchObject({ id: room.id, type: room.type, cid: room.cid, name: 'Big kitchen', place: { city: 'Bonn', floor: 3 }, member_count: 2, config: { name: 'messaging' } });
      expect(event.channel.members).toHaveLength(2);
      expect(event.channel).not.toHaveProperty('topic');
      expect(event.channel).not.toHaveProperty('own_capabilities');
    }
  });

  story('a full update replaces custom data and may say why', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching({ topic: 'soup' });
    await ana.in(room).update({ name: 'Hall' }, { text: 'Ana renamed the channel' });
    const [updated, created] = await bob.heard(['channel.updated', 'message.new'], room);
    expect(updated.channel.name).toBe('Hall');
    expect(updated.channel).not.toHaveProperty('topic');
    expect(created.message).toMatchObject({ type: 'system', text: 'Ana renamed the channel', user: { id: ana.id } });
  });

  story('an update with a message by the server: the change, then the message', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const answer = await town.at(room).update({ name: 'Hall' }, { text: 'renamed', user_id: ana.id } as never);
    expect(answer.message).toMatchObject({ text: 'renamed', type: 'system' });
    const [updated, created] = await bob.heard(['channel.updated', 'message.new'], room);
    expect(updated).toMatchObject({ message: { text: 'renamed' } });
    expect(created.message).toMatchObject({ type: 'system', id: answer.message?.id });
  });

  story('who may not change a channel', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    await refuses(bob.in(room).updatePartial({ set: { name: 'Mine' } }), 17, 403, /UpdateChannel/);
    await refuses(cleo.in(room).updatePartial({ set: { name: 'Mine' } }), 17, 403);
    await refuses(ana.in(room).updatePartial({ set: { created_at: '2020-01-01T00:00:00Z' } as never }), 17, 403, 'is reserved');
    await refuses(ana.in(room).updatePartial({ set: { config_overrides: { replies: false } } as never }), 17, 403, 'server-side');
    await refuses(ana.in(room).updatePartial({ set: { disabled: true } as never }), 17, 403, 'server-side');
    await refuses(ana.in(room).updatePartial({ set: { 'a..b': 1 } as never }), 4, 400);
    await refuses(ana.in(room).updatePartial({ set: { topic: 't'.repeat(6_000) } }), 22, 413);
    await refuses(bob.in(room).enableSlowMode(5), 17, 403, 'cooldown');
    await refuses(town.at(room).enableSlowMode(121), 4, 400);
    await refuses(ana.patch('/channels/messaging/nothing', { set: { name: 'x' } }), 16, 404, /Can't find channel/);
    await bob.heardNothing(room);
  });

  story('S14.6 freezing is told, and each client learns its new capabilities', async ({ town }) => {
    const [, bob, room] = await town.twoWatching();
    await town.at(room).updatePartial({ set: { frozen: true } });
    const event = await bob.hears('channel.updated', { channel: { frozen: true } });
    expect(event.channel.frozen).toBe(true);
    const { channel } = await bob.post(`/channels/${room.type}/${room.id}/query`, { state: false, messages: { limit: 0 }, watchers: { limit: 0 } });
    for (const gone of ['send-message', 'send-reaction', 'send-reply', 'upload-file']) expect(channel.own_capabilities).not.toContain(gone);
    expect(channel.own_capabilities).toContain('read-events');
    await town.at(room).updatePartial({ set: { frozen: false } });
    const thawed = await bob.hears('channel.updated', { channel: { frozen: false } });
    expect(thawed.channel.frozen).toBe(false);
    expect((await bob.says(room, 'warm again')).type).toBe('regular');
  });

  story('slow mode shows in the channel and in the capabilities', async ({ town }) => {
    const [, bob, room] = await town.twoWatching();
    await town.at(room).enableSlowMode(10);
    expect((await bob.hears('channel.updated')).channel.cooldown).toBe(10);
    const state = await bob.in(room).query({});
    expect(state.channel.own_capabilities).toContain('slow-mode');
    await town.at(room).disableSlowMode();
    expect((await bob.hears('channel.updated')).channel).not.toHaveProperty('cooldown');
  });

  story('overrides of one channel act at once and merge', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await town.at(room).updatePartial({ set: { config_overrides: { replies: false } } as never });
    const event = await bob.hears('channel.updated');
    expect(event.channel.config).toMatchObject({ replies: false, reactions: true });
    const parent = await ana.says(room, 'parent');
    await refuses(ana.says(room, { text: 'reply', parent_id: parent.id }), 19, 400);
  });

  story('filter tags are added and taken away', async ({ town }) => {
    const [, , room] = await town.two();
    expect((await town.at(room).addFilterTags(['red', 'blue'])).channel.filter_tags?.sort()).toEqual(['blue', 'red']);
    expect((await town.at(room).removeFilterTags(['red'])).channel.filter_tags).toEqual(['blue']);
    await refuses(town.at(room).addFilterTags(Array.from({ length: 11 }, (_, at) => `t${at}`)), 4, 400);
  });
});

describe('S14.5 delete', () => {
  story('those who watch and those who do not are told, each in their way', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(bob);
    await ana.says(room, 'unread');
    await Promise.all([ana, bob, phone].map((one) => one.settles(room)));
    const answer = await ana.in(room).delete();
    expect(answer.channel).toMatchObject({ cid: room.cid, deleted_at: expect.any(String) });
    for (const one of [ana, bob]) {
      const event = await one.hears('channel.deleted');
      expect(event).toMatchObject({ cid: room.cid, channel: { cid: room.cid, deleted_at: expect.any(String) } });
    }
    const note = await phone.hears('notification.channel_deleted');
    expect(note).toMatchObject({ cid: room.cid, channel: { cid: room.cid }, unread_count: 0, unread_channels: 0 });
    await Promise.all([ana, bob, phone].map((one) => one.heardNothing()));
    expect(await ana.client.queryChannels({ cid: room.cid }, [], { watch: false })).toEqual([]);
  });

  story('what was said is gone when the channel is made again', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, 'old');
    await ana.in(room).delete();
    await refuses(ana.patch(`/channels/${room.type}/${room.id}`, { set: { name: 'x' } }), 16, 404, /Can't find channel/);
    const again = await ana.post(`/channels/${room.type}/${room.id}/query`, { data: { members: [ana.id], name: 'New' } });
    expect(again).toMatchObject({ messages: [], channel: { name: 'New', member_count: 1 } });
    expect(again.members.map((member: { user_id: string }) => member.user_id)).toEqual([ana.id]);
    expect(ms(again.channel.created_at)).toBeGreaterThan(ms(message.created_at));
    await refuses(bob.in(room).query({}), 17, 403);
  });

  story('a distinct one deleted with its history kept has it again, alive, when it is made anew', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    // Not by the SDK's channel object, which is of no use once it heard of the deletion.
    const make = () => ana.post('/channels/messaging/query', { data: { members: [ana.id, bob.id] }, state: true, watch: true });
    const { type, id, cid } = (await make()).channel;
    const room = { type, id, cid };
    const old = await bob.says(room, 'soup');
    await bob.says(room, { text: 'bread', parent_id: old.id });
    const { body } = await raw.request(town.nodes[0], `/channels/${type}/${id}`, { method: 'DELETE', query: { skip_truncate: 'true' } });
    expect(body.channel.cid).toBe(cid);
    await refuses(bob.client.getMessage(old.id), 16, 404);
    for (const again of ['once', 'twice']) {
      expect((await make()).messages.map(({ text }: { text: string }) => text)).toContain('soup');
      await bob.in(room).sendReaction(old.id, { type: again });
      await bob.client.updateMessage({ id: old.id, text: 'soup', [again]: true } as never);
      await ana.says(room, { text: `rice ${again}`, parent_id: old.id });
      expect((await ana.client.getMessage(old.id)).message).toMatchObject({ reaction_counts: { [again]: 1 }, reply_count: again === 'once' ? 2 : 3 });
      await raw.request(town.nodes[0], `/channels/${type}/${id}`, { method: 'DELETE', query: { skip_truncate: 'true' } });
    }
    await make();
    await ana.in(room).delete();
    expect((await make()).messages).toEqual([]);
    await refuses(bob.client.getMessage(old.id), 16, 404);
  });

  story('only who may', async ({ town }) => {
    const [, bob, room] = await town.two();
    await refuses(bob.in(room).delete(), 17, 403, /DeleteChannel/);
    await refuses(bob.delete('/channels/messaging/nothing'), 16, 404);
    await bob.heardNothing(room);
  });
});
