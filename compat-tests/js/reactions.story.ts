// S9: reactions.
import { describe, expect, refuses, story } from '../harness';

describe('S9 reactions', () => {
  story('a like reaches everybody who watches with the state after it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await bob.says(room, 'hello');
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const answer = await ana.in(room).sendReaction(message.id, { type: 'like' });
    expect(answer.reaction).toMatchObject({ type: 'like', score: 1, user_id: ana.id, user: { id: ana.id }, message_id: message.id });
    expect(answer.message).toMatchObject({ own_reactions: [{ type: 'like' }], reaction_counts: { like: 1 }, reaction_scores: { like: 1 } });
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['reaction.new'], room);
      expect(event).toMatchObject({
        cid: room.cid,
        channel_type: room.type,
        channel_id: room.id,
        message_id: message.id,
        user: { id: ana.id },
        reaction: { type: 'like', score: 1, user_id: ana.id, user: { id: ana.id }, message_id: message.id },
        message: {
          id: message.id,
          text: 'hello',
          created_at: message.created_at,
          own_reactions: [],
          latest_reactions: [{ type: 'like', user_id: ana.id }],
          reaction_counts: { like: 1 },
          reaction_scores: { like: 1 },
          reaction_groups: { like: { count: 1, sum_scores: 1, first_reaction_at: expect.any(String), last_reaction_at: expect.any(String) } },
        },
      });
    }
  });

  story('enforce_unique replaces, a delete removes, and the others keep theirs', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await bob.says(room, 'hello');
    await bob.in(room).sendReaction(message.id, { type: 'like' });
    await ana.in(room).sendReaction(message.id, { type: 'like' });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await ana.in(room).sendReaction(message.id, { type: 'love' }, { enforce_unique: true });
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['reaction.updated'], room);
      expect(event.message.reaction_counts).toEqual({ like: 1, love: 1 });
      expect(event.reaction).toMatchObject({ type: 'love', user_id: ana.id });
    }
    const answer = await ana.in(room).deleteReaction(message.id, 'love');
    expect(answer.reaction).toMatchObject({ type: 'love', user_id: ana.id });
    const [event] = await bob.heard(['reaction.deleted'], room);
    expect(event.message.reaction_counts).toEqual({ like: 1 });
    expect(event.message.latest_reactions).toMatchObject([{ user_id: bob.id }]);
    const { message: seen } = await bob.client.getMessage(message.id);
    expect(seen.own_reactions).toMatchObject([{ type: 'like', user_id: bob.id }]);
    expect((await ana.client.getMessage(message.id)).message.own_reactions).toEqual([]);
  });

  story('the same type again replaces score and custom data, not the count', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await bob.says(room, 'clap');
    await ana.in(room).sendReaction(message.id, { type: 'clap', score: 2, mood: 'glad' });
    await bob.settles(room);
    const answer = await ana.in(room).sendReaction(message.id, { type: 'clap', score: 5 });
    expect(answer.message).toMatchObject({ reaction_counts: { clap: 1 }, reaction_scores: { clap: 5 }, reaction_groups: { clap: { count: 1, sum_scores: 5 } } });
    const [event] = await bob.heard(['reaction.updated'], room);
    expect(event.reaction.score).toBe(5);
    expect(event.reaction).not.toHaveProperty('mood');
  });

  story('counters vanish with the last reaction', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const message = await ana.says(room, 'x');
    await ana.in(room).sendReaction(message.id, { type: 'like' });
    const { message: after } = await ana.in(room).deleteReaction(message.id, 'like');
    expect(after).toMatchObject({ reaction_counts: {}, reaction_scores: {}, latest_reactions: [], own_reactions: [] });
  });

  story('lists: newest first, pages, and by type', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await bob.says(room, 'popular');
    for (const type of ['a', 'b', 'c']) await ana.in(room).sendReaction(message.id, { type });
    await bob.in(room).sendReaction(message.id, { type: 'a', mood: 'calm' });
    const types = (reactions: { type: string }[]) => reactions.map((reaction) => reaction.type);
    const { reactions } = await ana.in(room).getReactions(message.id, { limit: 10 });
    expect(types(reactions)).toEqual(['a', 'c', 'b', 'a']);
    expect(reactions[0]).toMatchObject({ mood: 'calm', user: { id: bob.id } });
    expect(types((await ana.in(room).getReactions(message.id, { limit: 2, offset: 1 })).reactions)).toEqual(['c', 'b']);
    const first = await ana.client.queryReactions(message.id, {}, { created_at: -1 }, { limit: 3 });
    expect(types(first.reactions)).toEqual(['a', 'c', 'b']);
    const second = await ana.client.queryReactions(message.id, {}, { created_at: -1 }, { limit: 3, next: first.next });
    expect(types(second.reactions)).toEqual(['a']);
    expect(second.next ?? '').toBe('');
    const likes = await ana.client.queryReactions(message.id, { type: 'a' });
    expect(likes.reactions).toHaveLength(2);
    const own = await ana.client.queryReactions(message.id, { user_id: { $in: [bob.id] } } as object);
    expect(types(own.reactions)).toEqual(['a']);
  });

  story('at most ten latest reactions stand on the message', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const message = await ana.says(room, 'x');
    let last;
    for (let at = 0; at < 12; at += 1) last = await ana.in(room).sendReaction(message.id, { type: `r${at}` });
    expect(last?.message.latest_reactions).toHaveLength(10);
    expect(last?.message.latest_reactions?.[0].type).toBe('r11');
  });

  story('refusals change nothing', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    const message = await bob.says(room, 'hello');
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const path = `/messages/${message.id}/reaction`;
    await refuses(ana.post(path, {}), 4, 400);
    await refuses(ana.post(path, { reaction: {} }), 4, 400);
    await refuses(ana.post(path, { reaction: { type: '' } }), 4, 400);
    await refuses(ana.post(path, { reaction: { type: 'x'.repeat(31) } }), 4, 400);
    await refuses(ana.post(path, { reaction: { type: 'like', score: 'many' } }), 4, 400);
    await refuses(ana.post('/messages/nothing/reaction', { reaction: { type: 'like' } }), 16, 404);
    await refuses(cleo.post(path, { reaction: { type: 'like' } }), 17, 403);
    await refuses(ana.delete(`${path}/never`), 16, 404);
    await town.at(room).updatePartial({ set: { frozen: true } });
    await bob.hears('channel.updated');
    await refuses(ana.post(path, { reaction: { type: 'like' } }), 17, 403);
    await bob.heardNothing(room);
  });
});
