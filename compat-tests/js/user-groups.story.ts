// User groups: who keeps them, who finds them.
import { describe, expect, refuses, story, type Town } from '../harness';

const made = async (town: Town, name: string, members: string[] = []) =>
  (await town.server.createUserGroup({ name: town.name(name), description: 'who fetch the water', member_ids: members })).user_group;

describe('user groups', () => {
  story('are made, read, changed and removed', async ({ town }) => {
    const [ana, bob] = await town.users('ana', 'bob');
    const group = await made(town, 'guides', [ana, bob]);
    expect(group).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), description: 'who fetch the water', created_at: expect.any(String), updated_at: expect.any(String) });
    expect(group.members?.map(({ user_id, group_id, is_admin }) => ({ user_id, group_id, is_admin }))).toEqual(
      [ana, bob].sort().map((user_id) => ({ user_id, group_id: group.id, is_admin: false })),
    );
    const cleo = await town.person('cleo');
    const { user_group: seen } = await cleo.client.getUserGroup(group.id);
    expect(seen).toEqual(group);
    const renamed = (await town.server.updateUserGroup(group.id, { name: town.name('scouts') })).user_group;
    expect(renamed).toMatchObject({ id: group.id, name: town.name('scouts'), description: 'who fetch the water', created_at: group.created_at });
    expect(renamed.updated_at > group.updated_at).toBe(true);
    await town.server.createUserGroup({ name: town.name('guides') });
    await town.server.deleteUserGroup(group.id);
    await refuses(cleo.client.getUserGroup(group.id), 16, 404);
    await refuses(town.server.deleteUserGroup(group.id), 16, 404);
    await town.server.createUserGroup({ name: town.name('scouts') });
  });

  story('take people in, all or none, and let them go', async ({ town }) => {
    const [ana, bob, cleo] = await town.users('ana', 'bob', 'cleo');
    const { id } = await made(town, 'guides', [ana]);
    const roles = async (asked: Promise<{ user_group: { members?: { user_id: string; is_admin: boolean }[] } }>) =>
      (await asked).user_group.members?.map((member) => [member.user_id, member.is_admin]);
    expect(await roles(town.server.addUserGroupMembers(id, { member_ids: [bob], as_admin: true }))).toEqual([[ana, false], [bob, true]]);
    expect(await roles(town.server.addUserGroupMembers(id, { member_ids: [bob, cleo] }))).toEqual([[ana, false], [bob, false], [cleo, false]]);
    await refuses(town.server.addUserGroupMembers(id, { member_ids: [cleo, 'nobody-at-all'] }), 4, 400);
    expect(await roles(town.server.removeUserGroupMembers(id, { member_ids: [ana, 'nobody-at-all'] }))).toEqual([[bob, false], [cleo, false]]);
    const crowd = Array.from({ length: 101 }, (_, nth) => `u${nth}`);
    await refuses(town.server.addUserGroupMembers(id, { member_ids: crowd }), 4, 400);
    await refuses(town.server.removeUserGroupMembers(id, { member_ids: crowd }), 4, 400);
    expect(await roles(town.server.removeUserGroupMembers(id, { member_ids: crowd.slice(1) }))).toHaveLength(2);
    await refuses(town.server.addUserGroupMembers(id, { member_ids: [] }), 4, 400);
  });

  story('are found by the beginning of their name, and listed page by page', async ({ town }) => {
    const ana = await town.person('ana');
    const groups: Awaited<ReturnType<typeof made>>[] = [];
    for (const name of ['river-a', 'river-b', 'lake']) groups.push(await made(town, name));
    const [first, second] = groups;
    const found = await ana.client.searchUserGroups({ query: town.name('RIVER').slice(0, 6), limit: 25 });
    expect(found.user_groups.map(({ id }) => id)).toEqual(expect.arrayContaining([first.id, second.id]));
    const next = await ana.client.searchUserGroups({ query: 'river-', name_gt: first.name, id_gt: first.id });
    expect(next.user_groups.map(({ id }) => id)).toContain(second.id);
    expect(next.user_groups.map(({ id }) => id)).not.toContain(first.id);
    const page = await ana.client.queryUserGroups({ limit: 100, created_at_gt: first.created_at, id_gt: first.id });
    // Others make groups, too.
    const ours = page.user_groups.map(({ id }) => id).filter((id) => groups.some((group) => group.id === id));
    expect(ours).toEqual(groups.slice(1).map(({ id }) => id));
    expect((await ana.client.queryUserGroups({ limit: 1 })).user_groups).toHaveLength(1);
    await refuses(ana.client.searchUserGroups({ query: '' }), 4, 400);
    await refuses(ana.client.searchUserGroups({ query: 'a', limit: 26 }), 4, 400);
    await refuses(ana.client.queryUserGroups({ limit: 101 }), 4, 400);
    await refuses(ana.client.queryUserGroups({ created_at_gt: 'yesterday' }), 4, 400);
  });

  story('are kept by servers and super admins, under names of their own', async ({ town }) => {
    const ana = await town.person('ana');
    const { id, name } = await made(town, 'guides');
    await refuses(ana.client.createUserGroup({ name: 'mine' }), 17, 403);
    await refuses(ana.client.updateUserGroup(id, { name: 'mine' }), 17, 403);
    await refuses(ana.client.addUserGroupMembers(id, { member_ids: [ana.id] }), 17, 403);
    await refuses(ana.client.removeUserGroupMembers(id, { member_ids: [ana.id] }), 17, 403);
    await refuses(ana.client.deleteUserGroup(id), 17, 403);
    await refuses(town.server.createUserGroup({ name }), 4, 400, `a group with name "${name}" already exists`);
    await refuses(town.server.createUserGroup({ id, name: town.name('other') }), 4, 400);
    await refuses(town.server.createUserGroup({ name: '' }), 4, 400);
    await refuses(town.server.createUserGroup({ name: 'x'.repeat(256) }), 4, 400);
    await refuses(town.server.createUserGroup({ name: town.name('long'), description: 'x'.repeat(1025) }), 4, 400);
    await refuses(town.server.createUserGroup({ name: town.name('team'), team_id: 'red' }), 4, 400, 'team_id is not supported when multi-tenancy is not enabled');
    await town.server.createUserGroup({ name: town.name('x').padEnd(255, 'x'), description: 'x'.repeat(1024) });
    await town.server.partialUpdateUser({ id: ana.id, set: { role: 'super_admin' } } as never);
    expect((await ana.client.updateUserGroup(id, { description: '' })).user_group).not.toHaveProperty('description');
  });

  story('many writers of one group lose nobody', async ({ town }) => {
    const people = await town.users(...Array.from({ length: 12 }, (_, nth) => `p${nth}`));
    const { id } = await made(town, 'guides');
    await Promise.all(people.map((one) => town.server.addUserGroupMembers(id, { member_ids: [one] })));
    expect((await town.server.getUserGroup(id)).user_group.members?.map(({ user_id }) => user_id).sort()).toEqual([...people].sort());
  });
});

