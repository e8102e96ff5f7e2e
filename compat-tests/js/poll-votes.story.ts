// S17: voting, answering, taking it back; and what everybody who watches sees of it.
import type { PollAnswer, PollResponse, PollVote, StreamChat } from 'stream-chat';
import { asks, describe, expect, found, refuses, story, votes, type Asked, type Person } from '../harness';

/** Lets the SDK's own polls follow the events, as its React components do. */
const follow = (...people: Person[]) => people.forEach((one) => one.client.polls.registerSubscriptions());

/** What such a poll shows. */
const followed = (who: Person, { poll }: Asked) => found(who.client.polls.fromState(poll.id), 'the poll in the cache').data;

/** Counts all votes and answers of a poll anew, page by page. */
async function recount(server: StreamChat, { poll }: Asked) {
  const all: (PollVote | PollAnswer)[] = [];
  for (let next: string | undefined; ; ) {
    const page = await server.queryPollVotes(poll.id, {}, { created_at: 1 }, { limit: 7, ...(next ? { next } : {}) });
    all.push(...page.votes);
    next = page.next;
    if (!next) break;
  }
  const counts: Record<string, number> = {};
  const cast = all.filter((vote) => vote.option_id);
  for (const { option_id } of cast) counts[found(option_id)] = (counts[found(option_id)] ?? 0) + 1;
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  return { counts, cast, answers: all.length - cast.length };
}

/** What a poll says of itself is what counting it anew gives. */
async function agrees(server: StreamChat, asked: Asked): Promise<PollResponse> {
  const { counts, cast, answers } = await recount(server, asked);
  const { poll } = await server.getPoll(asked.poll.id);
  expect(poll).toMatchObject({ vote_count: cast.length, answers_count: answers });
  expect(poll.vote_counts_by_option).toEqual(counts);
  return poll;
}

