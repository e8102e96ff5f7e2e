// S17: lists of polls and of votes.
import type { PollVote } from 'stream-chat';
import { asks, describe, expect, refuses, story, votes, type Asked, type Town } from '../harness';

/** So many people vote for the first option, one after the other; their ids, newest first. */
async function crowd(town: Town, asked: Asked, count: number): Promise<string[]> {
  const people = Array.from({ length: count }, (_, at) => town.name(`voter${at}`));
  for (const id of people) await town.server.castPollVote(asked.message.id, asked.poll.id, { option_id: asked.options[0] }, id);
  return people.reverse();
}

const ids = (list: { id: string }[]) => list.map(({ id }) => id);
const users = (list: { user_id?: string }[]) => list.map(({ user_id }) => user_id);

describe('S17 lists of votes', () => {
  story('in pages, newest first, there and back', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    const people = await crowd(town, asked, 7);
    await votes(bob, asked, { option_id: asked.options[1] });
    const query = (options: object, sort: object = { created_at: -1 }) =>
      ana.client.queryPollVotes(asked.poll.id, { option_id: asked.options[0] }, sort, { limit: 3, ...options }) as Promise<{ votes: PollVote[]; next?: string; prev?: string }>;
    const first = await query({});
    expect([users(first.votes), first.prev]).toEqual([people.slice(0, 3), undefined]);
    const second = await query({ next: first.next });
    const third = await query({ next: second.next });
    expect([users(second.votes), users(third.votes), third.next]).toEqual([people.slice(3, 6), people.slice(6), undefined]);
    expect(users((await query({ prev: third.prev })).votes)).toEqual(users(second.votes));
    expect(users((await query({}, { created_at: 1 })).votes)).toEqual([...people].reverse().slice(0, 3));
    const all = await ana.client.queryPollVotes(asked.poll.id, {}, { id: 1 }, { limit: 100 });
    expect(ids(all.votes)).toEqual(ids(all.votes).sort());
    expect(all.votes).toHaveLength(8);
    const half = await ana.client.queryPollVotes(asked.poll.id, {}, { id: 1 }, { limit: 5 });
    const rest = await ana.client.queryPollVotes(asked.poll.id, {}, { id: 1 }, { limit: 5, next: half.next });
    expect([...ids(half.votes), ...ids(rest.votes)]).toEqual(ids(all.votes));
  });

  story('a page has at most a hundred votes', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const asked = await asks(ana, room);
    const people = await crowd(town, asked, 101);
    for (const limit of [100, 101]) {
      const page = await ana.client.queryPollVotes(asked.poll.id, {}, {}, { limit });
      expect(users(page.votes)).toEqual(people.slice(0, 100));
      const rest = await ana.client.queryPollVotes(asked.poll.id, {}, {}, { limit, next: page.next });
      expect([users(rest.votes), rest.next]).toEqual([people.slice(100), undefined]);
    }
  });

  story('by what a filter says', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room, { allow_answers: true });
    const [soup, bread] = asked.options;
    const { vote } = await votes(ana, asked, { option_id: soup });
    await votes(ana, asked, { option_id: bread });
    await votes(bob, asked, { option_id: soup });
    const { vote: answer } = await votes(bob, asked, { answer_text: 'Pizza' });
    const query = async (filter: object) => (await ana.client.queryPollVotes(asked.poll.id, filter as never)).votes;
    expect(users(await query({ option_id: soup }))).toEqual([bob.id, ana.id]);
    expect(await query({ option_id: { $in: [soup, bread] } })).toHaveLength(3);
    expect(ids(await query({ option_id: { $exists: false } }))).toEqual([answer.id]);
    expect(users(await query({ user_id: ana.id }))).toEqual([ana.id, ana.id]);
    expect(users(await query({ user_id: ana.id, option_id: soup }))).toEqual([ana.id]);
    expect(ids(await query({ id: vote.id }))).toEqual([vote.id]);
    expect(await query({ is_answer: false })).toHaveLength(3);
    expect(await query({ created_at: { $gt: vote.created_at } })).toHaveLength(3);
    expect(await query({ $or: [{ is_answer: true }, { option_id: bread }] })).toHaveLength(2);
    expect(await query({ poll_id: 'another' })).toEqual([]);
    const { votes: answers } = await ana.client.queryPollAnswers(asked.poll.id);
    expect(answers).toMatchObject([{ id: answer.id, answer_text: 'Pizza', is_answer: true, option_id: '', user: { id: bob.id } }]);
    for (const [filter, text] of [[{ color: 'teal' }, 'color'], [{ user_id: { $gt: 'a' } }, 'user_id'], [7, 'object']] as const)
      await refuses(ana.post(`/polls/${asked.poll.id}/votes`, { filter }), 4, 400, text);
    await refuses(ana.post(`/polls/${asked.poll.id}/votes`, { sort: [{ field: 'user_id' }] }), 4, 400, 'sorting by');
    await refuses(ana.post(`/polls/${asked.poll.id}/votes`, { next: 'x' }), 4, 400, 'next');
    await refuses(ana.post(`/polls/${asked.poll.id}/votes`, { limit: -1 }), 4, 400, 'limit');
  });

  story('of an anonymous poll: one\'s own votes, and answers without names', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room, { voting_visibility: 'anonymous', allow_answers: true });
    await votes(ana, asked, { option_id: asked.options[0] });
    await votes(bob, asked, { option_id: asked.options[0] });
    await votes(bob, asked, { answer_text: 'Pizza' });
    const query = (filter: object) => ana.client.queryPollVotes(asked.poll.id, filter as never);
    const { votes: seen } = await query({});
    expect(JSON.stringify(seen)).not.toContain(bob.id);
    expect(seen).toMatchObject([{ answer_text: 'Pizza' }, { user_id: ana.id, option_id: asked.options[0] }]);
    expect((await query({ user_id: bob.id })).votes).toEqual([]);
    expect((await query({ option_id: asked.options[0] })).votes).toHaveLength(1);
    expect((await query({ option_id: asked.options[0], user_id: { $in: [ana.id, bob.id] } })).votes).toHaveLength(1);
    const { votes: known } = await town.server.queryPollVotes(asked.poll.id, { option_id: asked.options[0] });
    expect(users(known)).toEqual([bob.id, ana.id]);
  });

  story('without the right to see votes there is no list of them', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const asked = await asks(ana, room);
    await town.at(room).updatePartial({ set: { config_overrides: { grants: { channel_member: ['!query-votes'] } } } as never });
    await refuses(bob.client.queryPollVotes(asked.poll.id), 17, 403, 'QueryVotes');
  });
});