describe('user groups are mentioned', () => {
  story('in messages, by whoever may; everybody reads which', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const group = await made(town, 'cooks', [bob.id]);
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const message = await ana.says(room, { text: 'hello @cooks', mentioned_group_ids: [group.id, group.id] });
    const { members: _, ...plain } = group;
    expect(message).toMatchObject({ mentioned_group_ids: [group.id], mentioned_groups: [plain] });
    expect(message.mentioned_groups?.[0]).not.toHaveProperty('members');
    const [heard] = await bob.heard(['message.new'], room);
    expect(heard.message).toMatchObject({ mentioned_group_ids: [group.id], mentioned_groups: [plain] });
    const reply = await bob.says(room, { text: 'yes', quoted_message_id: message.id });
    expect(reply.quoted_message).toMatchObject({ mentioned_groups: [plain] });
    const renamed = (await town.server.updateUserGroup(group.id, { name: town.name('chefs') })).user_group;
    const listed = (await bob.in(room).query({ messages: { limit: 5 } })).messages.find(({ id }) => id === message.id);
    expect(listed?.mentioned_groups?.map(({ name }) => name)).toEqual([renamed.name]);
    const edited = await ana.client.updateMessage({ id: message.id, text: 'never mind' });
    expect(edited.message).not.toHaveProperty('mentioned_groups');
    const { message: again } = await ana.client.partialUpdateMessage(message.id, { set: { mentioned_group_ids: [group.id] } as never });
    expect(again.mentioned_groups).toHaveLength(1);
    await town.server.deleteUserGroup(group.id);
    const left = (await bob.client.getMessage(message.id)).message;
    expect(left).toMatchObject({ mentioned_group_ids: [group.id] });
    expect(left).not.toHaveProperty('mentioned_groups');
    await ana.client.partialUpdateMessage(message.id, { set: { text: 'whoever they were' } });
  });

  story('neither by outsiders nor when they are not there', async ({ town }) => {
    const [ana, , room] = await town.two();
    const group = await made(town, 'cooks');
    await refuses(ana.says(room, { text: 'hi', mentioned_group_ids: ['nobody-at-all'] }), 4, 400, 'the user group nobody-at-all does not exist');
    await refuses(ana.says(room, { text: 'hi', mentioned_group_ids: Array.from({ length: 11 }, (_, nth) => `g${nth}`) }), 4, 400, '10');
    await refuses(ana.client.updateMessage({ ...(await ana.says(room, 'x')), mentioned_group_ids: ['nobody-at-all'] } as never), 4, 400);
    const open = await town.room({ type: 'livestream', by: ana });
    const bob = await town.person('bert');
    await refuses(bob.says(open, { text: 'hi', mentioned_group_ids: [group.id] }), 17, 403, 'NotifyGroup');
    const { message } = await town.at(open).sendMessage({ text: 'hi', mentioned_group_ids: [group.id], user_id: ana.id } as never);
    expect(message.mentioned_groups).toHaveLength(1);
  });
});

