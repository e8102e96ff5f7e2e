// S15: who is online, for those who asked.
import { describe, expect, story } from '../harness';

const OFFLINE = 20_000;

describe('S15 presence', () => {
  story('the first device comes online, the last goes offline, others are not told of', async ({ town }) => {
    const ana = await town.person('ana');
    const [bobId] = await town.users('bob');
    const room = await town.room({ members: [ana, bobId] });
    const state = await ana.watches(room, { presence: true });
    expect(state.members.find((member) => member.user_id === bobId)?.user?.online).toBe(false);
    const bob = await town.person('bob');
    const online = await ana.hears('user.presence.changed');
    expect(online).toMatchObject({ user: { id: bobId, name: 'Bob', online: true, last_active: expect.any(String) } });
    expect(online).not.toHaveProperty('cid');
    const phone = await town.secondDevice(bob);
    await ana.settles(room);
    await bob.leaves();
    await town.says(room, bobId, 'from the phone');
    await ana.settles(room);
    expect(ana.frames.filter((frame) => frame.type === 'user.presence.changed')).toHaveLength(1);
    await phone.leaves();
    const offline = await ana.hears('user.presence.changed', undefined, OFFLINE);
    expect(offline).toMatchObject({ user: { id: bobId, online: false, last_active: expect.any(String) } });
  });

  story('asked for with the list of users', async ({ town }) => {
    const ana = await town.person('ana');
    const [bobId] = await town.users('bob');
    const { users } = await ana.client.queryUsers({ id: bobId }, [], { presence: true });
    expect(users[0].online).toBe(false);
    await town.person('bob');
    await ana.hears('user.presence.changed', { user: { id: bobId, online: true } });
  });

  story('asked for with the list of channels', async ({ town }) => {
    const ana = await town.person('ana');
    const [bobId] = await town.users('bob');
    const room = await town.room({ members: [ana, bobId] });
    await ana.client.queryChannels({ cid: room.cid }, [], { watch: true, presence: true });
    await town.person('bob');
    await ana.hears('user.presence.changed', { user: { id: bobId, online: true } });
  });

  story('nobody is told who did not ask', async ({ town }) => {
    const ana = await town.person('ana');
    const [bobId] = await town.users('bob');
    const room = await town.room({ members: [ana, bobId] });
    await ana.watches(room);
    const bob = await town.person('bob');
    await bob.settles(room);
    await ana.settles(room);
    expect(ana.frames.map((frame) => frame.type)).not.toContain('user.presence.changed');
  });

  story('an invisible person looks offline to all but themselves, and stays so', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await ana.watches(room, { presence: true });
    await ana.settles(room);
    await town.server.partialUpdateUser({ id: bob.id, set: { invisible: true } } as never);
    const gone = await ana.hears('user.presence.changed');
    expect(gone.user).toMatchObject({ id: bob.id, online: false });
    const phone = await town.secondDevice(bob);
    expect(phone.frames[0].me).toMatchObject({ online: true, invisible: true });
    const { users } = await ana.client.queryUsers({ id: bob.id });
    expect(users[0].online).toBe(false);
    await ana.settles(room);
    expect(ana.frames.filter((frame) => frame.type === 'user.presence.changed')).toHaveLength(1);
    await town.server.partialUpdateUser({ id: bob.id, set: { invisible: false } } as never);
    const back = await ana.hears('user.presence.changed');
    expect(back.user).toMatchObject({ id: bob.id, online: true });
  });

  story('an invisible person comes, watches and goes without a trace', async ({ town }) => {
    const ana = await town.person('ana');
    const [bobId] = await town.users({ id: 'bob', invisible: true });
    const room = await town.room({ members: [ana, bobId] });
    await ana.watches(room, { presence: true });
    await ana.settles(room);
    const seen = async () => {
      const { users } = await ana.client.queryUsers({ id: bobId }, [], { presence: true });
      const state = await ana.in(room).query({ watchers: { limit: 10 }, members: { limit: 10 } });
      const { members } = await ana.in(room).queryMembers({ user_id: bobId });
      return {
        shown: [users[0], state.members.find(({ user_id }) => user_id === bobId)?.user, members[0].user].map((user) => [user?.online, user?.last_active]),
        watchers: state.watchers?.map(({ id }) => id),
      };
    };
    const before = await seen();
    expect(before).toEqual({ shown: [[false, undefined], [false, undefined], [false, undefined]], watchers: [ana.id] });
    const bob = await town.person('bob');
    expect(bob.frames[0].me).toMatchObject({ online: true, invisible: true });
    await bob.watches(room);
    await bob.hears('user.watching.start', { user: { id: bobId } });
    expect(await seen()).toEqual(before);
    expect((await bob.in(room).query({ watchers: { limit: 10 } })).watchers?.map(({ id }) => id).sort()).toEqual([ana.id, bobId].sort());
    await bob.says(room, 'a word is a word');
    const { user } = await ana.hears('message.new');
    expect(user).toMatchObject({ id: bobId, online: false });
    await bob.in(room).stopWatching();
    await bob.leaves();
    await ana.settles(room);
    expect(await seen()).toEqual(before);
    expect(ana.frames.filter(({ type, user }) => type !== 'message.new' && user?.id === bobId)).toEqual([]);
  });

  story('a new connection has to ask again', async ({ town }) => {
    const ana = await town.person('ana');
    const [bobId] = await town.users('bob');
    const room = await town.room({ members: [ana, bobId] });
    await ana.watches(room, { presence: true });
    const recovered = new Promise<void>((done) => ana.client.on('connection.recovered', () => done()));
    ana.connection.unplug();
    ana.connection.plug();
    await recovered;
    ana.listens();
    const bob = await town.person('bob');
    await bob.settles(room);
    await ana.settles(room);
    expect(ana.frames.map((frame) => frame.type)).not.toContain('user.presence.changed');
  });
});