describe('S17 votes', () => {
  story('a vote reaches everybody who watches with the counts after it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    const [soup, bread] = asked.options;
    await votes(bob, asked, { option_id: bread });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const answer = (await votes(ana, asked, { option_id: soup })) as unknown as { vote: PollVote; poll: PollResponse };
    const vote = { id: expect.any(String), poll_id: asked.poll.id, option_id: soup, user_id: ana.id, user: expect.objectContaining({ id: ana.id }), created_at: expect.any(String), updated_at: expect.any(String) };
    expect(answer.vote).toEqual(vote);
    expect(answer.poll).toMatchObject({ vote_count: 2, own_votes: [{ id: answer.vote.id }] });
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['poll.vote_casted'], room);
      expect(event).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, message_id: asked.message.id, user: { id: ana.id } });
      expect(event.poll_vote).toEqual(answer.vote);
      expect(event.poll).toMatchObject({ id: asked.poll.id, name: 'Lunch?', vote_count: 2, vote_counts_by_option: { [soup]: 1, [bread]: 1 }, own_votes: [] });
      expect(event.poll.latest_votes_by_option[soup]).toEqual([answer.vote]);
      expect(event.poll.latest_votes_by_option[bread]).toMatchObject([{ user_id: bob.id, user: { id: bob.id } }]);
    }
    // The same again changes nothing, and nobody hears of it.
    expect((await votes(ana, asked, { option_id: soup })).vote).toEqual(answer.vote);
    await bob.heardNothing(room);
    expect((await bob.client.getPoll(asked.poll.id)).poll.own_votes).toMatchObject([{ option_id: bread }]);
    await agrees(town.server, asked);
  });

  story('a unique vote moves', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    follow(ana, bob);
    const asked = await asks(ana, room, { enforce_unique_vote: true });
    const [soup, bread] = asked.options;
    const { vote: first } = await votes(bob, asked, { option_id: soup });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const { vote: moved } = await votes(bob, asked, { option_id: bread });
    expect(moved).toMatchObject({ id: first.id, option_id: bread });
    const [event] = await ana.heard(['poll.vote_changed'], room);
    expect(event).toMatchObject({ poll_vote: { id: first.id, option_id: bread, user_id: bob.id }, poll: { vote_count: 1, enforce_unique_vote: true } });
    expect(event.poll.vote_counts_by_option).toEqual({ [bread]: 1 });
    expect(event.poll.latest_votes_by_option).toEqual({ [bread]: [event.poll_vote] });
    await bob.heard(['poll.vote_changed'], room);
    expect(Object.keys(followed(bob, asked).ownVotesByOptionId)).toEqual([bread]);
    await agrees(town.server, asked);
  });

  story('nobody votes for more options than allowed', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room, { max_votes_allowed: 2 });
    const [soup, bread, rice] = asked.options;
    for (const option_id of [soup, bread]) await votes(bob, asked, { option_id });
    await bob.settles(room);
    await refuses(votes(bob, asked, { option_id: rice }), 4, 400, 'at most 2');
    await bob.heardNothing(room);
    const { vote } = await votes(bob, asked, { option_id: soup });
    await bob.client.removePollVote(asked.message.id, asked.poll.id, vote.id);
    await votes(bob, asked, { option_id: rice });
    expect((await agrees(town.server, asked)).vote_counts_by_option).toEqual({ [bread]: 1, [rice]: 1 });
  });

  story('a vote is taken back by its owner alone', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    const { vote } = await votes(bob, asked, { option_id: asked.options[0] });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const path = `/messages/${asked.message.id}/polls/${asked.poll.id}/vote/${vote.id}`;
    await refuses(ana.delete(path), 16, 404);
    await refuses(ana.delete(path, { user_id: bob.id }), 16, 404);
    await ana.heardNothing(room);
    const answer = await bob.delete(path);
    expect(answer).toMatchObject({ vote: { id: vote.id, option_id: asked.options[0], user_id: bob.id }, poll: { vote_count: 0, own_votes: [], vote_counts_by_option: {} } });
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['poll.vote_removed'], room);
      expect(event).toMatchObject({ poll_vote: { id: vote.id, option_id: asked.options[0], user_id: bob.id }, poll: { vote_count: 0 } });
    }
    await refuses(bob.delete(path), 16, 404);
    await agrees(town.server, asked);
  });

  story('answers: one per person, counted apart', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const plain = await asks(ana, room);
    await refuses(votes(bob, plain, { answer_text: 'hm' }), 4, 400, 'answers');
    const asked = await asks(ana, room, { allow_answers: true });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const { vote: first } = await bob.client.addPollAnswer(asked.message.id, asked.poll.id, 'Pizza');
    expect(first).toMatchObject({ option_id: '', is_answer: true, answer_text: 'Pizza', user_id: bob.id });
    const [casted] = await ana.heard(['poll.vote_casted'], room);
    expect(casted).toMatchObject({ poll_vote: { id: first.id, answer_text: 'Pizza' }, poll: { answers_count: 1, vote_count: 0 } });
    expect(casted.poll.latest_answers).toEqual([casted.poll_vote]);
    const { vote: second } = await bob.client.addPollAnswer(asked.message.id, asked.poll.id, 'Pasta');
    expect(second).toMatchObject({ id: first.id, answer_text: 'Pasta' });
    const [changed] = await ana.heard(['poll.vote_changed'], room);
    expect(changed).toMatchObject({ poll_vote: { id: first.id, answer_text: 'Pasta' }, poll: { answers_count: 1, latest_answers: [{ answer_text: 'Pasta' }] } });
    await votes(bob, asked, { option_id: asked.options[0] });
    expect((await bob.client.getPoll(asked.poll.id)).poll.own_votes).toMatchObject([{ answer_text: 'Pasta' }, { option_id: asked.options[0] }]);
    await bob.client.removePollVote(asked.message.id, asked.poll.id, first.id);
    expect((await agrees(town.server, asked)).answers_count).toBe(0);
    await refuses(votes(bob, asked, { answer_text: '  ' }), 4, 400, 'answer_text');
    await refuses(votes(bob, asked, { answer_text: 'é'.repeat(1001) }), 4, 400, '1000');
    expect((await votes(bob, asked, { answer_text: 'é'.repeat(1000) })).vote).toMatchObject({ is_answer: true });
  });

  story('in an anonymous poll only the voter knows', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    follow(ana, bob);
    const asked = await asks(ana, room, { voting_visibility: 'anonymous', allow_answers: true });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const { vote } = await votes(bob, asked, { option_id: asked.options[0] });
    await votes(bob, asked, { answer_text: 'Pizza' });
    expect(vote).toMatchObject({ user_id: bob.id, user: { id: bob.id } });
    for (const event of await ana.heard(['poll.vote_casted', 'poll.vote_casted'], room)) {
      expect(JSON.stringify(event)).not.toContain(bob.id);
      expect(event.poll).toMatchObject({ vote_count: 1, latest_votes_by_option: {} });
    }
    for (const event of await bob.heard(['poll.vote_casted', 'poll.vote_casted'], room)) {
      expect(event).toMatchObject({ user: { id: bob.id }, poll_vote: { user_id: bob.id, user: { id: bob.id } } });
    }
    expect(followed(bob, asked).ownVotesByOptionId).toMatchObject({ [asked.options[0]]: { id: vote.id } });
    expect(followed(ana, asked)).toMatchObject({ vote_count: 1, ownVotesByOptionId: {}, ownAnswer: undefined });
    const { poll: anas } = await ana.client.getPoll(asked.poll.id);
    expect(JSON.stringify(anas)).not.toContain(bob.id);
    expect(anas).toMatchObject({ vote_count: 1, answers_count: 1, latest_answers: [{ answer_text: 'Pizza' }], own_votes: [] });
    expect((await bob.client.getPoll(asked.poll.id)).poll.own_votes).toHaveLength(2);
    await refuses(ana.client.partialUpdatePoll(asked.poll.id, { set: { voting_visibility: 'public' } as never }), 4, 400, 'voting_visibility');
  });

  story('the SDK\'s poll follows the events to what a fresh answer says', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    follow(ana, bob);
    const asked = await asks(ana, room, { allow_answers: true, max_votes_allowed: 3 });
    const [soup, bread, rice] = asked.options;
    const path = (who: Person) => followed(who, asked);
    for (const option_id of [soup, bread, rice]) await votes(ana, asked, { option_id });
    for (const option_id of [bread, rice]) await votes(bob, asked, { option_id });
    await votes(ana, asked, { answer_text: 'hm' });
    await votes(bob, asked, { answer_text: 'oh' });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await bob.client.polls.fromState(asked.poll.id)?.removeVote(path(bob).ownVotesByOptionId[rice].id, asked.message.id);
    await ana.client.polls.fromState(asked.poll.id)?.removeVote(path(ana).ownVotesByOptionId[soup].id, asked.message.id);
    await ana.client.polls.fromState(asked.poll.id)?.update({ name: 'Dinner?', allow_answers: true, options: asked.poll.options.map(({ id, text }) => ({ id, text })) } as never);
    await ana.client.polls.fromState(asked.poll.id)?.close();
    for (const one of [ana, bob]) {
      await one.settles(room);
      // Clients do not take an update's time over.
      const { own_votes, updated_at: _, id: __, ...fresh } = (await one.client.getPoll(asked.poll.id)).poll;
      const { lastActivityAt: ___, maxVotedOptionIds, ownVotesByOptionId, ownAnswer, updated_at: ____, ...state } = path(one);
      expect(JSON.parse(JSON.stringify(state))).toEqual(fresh);
      expect(maxVotedOptionIds).toEqual([bread]);
      const own = [...Object.values(ownVotesByOptionId), ...(ownAnswer ? [ownAnswer] : [])];
      expect(own.map(({ id }) => id).sort()).toEqual(own_votes?.map(({ id }) => id).sort());
    }
  });

  story('only the newest ten votes of an option stand on the poll', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const asked = await asks(ana, room, { allow_answers: true });
    const [soup] = asked.options;
    const people = await town.users(...Array.from({ length: 12 }, (_, at) => `voter${at}`));
    for (const id of people) {
      await town.server.castPollVote(asked.message.id, asked.poll.id, { option_id: soup }, id);
      await town.server.castPollVote(asked.message.id, asked.poll.id, { answer_text: id }, id);
    }
    const newest = [...people].reverse();
    const shown = async () => (await ana.client.getPoll(asked.poll.id)).poll;
    let poll = await shown();
    expect(poll.latest_votes_by_option[soup].map(({ user_id }) => user_id)).toEqual(newest.slice(0, 10));
    expect(poll.latest_answers.map(({ answer_text }) => answer_text)).toEqual(newest.slice(0, 10));
    await ana.settles(room);
    // One of them goes: the next in line stands there, in the event as well.
    await town.server.removePollVote(asked.message.id, asked.poll.id, poll.latest_votes_by_option[soup][4].id, newest[4]);
    const expected = newest.filter((id) => id !== newest[4]).slice(0, 10);
    const [event] = await ana.heard(['poll.vote_removed'], room);
    poll = await shown();
    for (const { latest_votes_by_option } of [poll, event.poll as PollResponse]) expect(latest_votes_by_option[soup].map(({ user_id }) => user_id)).toEqual(expected);
    await agrees(town.server, asked);
  });

  story('of many options fewer votes stand on the poll, but all are counted', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room, { options: Array.from({ length: 50 }, (_, at) => ({ text: `option ${at}` })) });
    const [first, second] = asked.options;
    const [cleo] = await town.users('cleo');
    for (const id of [ana.id, bob.id, cleo]) await town.server.castPollVote(asked.message.id, asked.poll.id, { option_id: first }, id);
    await votes(bob, asked, { option_id: second });
    const { poll } = await ana.client.getPoll(asked.poll.id);
    expect(poll.vote_counts_by_option).toEqual({ [first]: 3, [second]: 1 });
    expect(poll.latest_votes_by_option[first].map(({ user_id }) => user_id)).toEqual([cleo, bob.id]);
    await agrees(town.server, asked);
  });

  story('a crowd votes at once over all nodes, and no vote is lost or counted twice', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    follow(ana);
    const asked = await asks(ana, room);
    await ana.settles(room);
    const servers = town.nodes.map((url) => town.serverOn(url));
    const people = await town.users(...Array.from({ length: 60 }, (_, at) => `voter${at}`));
    const cast = people.map((id, at) =>
      servers[at % servers.length].castPollVote(asked.message.id, asked.poll.id, { option_id: asked.options[at % 3] }, id));
    await Promise.all(cast);
    const poll = await agrees(town.server, asked);
    expect(Object.values(poll.vote_counts_by_option)).toEqual([20, 20, 20]);
    // Each event tells of one vote more than the one before.
    const events = await ana.heard(Array(60).fill('poll.vote_casted'), room);
    expect(events.map((event) => event.poll.vote_count)).toEqual(people.map((_, at) => at + 1));
    expect(new Set(events.map((event) => event.poll_vote.user_id)).size).toBe(60);
    expect(followed(ana, asked).vote_counts_by_option).toEqual(poll.vote_counts_by_option);
  });

  story('whoever changes his mind at once from everywhere has one vote in the end', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    follow(ana);
    const asked = await asks(ana, room, { enforce_unique_vote: true });
    await ana.settles(room);
    const servers = town.nodes.map((url) => town.serverOn(url));
    const people = await town.users(...Array.from({ length: 8 }, (_, at) => `voter${at}`));
    const minds = people.flatMap((id) => Array.from({ length: 6 }, (_, at) => ({ id, at })));
    await Promise.all(minds.map(({ id, at }) =>
      servers[at % servers.length].castPollVote(asked.message.id, asked.poll.id, { option_id: asked.options[at % 3] }, id)));
    const { cast } = await recount(town.server, asked);
    expect(cast.map(({ user_id }) => user_id).sort()).toEqual([...people].sort());
    const poll = await agrees(town.server, asked);
    await ana.settles(room);
    expect(followed(ana, asked).vote_counts_by_option).toEqual(poll.vote_counts_by_option);
  });

  story('a poll that closes amid votes has none after its end', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    await bob.settles(room);
    const servers = town.nodes.map((url) => town.serverOn(url));
    const people = await town.users(...Array.from({ length: 20 }, (_, at) => `voter${at}`));
    const cast = people.map((id, at) =>
      servers[at % servers.length].castPollVote(asked.message.id, asked.poll.id, { option_id: asked.options[0] }, id).then(() => 1, (error) => expect(error.code).toBe(4) ?? 0));
    const [closed, ...accepted] = await Promise.all([ana.client.closePoll(asked.poll.id), ...cast]);
    const accepts = accepted.filter((one) => one === 1).length;
    expect((await agrees(town.server, asked)).vote_count).toBe(accepts);
    expect(closed.poll.vote_count).toBe(accepts);
    const events = await bob.heard([...Array(accepts).fill('poll.vote_casted'), 'poll.closed'], room);
    expect(events.at(-1)?.poll.vote_count).toBe(accepts);
  });

  story('refusals change nothing', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    const other = await asks(ana, room);
    const plain = await ana.says(room, 'no poll');
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const path = `/messages/${asked.message.id}/polls/${asked.poll.id}/vote`;
    await refuses(bob.post(path, {}), 4, 400);
    await refuses(bob.post(path, { vote: {} }), 4, 400, 'option_id or answer_text');
    await refuses(bob.post(path, { vote: { option_id: asked.options[0], answer_text: 'x' } }), 4, 400, 'not both');
    await refuses(bob.post(path, { vote: { option_id: 7 } }), 4, 400, 'vote.option_id');
    await refuses(votes(bob, asked, { option_id: 'nothing' }), 4, 400, "doesn't exist");
    await refuses(votes(bob, asked, { option_id: other.options[0] }), 4, 400, "doesn't exist");
    await refuses(votes(bob, { ...asked, message: plain }, { option_id: asked.options[0] }), 16, 404);
    await refuses(votes(bob, { ...asked, poll: other.poll }, { option_id: asked.options[0] }), 16, 404);
    await refuses(bob.client.castPollVote('nothing', asked.poll.id, { option_id: asked.options[0] }), 16, 404);
    await town.server.banUser(bob.id, { type: room.type, id: room.id, banned_by_id: ana.id });
    await refuses(votes(bob, asked, { option_id: asked.options[0] }), 17, 403, 'suspended');
    await town.server.unbanUser(bob.id, { type: room.type, id: room.id });
    await town.at(room).updatePartial({ set: { frozen: true } });
    await refuses(votes(bob, asked, { option_id: asked.options[0] }), 17, 403, 'UseFrozenChannel');
    await bob.settles(room);
    expect(bob.frames.filter(({ type }) => type.startsWith('poll.'))).toEqual([]);
    expect((await agrees(town.server, asked)).vote_count).toBe(0);
  });
});