describe('user groups are told of', () => {
  story('to their members, and to those who just left', async ({ town }) => {
    const [ana, bob, cleo] = await town.people('ana', 'bob', 'cleo');
    await Promise.all([ana, bob, cleo].map((one) => one.settles()));
    const group = await made(town, 'guides', [ana.id]);
    const { members: _, ...plain } = group;
    const [created] = await ana.heard(['user_group.created']);
    expect(created).toMatchObject({ user_group: plain, created_at: expect.any(String) });
    expect(created).not.toHaveProperty('cid');
    await town.server.addUserGroupMembers(group.id, { member_ids: [ana.id, bob.id] });
    for (const one of [ana, bob]) {
      const [added] = await one.heard(['user_group.member_added']);
      expect(added).toMatchObject({ user_group: { id: group.id, name: group.name }, members: [bob.id] });
    }
    await town.server.addUserGroupMembers(group.id, { member_ids: [bob.id] });
    const { user_group: renamed } = await town.server.updateUserGroup(group.id, { name: town.name('scouts') });
    for (const one of [ana, bob]) {
      const [updated] = await one.heard(['user_group.updated']);
      expect(updated.user_group).toMatchObject({ name: renamed.name, updated_at: renamed.updated_at, created_at: group.created_at });
    }
    await town.server.addUserGroupMembers(group.id, { member_ids: [bob.id], as_admin: true });
    await town.server.removeUserGroupMembers(group.id, { member_ids: [cleo.id, bob.id] });
    const [, removed] = await bob.heard(['user_group.updated', 'user_group.member_removed']);
    expect(removed).toMatchObject({ members: [bob.id], user_group: { id: group.id } });
    await town.server.deleteUserGroup(group.id);
    await ana.heard(['user_group.updated', 'user_group.member_removed', 'user_group.deleted']);
    await bob.heardNothing();
    await cleo.heardNothing();
  });
});

describe('roles', () => {
  story('are found by the beginning of their name, for mentions', async ({ town }) => {
    const ana = await town.person('ana');
    const names = async (options: Parameters<typeof ana.client.searchRoles>[0]) => (await ana.client.searchRoles(options)).roles.map(({ name }) => name);
    expect(await names({ query: 'channel_' })).toEqual(['channel_member', 'channel_moderator']);
    expect(await names({ query: 'channel_', name_gt: 'channel_member' })).toEqual(['channel_moderator']);
    expect(await names({ query: 'a' })).toEqual(['admin', 'anonymous']);
    expect(await names({ query: 'mod', role_type: 'channel' })).toEqual([]);
    expect(await names({ query: 'global', include_global_roles: true, limit: 1 })).toEqual(['global_admin']);
    const [user] = (await ana.client.searchRoles({ query: 'user' })).roles;
    expect(user).toMatchObject({ custom: false, scopes: expect.arrayContaining(['.app', 'messaging']), created_at: expect.any(String) });
    await refuses(ana.client.searchRoles({ query: '' }), 4, 400);
    await refuses(ana.client.searchRoles({ query: 'a', limit: 26 }), 4, 400);
    await refuses(ana.client.searchRoles({ query: 'a', role_type: 'team' as never }), 4, 400);
  });
});
