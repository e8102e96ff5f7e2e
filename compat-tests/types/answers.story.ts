// The compiler is the judge: each answer must be assignable to the type that the SDK declares for it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, soon, story } from '../harness';
import { Answers, moduleOf } from './answers';

const FOLDER = resolve('.generated');
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

/** The compiler's complaints about a module of answers; empty when it has none. */
function complaints(name: string, content: string): string {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, name);
  writeFileSync(path, content);
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', '--types', 'node'];
  try {
    execFileSync(process.execPath, [TSC, ...flags, path], { encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? error);
  }
}

describe('types', () => {
  story('the judge refuses what does not fit', () => {
    const answers = [{ name: 'a wrong user', type: 'sdk.UsersAPIResponse', json: { duration: '1ms', users: [{ name: 'no id' }] } }];
    expect(complaints('wrong.ts', moduleOf(answers))).toContain('wrong.ts');
    expect(complaints('right.ts', moduleOf([{ ...answers[0], json: { duration: '1ms', users: [{ id: 'ana', colour: 'teal' }] } }]))).toBe('');
  });

  story('every answer and every event', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const [cleo] = await town.users('cleo');
    const { client } = ana;
    const answers = new Answers(client, town.server);
    const call = <T>(type: string, name: string, asked: Promise<T>) => answers.of(type, name, asked);
    const resultOf = (method: string) => `Awaited<ReturnType<sdk.StreamChat['${method}']>>`;
    const resultOfChannel = (method: string) => `Awaited<ReturnType<sdk.Channel['${method}']>>`;
    const ofClient = <T>(method: string, asked: Promise<T>) => call(resultOf(method), `client.${method}`, asked);
    const ofChannel = <T>(method: string, asked: Promise<T>) => call(`NonNullable<${resultOfChannel(method)}>`, `channel.${method}`, asked);
    const channel = ana.in(room);

    // The SDK has one type for both views; clients are shown less of the app.
    const app = "sdk.APIResponse & { app?: Partial<NonNullable<sdk.AppSettingsAPIResponse['app']>> }";
    await call(app, 'client.getAppSettings', client.getAppSettings());
    // Commands are objects here too, as wherever a channel type is read; the SDK's type has their names, and does not know `flag`.
    const command = "Omit<sdk.CommandResponse, 'name'> & { name: string }";
    const types = `channel_configs: Record<string, Omit<sdk.ChannelConfigWithInfo, 'commands'> & { commands: (${command})[] }>`;
    const whole = `sdk.APIResponse & { app?: Omit<NonNullable<sdk.AppSettingsAPIResponse['app']>, 'channel_configs'> & { ${types} } }`;
    await call(whole, 'server.getAppSettings', town.server.getAppSettings());
    await call(resultOf('updateAppSettings'), 'server.updateAppSettings', town.server.updateAppSettings({ multi_tenant_enabled: false }));
    await ofClient('queryUsers', client.queryUsers({ id: { $in: [ana.id, bob.id] } }));
    await ofClient('upsertUsers', client.upsertUsers([{ id: ana.id, name: 'Ana', colour: 'teal' }]));
    await ofClient('partialUpdateUsers', client.partialUpdateUsers([{ id: ana.id, set: { age: 40 } }]));
    await ofClient('blockUser', client.blockUser(cleo));
    // The SDK's type wants a duration in every block as well, which it never reads.
    const blocks = "sdk.APIResponse & { blocks: Omit<sdk.BlockedUserDetails, 'duration'>[] }";
    expect((await call(blocks, 'client.getBlockedUsers', client.getBlockedUsers())).blocks).toHaveLength(1);
    await ofClient('unBlockUser', client.unBlockUser(cleo));
    await ofClient('addDevice', client.addDevice('a-phone', 'firebase', undefined, 'main'));
    const { devices } = await ofClient('getDevices', client.getDevices());
    expect(devices).toHaveLength(1);
    const wishes = [{ chat_level: 'mentions', disabled_until: new Date(Date.now() + 60_000).toISOString() }, { channel_cid: room.cid, chat_level: 'none' }];
    await ofClient('setPushPreferences', client.setPushPreferences(wishes));
    await ofClient('removeDevice', client.removeDevice('a-phone'));

    await ofChannel('watch', channel.watch());
    await ofChannel('query', channel.query({ messages: { limit: 5 }, members: { limit: 5 }, watchers: { limit: 5 } }));
    await call('sdk.QueryChannelAPIResponse', 'distinct channel', client.channel('messaging', { members: [ana.id, bob.id] }).create());
    await ofChannel('update', channel.update({ name: 'Hall' }));
    await ofChannel('updatePartial', channel.updatePartial({ set: { topic: 'soup' }, unset: ['image'] }));
    await ofChannel('addMembers', channel.addMembers([cleo]));
    await ofChannel('queryMembers', channel.queryMembers({}));
    await ofChannel('partialUpdateMember', channel.partialUpdateMember(ana.id, { set: { pinned: true } }));
    await ofChannel('removeMembers', channel.removeMembers([cleo]));
    await call(resultOfChannel('addModerators'), 'channel.addModerators', town.at(room).addModerators([bob.id]));
    await ofChannel('sendEvent', channel.sendEvent({ type: 'typing.start' }));

    const { message } = await ofChannel('sendMessage', channel.sendMessage({ text: 'hello @Bob', mentioned_users: [bob.id], attachments: [{ type: 'image', image_url: 'https://img.example/x.png' }] }));
    const { message: quote } = await ofChannel('sendMessage', channel.sendMessage({ text: 'quote', quoted_message_id: message.id }));
    const { message: reply } = await ofChannel('sendMessage', channel.sendMessage({ text: 'reply', parent_id: message.id }));
    await ofChannel('sendReaction', channel.sendReaction(message.id, { type: 'like', score: 2 }));
    await ofChannel('getReactions', channel.getReactions(message.id, { limit: 5 }));
    await ofClient('queryReactions', client.queryReactions(message.id, {}));
    await ofChannel('deleteReaction', channel.deleteReaction(message.id, 'like'));
    await ofClient('getMessage', client.getMessage(message.id));
    await ofClient('updateMessage', client.updateMessage({ id: message.id, text: 'edited' }));
    await ofClient('partialUpdateMessage', client.partialUpdateMessage(message.id, { set: { text: 'again' } }));
    await ofClient('pinMessage', client.pinMessage(message.id, 60));
    await ofChannel('getPinnedMessages', channel.getPinnedMessages({ limit: 5 }));
    await ofClient('unpinMessage', client.unpinMessage(message.id));
    await ofChannel('getReplies', channel.getReplies(message.id, { limit: 5 }));
    // The SDK makes objects of its own of these answers, so that they are asked for as the SDK does.
    await bob.says(room, { text: 'a reply of Bob', parent_id: message.id });
    const threads = await call('sdk.QueryThreadsAPIResponse', 'client.queryThreads', ana.post('/threads', { limit: 5, watch: true, reply_limit: 3, participant_limit: 10 }));
    expect(threads.threads).toHaveLength(1);
    await call('sdk.GetThreadAPIResponse', 'client.getThread', ana.get(`/threads/${message.id}`, { watch: true }));
    // What an update answers with has no replies.
    const thread = "sdk.APIResponse & { thread: Omit<sdk.ThreadResponse, 'latest_replies'> }";
    await call(thread, 'client.partialUpdateThread', ana.patch(`/threads/${message.id}`, { set: { title: 'A thread', colour: 'teal' } }));
    // The SDK's type has ids of those mentioned in a draft; answers name the people, and its composer reads both.
    const draft = "Omit<sdk.DraftResponse, 'message'> & { message: Omit<sdk.DraftMessage, 'mentioned_users'> }";
    const written = { text: 'not yet @Bob', mentioned_users: [bob.id], quoted_message_id: message.id, colour: 'teal' };
    await call(`sdk.APIResponse & { draft: ${draft} }`, 'channel.createDraft', channel.createDraft(written as never));
    await call(`sdk.APIResponse & { draft: ${draft} }`, 'channel.getDraft', channel.getDraft());
    await channel.createDraft({ text: 'not yet', colour: 'teal' } as never);
    await channel.createDraft({ text: 'nor here', parent_id: message.id });
    await call(`sdk.APIResponse & { drafts: (${draft})[]; next?: string }`, 'client.queryDrafts', client.queryDrafts({ limit: 1 }));
    await ofChannel('query', channel.query({ messages: { limit: 5 } }));
    await ofChannel('deleteDraft', channel.deleteDraft());
    await channel.deleteDraft({ parent_id: message.id });
    await town.at(room).updatePartial({ set: { config_overrides: { user_message_reminders: true } } } as never);
    await ofClient('createReminder', client.createReminder({ messageId: message.id, remind_at: new Date(Date.now() + 3_600_000).toISOString() }));
    await ofClient('updateReminder', client.updateReminder({ messageId: message.id, remind_at: null }));
    await ofClient('queryReminders', client.queryReminders({ limit: 5 }));
    await ofClient('getMessage', client.getMessage(message.id));
    await ofClient('deleteReminder', client.deleteReminder(message.id));
    await town.at(room).updatePartial({ set: { config_overrides: { shared_locations: true } } } as never);
    const place = { message_id: crypto.randomUUID(), latitude: 0, longitude: -7.5, created_by_device_id: 'phone', end_at: new Date(Date.now() + 60_000).toISOString() };
    await ofChannel('sendSharedLocation', channel.sendSharedLocation(place));
    await ofClient('getSharedLocations', client.getSharedLocations());
    await ofClient('updateLocation', client.updateLocation({ message_id: place.message_id, latitude: 1, longitude: 2 }));
    await ofChannel('query', channel.query({ messages: { limit: 5 } }));
    const search = () => channel.search({ text: 'again' }, { sort: [{ created_at: -1 }], limit: 1 });
    await soon(async () => expect((await search()).results).toHaveLength(1));
    await ofChannel('search', search());
    await ofClient('search', client.search({ members: { $in: [ana.id] } }, 'quote', { offset: 1 }));
    await town.says(room, bob, 'unread');
    await ofChannel('markAsReadRequest', channel.markAsReadRequest());
    await ofChannel('markUnread', channel.markUnread({ message_id: message.id }));
    await call('sdk.APIResponse', 'client.markChannelsRead', client.markChannelsRead({}));
    // The SDK's type wants an event, which it never reads.
    await call('sdk.APIResponse & Partial<sdk.EventAPIResponse>', 'client.markChannelsDelivered', client.markChannelsDelivered({ latest_delivered_messages: [{ cid: room.cid, id: message.id }] }));
    await call('sdk.QueryChannelsAPIResponse', 'client.queryChannels', client.queryChannels({ members: { $in: [ana.id] } }, { last_message_at: -1 }, { limit: 5 }));
    await ofClient('sync', client.sync([room.cid], new Date(Date.now() - 60_000).toISOString()));

    await ofChannel('sendMessage', channel.sendMessage({ text: `/mute @${bob.id} please` }));
    await ofChannel('sendMessage', channel.sendMessage({ text: '/dance' }));
    const { message: later } = await call(resultOfChannel('sendMessage'), 'server.sendMessage, pending', town.at(room).sendMessage({ text: 'later', user_id: ana.id }, { pending: true, pending_message_metadata: { why: 'links' } }));
    expect((await ofChannel('query', channel.query({ messages: { limit: 5 } }))).pending_messages).toHaveLength(1);
    await ofClient('getMessage', client.getMessage(later.id));
    // The SDK's type has the message at the root of the answer, which it hands on as it comes.
    await call('sdk.APIResponse & { message: sdk.MessageResponse }', 'server.commitMessage', town.server.commitMessage(later.id));
    await ofClient('ephemeralUpdateMessage', town.server.ephemeralUpdateMessage(message.id, { set: { text: 'for the moment' } }, ana.id));
    await call(resultOf('queryMessageHistory'), 'server.queryMessageHistory', town.server.queryMessageHistory({ message_id: message.id }, [], { limit: 1 }));
    await channel.updateAIState(message.id, 'AI_STATE_THINKING', { ai_message: 'Hm' });
    await channel.clearAIIndicator();
    await channel.stopAIResponse();
    await ofClient('muteUser', client.muteUser(bob.id, undefined, { timeout: 5 }));
    await ofClient('unmuteUser', client.unmuteUser(bob.id));
    await ofChannel('mute', channel.mute());
    await ofChannel('unmute', channel.unmute());
    await ofClient('flagMessage', client.flagMessage((await town.says(room, bob, 'rude')).id));
    await ofClient('flagUser', client.flagUser(bob.id));
    await call(resultOf('banUser'), 'server.banUser', town.server.banUser(cleo, { banned_by_id: ana.id }));
    await call(resultOf('unbanUser'), 'server.unbanUser', town.server.unbanUser(cleo));
    await town.at(room).banUser(cleo, { banned_by_id: ana.id, ban_from_future_channels: true } as never);
    await ofClient('queryFutureChannelBans', client.queryFutureChannelBans());
    await call(resultOf('queryMessageFlags'), 'server.queryMessageFlags', town.server.queryMessageFlags({ channel_cid: room.cid }));
    const { user_group } = await call(resultOf('createUserGroup'), 'server.createUserGroup', town.server.createUserGroup({ name: town.name('guides'), member_ids: [bob.id] }));
    await ofClient('getUserGroup', client.getUserGroup(user_group.id));
    await ofChannel('sendMessage', channel.sendMessage({ text: 'hello @guides', mentioned_group_ids: [user_group.id] }));
    await ofClient('queryUserGroups', client.queryUserGroups({ limit: 5 }));
    await ofClient('searchUserGroups', client.searchUserGroups({ query: 'guides' }));
    await call(resultOf('addUserGroupMembers'), 'server.addUserGroupMembers', town.server.addUserGroupMembers(user_group.id, { member_ids: [ana.id], as_admin: true }));
    await call(resultOf('removeUserGroupMembers'), 'server.removeUserGroupMembers', town.server.removeUserGroupMembers(user_group.id, { member_ids: [ana.id] }));
    await call(resultOf('updateUserGroup'), 'server.updateUserGroup', town.server.updateUserGroup(user_group.id, { description: 'who know the way' }));
    await call(resultOf('deleteUserGroup'), 'server.deleteUserGroup', town.server.deleteUserGroup(user_group.id));
    await ofClient('searchRoles', client.searchRoles({ query: 'channel' }));
    const resultOfModeration = (method: string) => `Awaited<ReturnType<sdk.StreamChat['moderation']['${method}']>>`;
    await call(resultOfModeration('flagUser'), 'client.moderation.flagUser', client.moderation.flagUser(bob.id, 'rude'));
    await call(resultOfModeration('muteUser'), 'client.moderation.muteUser', client.moderation.muteUser(bob.id));
    await call(resultOfModeration('unmuteUser'), 'client.moderation.unmuteUser', client.moderation.unmuteUser(bob.id, {}));
    await ofChannel('sendFile', channel.sendFile(Buffer.from('x'), 'x.txt', 'text/plain'));
    await ofChannel('hide', channel.hide());
    await ofChannel('show', channel.show());
    // The SDK's types want of options what only its own forms keep, a limit even where there is none, and an enum where texts
    // arrive; it reads nothing more than what is here.
    const rest = "options: Pick<sdk.PollOption, 'id' | 'text'>[]; max_votes_allowed?: number; voting_visibility: `${sdk.VotingVisibility}`";
    const poll = `Omit<sdk.PollResponse, 'options' | 'max_votes_allowed' | 'voting_visibility'> & { ${rest} }`;
    const pollOf = <T>(method: string, asked: Promise<T>) => call(`sdk.APIResponse & { poll: ${poll} }`, `client.${method}`, asked);
    const option = "sdk.APIResponse & { poll_option: Pick<sdk.PollOption, 'id' | 'text'> }";
    const { poll: lunch } = await pollOf('createPoll', client.createPoll({ name: 'Lunch?', options: [{ text: 'Soup' }, { text: 'Bread' }], allow_answers: true, max_votes_allowed: 2 }));
    const { message: asking } = await call(`Omit<sdk.SendMessageAPIResponse, 'message'> & { message: Omit<sdk.MessageResponse, 'poll'> & { poll?: ${poll} } }`, 'channel.sendMessage, a poll', channel.sendMessage({ poll_id: lunch.id }));
    const { vote } = await ofClient('castPollVote', client.castPollVote(asking.id, lunch.id, { option_id: lunch.options[0].id }));
    await ofClient('addPollAnswer', client.addPollAnswer(asking.id, lunch.id, 'Pizza'));
    await pollOf('getPoll', client.getPoll(lunch.id));
    await call(`sdk.APIResponse & { polls: (${poll})[] }`, 'client.queryPolls', client.queryPolls({ id: lunch.id }));
    await ofClient('queryPollVotes', client.queryPollVotes(lunch.id, { option_id: lunch.options[0].id }));
    await ofClient('queryPollAnswers', client.queryPollAnswers(lunch.id));
    await ofClient('removePollVote', client.removePollVote(asking.id, lunch.id, vote.id));
    const { poll_option: rice } = await call(option, 'client.createPollOption', client.createPollOption(lunch.id, { text: 'Rice' }));
    await call(option, 'client.updatePollOption', client.updatePollOption(lunch.id, { id: rice.id, text: 'Brown rice' }));
    await call(option, 'client.getPollOption', client.getPollOption(lunch.id, rice.id));
    await ofClient('deletePollOption', client.deletePollOption(lunch.id, rice.id));
    await pollOf('partialUpdatePoll', client.partialUpdatePoll(lunch.id, { set: { description: 'Today' } }));
    await pollOf('updatePoll', client.updatePoll({ id: lunch.id, name: 'Lunch!', enforce_unique_vote: true, options: lunch.options }));
    for (const { id } of lunch.options) await client.castPollVote(asking.id, lunch.id, { option_id: id });
    await pollOf('closePoll', client.closePoll(lunch.id));
    await ofClient('deletePoll', client.deletePoll(lunch.id));
    await ofClient('deleteMessage', client.deleteMessage(reply.id));
    await call(resultOf('undeleteMessage'), 'server.undeleteMessage', town.server.undeleteMessage(reply.id, ana.id));
    await call(resultOf('deleteMessage'), 'client.deleteMessage, hard', client.deleteMessage(quote.id, { hardDelete: true }));
    await ofChannel('stopWatching', channel.stopWatching());
    await ofChannel('truncate', channel.truncate());
    await ofChannel('delete', channel.delete());
    await Promise.all([ana.settles(), bob.settles()]);
    for (const frame of [...ana.frames, ...bob.frames]) answers.event(frame, poll);

    expect(complaints('answers.ts', moduleOf(answers.all))).toBe('');
  });
});
