// Teams: with multi-tenancy on, people and channels of other teams are not there. The setting concerns the whole app, so each story has two
// nodes of its own.
import { describe, expect, type Host, hosted, type Person, refuses, refusesWith, type Room, type Town, votes, asks } from '../harness';

async function teams(host: Host): Promise<Town> {
  const redis = await host.redis();
  const town = host.town(await host.node({ redisUrl: redis.url }), await host.node({ redisUrl: redis.url }));
  await town.server.updateAppSettings({ multi_tenant_enabled: true });
  // The other node hears of it.
  const heard = async () => (await town.serverOn(town.nodes[1]).getAppSettings()).app?.multi_tenant_enabled;
  for (let left = 200; !(await heard()); left -= 1) if (left === 0) throw new Error('the other node never heard of it');
  return town;
}

async function member(town: Town, name: string, teams: string[], more: Record<string, unknown> = {}): Promise<Person> {
  await town.users({ id: name, teams, ...more });
  return town.person(name);
}

type Act = [what: string, act: (who: Person) => Promise<unknown>];

/** What is refused to whoever is not in the team, as if it was not there or not his. */
const REFUSALS: [code: number, status: number][] = [[4, 400], [5, 401], [16, 404], [17, 403], [70, 403]];

describe('teams', () => {
  hosted('a stranger to the team gets nothing anywhere', async ({ host }) => {
    const town = await teams(host);
    const ana = await member(town, 'ana', ['red']);
    const rob = await member(town, 'rob', ['red', 'green']);
    const strangers = [await member(town, 'bob', ['blue']), await member(town, 'pia', [])];
    const room = await town.room({ team: 'red', members: [ana, rob], name: 'Kitchen' });
    const open = await town.room({ type: 'livestream', team: 'red', by: ana });
    await ana.watches(room);
    await rob.watches(room);
    await rob.watches(open);
    const message = await ana.says(room, 'crimson soup');
    const shout = await ana.says(open, 'crimson bread');
    await ana.says(room, { text: 'crimson reply', parent_id: message.id });
    await rob.client.createReminder({ messageId: message.id });
    const asked = await asks(ana, room);
    const group = (await town.server.createUserGroup({ name: 'cooks', team_id: 'red', member_ids: [ana.id] })).user_group;

    const of = (who: Person, at: Room) => who.in(at);
    const acts: Act[] = [room, open].flatMap((at): Act[] => [
      ['watch', (who) => who.watches(at)],
      ['query', (who) => of(who, at).query({ messages: { limit: 5 } })],
      ['send', (who) => who.says(at, 'hello')],
      ['type', (who) => who.post(`/channels/${at.type}/${at.id}/event`, { event: { type: 'typing.start' } })],
      ['custom event', (who) => of(who, at).sendEvent({ type: 'wave' } as never)],
      ['mark read', (who) => who.reads(at)],
      ['mark unread', (who) => who.post(`/channels/${at.type}/${at.id}/unread`, { message_id: message.id })],
      ['join', (who) => of(who, at).addMembers([who.id])],
      ['leave', (who) => of(who, at).removeMembers([who.id])],
      ['accept an invite', (who) => of(who, at).acceptInvite()],
      ['rename', (who) => of(who, at).update({ name: 'mine' } as never)],
      ['rename in part', (who) => of(who, at).updatePartial({ set: { name: 'mine' } as never })],
      ['pin for oneself', (who) => of(who, at).pin()],
      ['truncate', (who) => of(who, at).truncate()],
      ['delete', (who) => of(who, at).delete()],
      ['hide', (who) => of(who, at).hide()],
      ['mute', (who) => of(who, at).mute()],
      ['members', (who) => of(who, at).queryMembers({})],
      ['bans', (who) => who.client.queryBannedUsers({ channel_cid: at.cid })],
      ['flags', (who) => who.client.queryMessageFlags({ channel_cid: at.cid })],
      ['ban', (who) => of(who, at).banUser(ana.id, {})],
      ['messages by id', (who) => of(who, at).getMessagesById([message.id, shout.id])],
      ['pinned', (who) => of(who, at).getPinnedMessages({ limit: 5 })],
      ['save a draft', (who) => of(who, at).createDraft({ text: 'mine' } as never)],
      ['read a draft', (who) => of(who, at).getDraft()],
      ['upload', (who) => of(who, at).sendFile(Buffer.from('x'), 'x.txt', 'text/plain')],
    ]);
    acts.push(
      ...[message, shout].flatMap((said): Act[] => [
        ['message', (who) => who.client.getMessage(said.id)],
        ['replies', (who) => of(who, room).getReplies(said.id, { limit: 5 })],
        ['react', (who) => of(who, room).sendReaction(said.id, { type: 'like' })],
        ['reactions', (who) => of(who, room).getReactions(said.id, { limit: 5 })],
        ['find reactions', (who) => who.client.queryReactions(said.id, {})],
        ['edit', (who) => who.client.updateMessage({ id: said.id, text: 'mine' })],
        ['edit in part', (who) => who.client.partialUpdateMessage(said.id, { set: { text: 'mine' } })],
        ['remove', (who) => who.client.deleteMessage(said.id)],
        ['flag', (who) => who.client.flagMessage(said.id)],
        ['remind', (who) => who.client.createReminder({ messageId: said.id })],
        ['thread', (who) => who.client.getThread(said.id, { watch: false })],
      ]),
      ['poll', (who) => who.client.getPoll(asked.poll.id)],
      ['vote', (who) => votes(who, asked, { option_id: asked.options[0] })],
      ['votes', (who) => who.client.queryPollVotes(asked.poll.id, {}, [], {})],
      ['flag a person', (who) => who.client.flagUser(ana.id)],
      ['block a person', (who) => who.client.blockUser(ana.id)],
      ['ban a person', (who) => who.client.banUser(ana.id, {})],
      ['a channel of the team', (who) => who.client.channel('messaging', town.name('c1'), { team: 'red', members: [who.id] } as never).create()],
      ['a channel of no team of his', (who) => who.client.channel('messaging', town.name('c2'), { team: 'yellow' } as never).create()],
      ['a channel with a person of the team', (who) => who.client.channel('messaging', town.name(`c3-${who.id}`), { team: who.client.user?.teams?.[0], members: [who.id, ana.id] } as never).create()],
      ['a distinct channel with a person of the team', (who) => who.client.channel('messaging', { team: who.client.user?.teams?.[0], members: [who.id, ana.id] } as never).create()],
      ['join the team', (who) => who.client.partialUpdateUser({ id: who.id, set: { teams: ['red'] } } as never)],
      ['join the team by replacing oneself', (who) => who.client.upsertUser({ id: who.id, teams: ['red'] })],
      ['group', (who) => who.client.getUserGroup(group.id, { team_id: 'red' } as never)],
      ['group without its team', (who) => who.client.getUserGroup(group.id)],
      ['groups', (who) => who.client.queryUserGroups({ team_id: 'red' })],
      ['find groups', (who) => who.client.searchUserGroups({ query: 'c', team_id: 'red' })],
      ['find messages', (who) => who.client.search({ type: { $in: ['messaging', 'livestream'] } }, 'crimson')],
      ['channels of the team', (who) => who.client.queryChannels({ team: 'red' }, [], { watch: false })],
      ['channels of every team', (who) => who.client.queryChannels({ team: {} } as never, [], { watch: false })],
    );
    for (const who of strangers) {
      for (const [what, act] of acts) {
        await refusesWith(act(who), ...REFUSALS).catch((error: Error) => {
          throw new Error(`${who.id}, ${what}: ${error.message}`);
        });
      }
    }

    const lists: [string, (who: Person) => Promise<unknown[]>][] = [
      ['channels', (who) => who.client.queryChannels({}, [], { watch: false })],
      ['channels by cid', (who) => who.client.queryChannels({ cid: { $in: [room.cid, open.cid] } }, [], { watch: false })],
      ['channels of a person', (who) => who.client.queryChannels({ members: { $in: [ana.id] } }, [], { watch: false })],
      ['people', async (who) => (await who.client.queryUsers({ id: { $in: [ana.id, rob.id] } })).users],
      ['people by name', async (who) => (await who.client.queryUsers({ name: { $autocomplete: 'Ana' } })).users],
      ['people of the team', async (who) => (await who.client.queryUsers({ teams: { $in: ['red'] } })).users],
      ['people of every team', async (who) => (await who.client.queryUsers({ teams: {}, id: ana.id } as never)).users],
      ['threads', async (who) => (await who.client.queryThreads({ watch: false })).threads],
      ['drafts', async (who) => (await who.client.queryDrafts({})).drafts],
      ['reminders', async (who) => (await who.client.queryReminders({})).reminders],
      ['polls', async (who) => (await who.client.queryPolls({ id: asked.poll.id })).polls],
      ['what was missed', async (who) => {
        const missed = await who.client.sync([room.cid, open.cid], new Date(Date.now() - 60_000).toISOString(), { with_inaccessible_cids: true });
        expect([...(missed.inaccessible_cids ?? [])].sort()).toEqual([room.cid, open.cid].sort());
        return missed.events;
      }],
      ['mutes', async (who) => {
        const { mute, mutes = [] } = (await who.client.muteUser(ana.id)) as { mute?: unknown; mutes?: unknown[] };
        return mute ? [mute, ...mutes] : mutes;
      }],
    ];
    for (const who of strangers) {
      for (const [what, list] of lists) expect(await list(who), `${who.id}, ${what}`).toEqual([]);
    }

    // The same things are there for those of the team.
    expect((await rob.client.queryChannels({}, [], { watch: false })).map(({ cid }) => cid).sort()).toEqual([room.cid, open.cid].sort());
    expect((await rob.client.queryUsers({})).users.map(({ id }) => id).sort()).toEqual([ana.id, rob.id].sort());
    expect((await rob.client.getMessage(shout.id)).message.text).toBe('crimson bread');
    expect((await rob.client.getUserGroup(group.id, { team_id: 'red' } as never)).user_group.id).toBe(group.id);

    // Nothing of it all was ever heard.
    await ana.says(room, 'the last word');
    await rob.hears('message.new', { message: { text: 'the last word' } });
    for (const who of strangers) {
      const own = await town.room({ members: [who], team: who.client.user?.teams?.[0] });
      await who.hears('notification.added_to_channel', { cid: own.cid });
      expect(JSON.stringify(who.frames)).not.toMatch(new RegExp(`${room.id}|${open.id}|${ana.id}|${rob.id}`));
    }
  });

  hosted('of their own each makes channels and meets the others', async ({ host }) => {
    const town = await teams(host);
    const ana = await member(town, 'ana', ['red', 'green']);
    const rob = await member(town, 'rob', ['red']);
    const pia = await member(town, 'pia', []);
    const [bob] = await town.users({ id: 'bob', teams: ['blue'] });
    const make = (who: Person, data: object) => who.client.channel('messaging', town.name(`c${Math.random().toString(36).slice(2)}`), data as never).create();
    const made = await make(ana, { team: 'red', members: [ana.id, rob.id] });
    expect(made.channel.team).toBe('red');
    await rob.hears('notification.added_to_channel', { cid: made.channel.cid, team: 'red' });
    await refuses(make(ana, { team: 'blue' }), 5, 401, 'user from teams ["red" "green"] cannot create a channel for team "blue"');
    await refuses(make(ana, {}), 5, 401, 'cannot create a channel for team ""');
    await refuses(make(pia, { team: 'red' }), 5, 401);
    expect((await make(pia, { members: [pia.id] })).channel).not.toHaveProperty('team');
    await refuses(make(ana, { team: 'green', members: [ana.id, rob.id] }), 4, 400, "don't exist");
    await refuses(make(ana, { team: 'red', members: [ana.id, bob] }), 4, 400, "don't exist");
    await refuses(ana.client.channel('messaging', made.channel.id).addMembers([bob]), 4, 400, "don't exist");
    await refuses(ana.client.channel('messaging', made.channel.id).update({ team: 'green' } as never), 5, 401);
    await refuses(ana.client.channel('messaging', made.channel.id).updatePartial({ set: { team: 'green' } as never }), 17, 403);
    await refuses(ana.client.channel('messaging', made.channel.id).sendMessage({ text: 'hi', mentioned_users: [bob] }), 4, 400);
    const { draft } = await ana.client.channel('messaging', made.channel.id).createDraft({ text: 'hi', mentioned_users: [bob, rob.id] } as never);
    expect(draft.message.mentioned_users?.map((user) => (user as unknown as { id: string }).id)).toEqual([rob.id]);

    const filters: [object, number, string?][] = [
      [{ team: 'red' }, 1], [{ team: { $in: ['red', 'green'] } }, 1], [{}, 1], [{ team: 'green' }, 0],
      [{ team: { $in: ['red', 'blue'] } }, -1, 'search by team "blue" is not allowed'],
      [{ team: { $ne: 'red' } }, -1, 'cannot use operator "\\$ne" when filtering by team'],
      [{ $nor: [{ team: 'red' }] }, -1, 'cannot use \\$nor operator when filtering by team'],
      [{ team: { $in: [1] } }, -1],
    ];
    for (const [filter, count, text] of filters) {
      const listed = ana.client.queryChannels(filter as never, [], { watch: false });
      if (count < 0) await refuses(listed, 4, 400, text && new RegExp(text));
      else expect(await listed, JSON.stringify(filter)).toHaveLength(count);
    }
    await rob.says({ type: 'messaging', id: made.channel.id, cid: made.channel.cid }, 'soup');
    await ana.hears('notification.message_new', { team: 'red' });
    expect(await ana.client.getUnreadCount()).toMatchObject({ total_unread_count: 1, total_unread_count_by_team: { red: 1 } });
  });

  hosted('roles may count in one team only, or beyond all of them', async ({ host }) => {
    const town = await teams(host);
    const chief = await member(town, 'chief', ['red'], { role: 'global_admin' });
    const tim = await member(town, 'tim', ['red', 'blue'], { teams_role: { blue: 'admin' } });
    const bob = await member(town, 'bob', ['blue']);
    const [red, blue] = [await town.room({ team: 'red', by: tim }), await town.room({ team: 'blue', members: [bob], by: bob })];
    expect((await chief.watches(blue)).channel.team).toBe('blue');
    expect(await chief.client.queryChannels({ team: {} } as never, [], { watch: false })).toHaveLength(2);
    expect(await chief.client.queryChannels({}, [], { watch: false })).toHaveLength(1);
    expect((await chief.client.queryUsers({ teams: {} } as never)).users).toHaveLength(3);
    expect((await chief.client.queryUsers({})).users).toHaveLength(2);
    await tim.in(blue).updatePartial({ set: { name: 'ours' } as never });
    await tim.in(red).updatePartial({ set: { name: 'his own' } as never });
    const other = await town.room({ team: 'red', by: chief });
    await refuses(tim.in(other).updatePartial({ set: { name: 'ours' } as never }), 17, 403);
    await refuses(bob.watches(red), 17, 403, "from teams ['blue'] cannot access resource in scope 'messaging'");
  });

  hosted('a person does not choose them when connecting, and nobody is a guest', async ({ host }) => {
    const town = await teams(host);
    const [id] = await town.users({ id: 'ana', teams: ['red', 'green'] });
    const ana = await town.person('ana', { teams: ['green', 'red'] });
    expect([ana.id, ana.client.user?.teams]).toEqual([id, ['red', 'green']]);
    const other = town.stranger('ana');
    await expect(other.connects(town.token(id), { teams: ['blue'] })).rejects.toThrow('user teams cannot be changed at connection time');
    const empty = town.stranger('ana');
    expect((await empty.connects(town.token(id), { teams: [] })).me.teams).toEqual(['red', 'green']);
    await expect(town.stranger('gus').client.setGuestUser({ id: 'gus' })).rejects.toThrow();
    await refuses(ana.client.updateAppSettings({ multi_tenant_enabled: false }), 17, 403, 'this endpoint can only be called server side');
    await refuses(town.server.updateAppSettings({ multi_tenant: true } as never), 4, 400, 'multi_tenant is not a setting');
    await refuses(town.server.updateAppSettings({ multi_tenant_enabled: 'yes' } as never), 4, 400);
    await town.server.updateAppSettings({ multi_tenant_enabled: false });
    const room = await town.room({ team: 'blue', members: [id] });
    await ana.watches(room);
    await refuses(town.server.createUserGroup({ name: 'cooks', team_id: 'red' }), 4, 400, 'team_id is not supported');
  });

  hosted('whoever leaves a team hears no more of what he watched there', async ({ host }) => {
    const town = await teams(host);
    const [ana, rob] = [await member(town, 'ana', ['red']), await member(town, 'rob', ['red', 'green'])];
    // People take turns on the nodes: the fourth is where the second is.
    const [, tim] = [await member(town, 'pam', ['red']), await member(town, 'tim', ['red'])];
    const open = await town.room({ type: 'livestream', team: 'red', by: ana });
    const own = await town.room({ type: 'livestream', team: 'green', by: rob });
    for (const who of [rob, tim]) await who.watches(open);
    await rob.watches(own);
    await ana.says(open, 'to both');
    await rob.hears('message.new', { message: { text: 'to both' } });
    const recovered = new Promise<void>((done) => rob.client.on('connection.recovered', () => done()));
    await town.server.partialUpdateUser({ id: rob.id, set: { teams: ['green'] } } as never);
    await recovered;
    await ana.says(open, 'behind his back');
    await tim.hears('message.new', { message: { text: 'behind his back' } });
    await rob.says(own, 'still his');
    await rob.hears('message.new', { message: { text: 'still his' } });
    expect(JSON.stringify(rob.frames)).not.toContain('behind his back');
    await refuses(rob.watches(open), 17, 403);
  });
});