describe('S17 lists of polls', () => {
  story('one\'s own, and those of one\'s channels', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const { poll: unsent } = await ana.client.createPoll({ name: 'Unsent', color: 'teal' } as never);
    const sent = await asks(ana, room, { color: 'red' });
    const hidden = await asks(ana, await town.room({ members: [ana] }), { name: 'Elsewhere' });
    await votes(bob, sent, { option_id: sent.options[0] });
    const query = async (who: typeof ana, filter: object = {}, sort: object = {}) => ids((await who.client.queryPolls(filter as never, sort as never)).polls);
    expect(await query(ana)).toEqual([hidden.poll.id, sent.poll.id, unsent.id]);
    expect(await query(bob)).toEqual([sent.poll.id]);
    expect(await query(bob, { created_by_id: ana.id })).toEqual([sent.poll.id]);
    expect(await query(bob, { id: { $in: [unsent.id, sent.poll.id, hidden.poll.id] } })).toEqual([sent.poll.id]);
    expect(await query(ana, { color: 'teal' })).toEqual([unsent.id]);
    expect(await query(ana, { name: { $in: ['Unsent', 'Elsewhere'] } }, { name: 1 })).toEqual([hidden.poll.id, unsent.id]);
    await ana.client.closePoll(sent.poll.id);
    expect(await query(ana, { is_closed: true })).toEqual([sent.poll.id]);
    expect((await query(ana, {}, { is_closed: -1 }))[0]).toBe(sent.poll.id);
    const [shown] = (await bob.client.queryPolls({})).polls;
    expect(shown).toMatchObject({ vote_count: 1, own_votes: [{ user_id: bob.id }], created_by: { id: ana.id } });
    const { polls } = await town.server.queryPolls({ created_by_id: ana.id }, {}, {}, bob.id);
    expect(ids(polls)).toEqual([hidden.poll.id, sent.poll.id, unsent.id]);
  });

  story('in pages of at most a hundred', async ({ town }) => {
    const ana = await town.person('ana');
    const made: string[] = [];
    for (let at = 0; at < 101; at += 1) made.unshift((await ana.client.createPoll({ name: `Poll ${at}` })).poll.id);
    for (const limit of [100, 101]) {
      const page = await ana.client.queryPolls({}, {}, { limit });
      expect(ids(page.polls)).toEqual(made.slice(0, 100));
      const rest = await ana.client.queryPolls({}, {}, { limit, next: page.next });
      expect([ids(rest.polls), rest.next]).toEqual([made.slice(100), undefined]);
    }
    expect((await ana.client.queryPolls({}, {}, {})).polls).toHaveLength(10);
    await refuses(ana.client.queryPolls({ vote_count: 1, $nor: [] } as never), 4, 400);
    await refuses(ana.client.queryPolls({}, { vote_count: 1 } as never), 4, 400, 'sorting by');
    await refuses(ana.client.queryPolls({}, {}, { next: 'x' }), 4, 400, 'next');
  });
});
