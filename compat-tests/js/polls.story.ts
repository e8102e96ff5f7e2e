// S17: polls, from their making to their end.
import { asks, describe, expect, found, random, refuses, story, votes } from '../harness';

const CAPABILITIES = ['cast-poll-vote', 'query-poll-votes', 'send-poll'];

describe('S17 polls', () => {
  story('a poll is made, and a message shows it to everybody', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const { poll } = await ana.client.createPoll({
      name: 'Lunch?',
      description: 'Today',
      options: [{ text: 'Soup', mood: 'warm' }, { text: 'Bread' }],
      max_votes_allowed: 2,
      color: 'teal',
    } as never);
    const expected = {
      id: expect.any(String),
      name: 'Lunch?',
      description: 'Today',
      voting_visibility: 'public',
      enforce_unique_vote: false,
      max_votes_allowed: 2,
      allow_user_suggested_options: false,
      allow_answers: false,
      is_closed: false,
      options: [{ id: expect.any(String), text: 'Soup', mood: 'warm' }, { id: expect.any(String), text: 'Bread' }],
      vote_count: 0,
      answers_count: 0,
      vote_counts_by_option: {},
      latest_votes_by_option: {},
      latest_answers: [],
      own_votes: [],
      created_by_id: ana.id,
      created_by: expect.objectContaining({ id: ana.id }),
      created_at: expect.any(String),
      updated_at: expect.any(String),
      color: 'teal',
    };
    expect(poll).toEqual(expected);
    await bob.heardNothing(room);
    const message = await ana.says(room, { poll_id: poll.id });
    expect(message).toMatchObject({ poll_id: poll.id, type: 'regular', text: '' });
    expect(message.poll).toEqual(expected);
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['message.new'], room);
      expect(event.message.poll).toEqual(expected);
      const state = await one.in(room).query({ watch: false, state: true });
      expect(state.messages[0].poll).toEqual(expected);
      expect((await one.client.getPoll(poll.id)).poll).toEqual(expected);
    }
  });

  story('lists show polls with the votes of who asks', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    await votes(bob, asked, { option_id: asked.options[1] });
    await ana.says(room, { text: 'see above', quoted_message_id: asked.message.id });
    const other = await town.room({ members: [ana, bob] });
    await asks(ana, other);
    const own = async (one: typeof ana) => {
      const channels = await one.client.queryChannels({ cid: { $in: [room.cid, other.cid] } }, {}, { watch: false, state: true });
      const shown = channels.flatMap((channel) => channel.state.messages).map(({ poll }) => poll);
      expect(shown.filter(Boolean)).toHaveLength(2);
      return shown.flatMap((poll) => poll?.own_votes ?? []).map((vote) => (vote as { option_id: string }).option_id);
    };
    expect(await own(ana)).toEqual([]);
    expect(await own(bob)).toEqual([asked.options[1]]);
    const { messages } = await bob.in(room).query({ messages: { limit: 5 } });
    expect(messages[1].quoted_message?.poll).toMatchObject({ id: asked.poll.id, vote_count: 1 });
    const { message } = await bob.client.getMessage(asked.message.id);
    expect(message.poll).toMatchObject({ vote_counts_by_option: { [asked.options[1]]: 1 }, own_votes: [{ user_id: bob.id }] });
  });

  story('closing ends the voting, opening again resumes it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room, { allow_answers: true });
    const { vote } = await votes(bob, asked, { option_id: asked.options[0] });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    expect((await ana.client.closePoll(asked.poll.id)).poll).toMatchObject({ is_closed: true, vote_count: 1 });
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['poll.closed'], room);
      expect(event).toMatchObject({ cid: room.cid, message_id: asked.message.id, user: { id: ana.id }, poll: { id: asked.poll.id, is_closed: true, vote_count: 1, own_votes: [] } });
    }
    await refuses(votes(bob, asked, { option_id: asked.options[1] }), 4, 400, 'closed');
    await refuses(votes(bob, asked, { answer_text: 'late' }), 4, 400, 'closed');
    await refuses(bob.client.removePollVote(asked.message.id, asked.poll.id, vote.id), 4, 400, 'closed');
    await bob.heardNothing(room);
    await ana.client.partialUpdatePoll(asked.poll.id, { set: { is_closed: false } });
    await bob.heard(['poll.updated'], room);
    await votes(bob, asked, { option_id: asked.options[1] });
    await ana.client.partialUpdatePoll(asked.poll.id, { set: { is_closed: true, name: 'Lunch!' } });
    const [, updated, closed] = await bob.heard(['poll.vote_casted', 'poll.updated', 'poll.closed'], room);
    expect([updated.poll.name, closed.poll.name, closed.poll.is_closed]).toEqual(['Lunch!', 'Lunch!', true]);
  });

  story('a full update replaces, a partial one changes what it names; votes stay with their options', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room, { color: 'teal', description: 'Today' });
    const [soup, bread] = asked.options;
    for (const option_id of [soup, bread]) await votes(bob, asked, { option_id });
    await bob.settles(room);
    const body = { id: asked.poll.id, name: 'Dinner?', options: [{ id: bread, text: 'Toast' }, { text: 'Salad' }] };
    const { poll } = await ana.client.updatePoll(body);
    expect(poll).toMatchObject({ name: 'Dinner?', description: '', vote_count: 1, vote_counts_by_option: { [bread]: 1 } });
    expect(poll).not.toHaveProperty('color');
    expect(poll.options.map(({ text }) => text)).toEqual(['Toast', 'Salad']);
    const [event] = await bob.heard(['poll.updated'], room);
    expect(event).toMatchObject({ message_id: asked.message.id, poll: { name: 'Dinner?', vote_count: 1 } });
    expect((await bob.client.getPoll(asked.poll.id)).poll.own_votes).toMatchObject([{ option_id: bread }]);
    const partial = await ana.client.partialUpdatePoll(asked.poll.id, { set: { name: 'Supper?', 'place.city': 'Bonn' } as never, unset: ['description'] });
    expect(partial.poll).toMatchObject({ name: 'Supper?', place: { city: 'Bonn' }, vote_count: 1 });
    expect(Date.parse(partial.poll.updated_at)).toBeGreaterThan(Date.parse(poll.updated_at));
    expect(partial.poll.created_at).toBe(asked.poll.created_at);
    await bob.heard(['poll.updated'], room);
    await ana.client.partialUpdatePoll(asked.poll.id, { set: { name: 'Supper?' } });
    await bob.heardNothing(room);
    await refuses(bob.client.updatePoll(body), 17, 403, 'UpdatePoll');
    await refuses(bob.client.closePoll(asked.poll.id), 17, 403, 'ClosePoll');
    await refuses(ana.client.partialUpdatePoll(asked.poll.id, { set: { name: '' } }), 4, 400, 'name');
    await refuses(ana.client.partialUpdatePoll(asked.poll.id, { set: { options: 7 } as never }), 4, 400, 'set.options');
    await refuses(ana.put('/polls', { name: 'nameless' }), 4, 400, 'id is a required field');
    await bob.heardNothing(room);
  });

  story('options come, change and go with their votes', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    const [soup, bread] = asked.options;
    for (const option_id of [soup, bread]) await votes(bob, asked, { option_id });
    await bob.settles(room);
    const { poll_option: salad } = await ana.client.createPollOption(asked.poll.id, { text: 'Salad', mood: 'green' } as never);
    expect(salad).toEqual({ id: expect.any(String), text: 'Salad', mood: 'green', duration: undefined });
    await bob.heard(['poll.updated'], room);
    const { poll_option: stew } = await ana.client.updatePollOption(asked.poll.id, { id: soup, text: 'Stew' });
    expect(stew).toMatchObject({ id: soup, text: 'Stew' });
    await bob.heard(['poll.updated'], room);
    expect((await bob.client.getPollOption(asked.poll.id, soup)).poll_option.text).toBe('Stew');
    await ana.client.deletePollOption(asked.poll.id, bread);
    const [event] = await bob.heard(['poll.updated'], room);
    expect(event.poll).toMatchObject({ vote_count: 1, vote_counts_by_option: { [soup]: 1 } });
    expect(event.poll.latest_votes_by_option).not.toHaveProperty(bread);
    const { poll } = await bob.client.getPoll(asked.poll.id);
    expect([poll.options.length, poll.own_votes?.length]).toEqual([3, 1]);
    // The same id again is another option: votes for the one before do not return.
    await ana.client.createPollOption(asked.poll.id, { id: bread, text: 'Bread again' });
    expect((await bob.client.getPoll(asked.poll.id)).poll).toMatchObject({ vote_count: 1, own_votes: [{ option_id: soup }] });
    await bob.settles(room);
    await refuses(ana.client.createPollOption(asked.poll.id, { text: 'Stew' }), 4, 400, 'already has');
    await refuses(ana.client.createPollOption(asked.poll.id, { text: '' }), 4, 400, 'text');
    await refuses(ana.client.deletePollOption(asked.poll.id, 'nothing'), 16, 404);
    await refuses(ana.client.getPollOption(asked.poll.id, 'nothing'), 16, 404);
    await refuses(bob.client.deletePollOption(asked.poll.id, soup), 17, 403);
    await bob.heardNothing(room);
  });

  story('others suggest options only where they may', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const closed = await asks(ana, room);
    await refuses(bob.client.createPollOption(closed.poll.id, { text: 'Salad' }), 17, 403);
    const open = await asks(ana, room, { allow_user_suggested_options: true });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const { poll_option } = await bob.client.createPollOption(open.poll.id, { text: 'Salad' });
    const [event] = await ana.heard(['poll.updated'], room);
    expect(event.poll.options.at(-1)).toMatchObject({ id: poll_option.id, text: 'Salad' });
    expect(event.user.id).toBe(bob.id);
    await refuses(bob.client.updatePollOption(open.poll.id, { id: poll_option.id, text: 'Mine' }), 17, 403);
    await ana.client.closePoll(open.poll.id);
    await refuses(bob.client.createPollOption(open.poll.id, { text: 'Late' }), 4, 400, 'closed');
  });

  story('a hundred options and no more, and ids of 255 characters', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const texts = (count: number) => Array.from({ length: count }, (_, at) => ({ text: `option ${at}` }));
    await refuses(ana.client.createPoll({ name: 'Many', options: texts(101) }), 4, 400, '100');
    const asked = await asks(ana, room, { options: texts(100) });
    await refuses(ana.client.createPollOption(asked.poll.id, { text: 'one more' }), 4, 400, '100');
    expect((await ana.client.getPoll(asked.poll.id)).poll.options).toHaveLength(100);
    const id = (length: number) => random().padEnd(length, 'x');
    expect((await ana.client.createPoll({ id: id(255), name: 'Long' })).poll.id).toHaveLength(255);
    await refuses(ana.client.createPoll({ id: id(256), name: 'Longer' }), 4, 400, '255');
    await refuses(ana.client.createPoll({ id: 'a/b', name: 'Path' }), 4, 400, 'without /');
  });

  story('a deleted poll leaves its message', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    await votes(bob, asked, { option_id: asked.options[0] });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await refuses(bob.client.deletePoll(asked.poll.id), 17, 403);
    await ana.client.deletePoll(asked.poll.id);
    const [deleted, updated] = await bob.heard(['poll.deleted', 'message.updated'], room);
    expect(deleted).toMatchObject({ message_id: asked.message.id, poll: { id: asked.poll.id, name: 'Lunch?' }, user: { id: ana.id } });
    expect(updated.message).toMatchObject({ id: asked.message.id, poll_id: asked.poll.id, poll: null });
    const { message } = await bob.client.getMessage(asked.message.id);
    expect(message).toMatchObject({ poll_id: asked.poll.id, poll: null });
    await refuses(ana.client.getPoll(asked.poll.id), 16, 404);
    await refuses(votes(bob, asked, { option_id: asked.options[0] }), 16, 404);
    await refuses(ana.client.deletePoll(asked.poll.id), 16, 404);
    // Its id is not used again: the message would show another poll.
    await refuses(ana.client.createPoll({ id: asked.poll.id, name: 'Again?' }), 4, 400, 'already exists');
    const { poll: unsent } = await ana.client.createPoll({ name: 'Never sent' });
    await ana.client.deletePoll(unsent.id);
    await refuses(ana.client.getPoll(unsent.id), 16, 404);
    expect((await ana.client.queryPolls({})).polls).toEqual([]);
  });

  story('a poll belongs to its creator and to one message', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const { poll } = await ana.client.createPoll({ name: 'Mine' });
    await refuses(bob.client.getPoll(poll.id), 16, 404);
    await refuses(bob.says(room, { poll_id: poll.id }), 4, 400, "doesn't exist");
    await refuses(ana.says(room, { poll_id: 'nothing' }), 4, 400, "doesn't exist");
    await bob.heardNothing(room);
    const id = random();
    const message = await ana.says(room, { id, poll_id: poll.id });
    expect(await ana.says(room, { id, poll_id: poll.id })).toMatchObject({ id, poll: { id: poll.id } });
    await bob.heard(['message.new'], room);
    await refuses(ana.says(room, { poll_id: poll.id }), 4, 400, 'another message');
    const { poll: other } = await ana.client.createPoll({ name: 'Other' });
    await refuses(ana.says(room, { id, poll_id: other.id }), 4, 400, 'already exists');
    await refuses(ana.client.updateMessage({ id: message.id, text: 'x', poll_id: other.id }), 4, 400, 'poll_id');
    await bob.heardNothing(room);
    const { message: edited } = await ana.client.updateMessage({ id: message.id, text: 'Vote!' });
    expect(edited).toMatchObject({ text: 'Vote!', poll_id: poll.id, poll: { id: poll.id } });
    const [event] = await bob.heard(['message.updated'], room);
    expect(event.message.poll).toMatchObject({ id: poll.id, name: 'Mine' });
    const bobs = await bob.client.createPoll({ id: random(), name: 'Bob asks' });
    expect((await bob.client.createPoll({ id: bobs.poll.id, name: 'Bob asks' })).poll).toEqual(bobs.poll);
    await refuses(ana.client.createPoll({ id: bobs.poll.id, name: 'Bob asks' }), 4, 400, 'already exists');
    expect((await ana.client.deleteMessage(message.id)).message).not.toHaveProperty('poll');
    await refuses(votes(bob, { poll, message, options: [] }, { option_id: 'x' }), 4, 400);
  });

  story('where polls are off there are none', async ({ town }) => {
    const [ana, , room] = await town.two({ type: 'livestream' });
    const { poll } = await ana.client.createPoll({ name: 'Lunch?' });
    await refuses(ana.says(room, { poll_id: poll.id }), 17, 403, 'polls not enabled for this channel');
    const capabilities = async (type: string) => {
      const { channel } = await ana.in(type === room.type ? room : await town.room({ type, members: [ana] })).query({ watch: false });
      return found(channel?.own_capabilities as string[] | undefined).filter((one) => CAPABILITIES.includes(one));
    };
    expect(await capabilities('messaging')).toEqual(CAPABILITIES);
    expect(await capabilities('team')).toEqual(CAPABILITIES);
    expect(await capabilities('livestream')).toEqual([]);
  });

  story('strangers know nothing of a poll', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    const asked = await asks(ana, room, { allow_user_suggested_options: true });
    const { vote } = await votes(bob, asked, { option_id: asked.options[0] });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await refuses(cleo.client.getPoll(asked.poll.id), 16, 404);
    await refuses(cleo.client.queryPollVotes(asked.poll.id), 16, 404);
    await refuses(cleo.client.createPollOption(asked.poll.id, { text: 'x' }), 16, 404);
    await refuses(cleo.client.closePoll(asked.poll.id), 16, 404);
    await refuses(cleo.client.deletePoll(asked.poll.id), 16, 404);
    await refuses(votes(cleo, asked, { option_id: asked.options[0] }), 17, 403);
    await refuses(cleo.client.removePollVote(asked.message.id, asked.poll.id, vote.id), 17, 403);
    expect((await cleo.client.queryPolls({ id: asked.poll.id })).polls).toEqual([]);
    await refuses(ana.client.getPoll('nothing'), 16, 404);
    await bob.heardNothing(room);
    // Whoever comes in sees it.
    await town.at(room).addMembers([cleo.id]);
    expect((await cleo.client.getPoll(asked.poll.id)).poll.vote_count).toBe(1);
  });

  story('a server acts for whom it names', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await refuses(town.server.createPoll({ name: 'Whose?' }), 4, 400, 'user');
    const { poll } = await town.server.createPoll({ name: 'Lunch?', options: [{ text: 'Soup' }, { text: 'Bread' }] }, bob.id);
    expect(poll.created_by_id).toBe(bob.id);
    const message = await town.says(room, ana, '', { poll_id: poll.id });
    const asked = { poll, message: message as never, options: poll.options.map(({ id }) => id) };
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await refuses(town.server.castPollVote(message.id, poll.id, { option_id: asked.options[0] }), 4, 400, 'user');
    const { vote } = await town.server.castPollVote(message.id, poll.id, { option_id: asked.options[0] }, ana.id);
    const [event] = await ana.heard(['poll.vote_casted'], room);
    expect(event).toMatchObject({ user: { id: ana.id }, poll_vote: { id: vote.id, user_id: ana.id } });
    expect((await town.server.getPoll(poll.id)).poll.own_votes).toEqual([]);
    expect((await town.server.getPoll(poll.id, ana.id)).poll.own_votes).toMatchObject([{ id: vote.id }]);
    await refuses(town.server.removePollVote(message.id, poll.id, vote.id, bob.id), 16, 404);
    await town.server.removePollVote(message.id, poll.id, vote.id, ana.id);
    await ana.heard(['poll.vote_removed'], room);
    await town.server.closePoll(poll.id, ana.id);
    const [closed] = await ana.heard(['poll.closed'], room);
    expect(closed.user.id).toBe(ana.id);
    await town.server.deletePoll(poll.id);
    await ana.heard(['poll.deleted', 'message.updated'], room);
  });

  story('who was away learns of votes by asking what changed', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    const since = new Date(Date.parse(found(asked.message.created_at)) + 1).toISOString();
    await votes(bob, asked, { option_id: asked.options[0] });
    const { events } = await ana.client.sync([room.cid], since);
    const [event] = events.filter(({ type }) => type === 'message.updated');
    expect(event.message?.poll).toMatchObject({ id: asked.poll.id, vote_count: 1 });
  });

  story('who quotes a poll does not tell how they voted', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room, { voting_visibility: 'anonymous' });
    await votes(ana, asked, { option_id: asked.options[0] });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await ana.says(room, { text: 'who else?', quoted_message_id: asked.message.id });
    const { message } = await bob.hears('message.new', { message: { text: 'who else?' } });
    expect(message.quoted_message.poll).toMatchObject({ id: asked.poll.id, own_votes: [] });
    expect(JSON.stringify(message.quoted_message.poll)).not.toContain(`"user_id":"${ana.id}"`);
  });

  story('whoever may not write any more says nothing with their poll either', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(bob, room);
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const rename = () => bob.client.updatePoll({ id: asked.poll.id, name: 'Buy now', options: asked.poll.options } as never);
    await town.at(room).banUser(bob.id, { banned_by_id: ana.id });
    await refuses(rename(), 17, 403, 'suspended');
    await refuses(bob.client.partialUpdatePoll(asked.poll.id, { set: { name: 'Buy now' } }), 17, 403, 'suspended');
    await refuses(bob.client.createPollOption(asked.poll.id, { text: 'Buy now' }), 17, 403, 'suspended');
    await refuses(bob.client.deletePoll(asked.poll.id), 17, 403, 'suspended');
    await town.at(room).unbanUser(bob.id);
    await town.at(room).removeMembers([bob.id]);
    await refuses(bob.client.getPoll(asked.poll.id), 16, 404);
    await refuses(rename(), 16, 404);
    expect((await ana.client.getPoll(asked.poll.id)).poll).toMatchObject({ name: 'Lunch?' });
  });
});
