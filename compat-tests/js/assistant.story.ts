// An assistant at work: what it does is indicated, and its text grows before everybody's eyes.
import { describe, expect, found, refuses, soon, story } from '../harness';

describe('the indicator', () => {
  story('a back end says what its assistant does, a user stops it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await town.says(room, bob, '', { ai_generated: true });
    await Promise.all([ana.hears('message.new', { message: { id: message.id, ai_generated: true } }), bob.hears('message.new')]);
    const place = { cid: room.cid, channel_type: room.type, channel_id: room.id, user: { id: bob.id } };
    const says = (event: object) => town.at(room).sendEvent({ user_id: bob.id, ...event } as never);
    await says({ type: 'ai_indicator.update', ai_state: 'AI_STATE_THINKING', message_id: message.id, ai_message: 'Hm' });
    await says({ type: 'ai_indicator.clear' });
    await ana.in(room).stopAIResponse();
    for (const one of [ana, bob]) {
      const [update, clear, stop] = await one.heard(['ai_indicator.update', 'ai_indicator.clear', 'ai_indicator.stop'], room);
      expect(update).toMatchObject({ ...place, ai_state: 'AI_STATE_THINKING', message_id: message.id, ai_message: 'Hm' });
      expect(clear).toMatchObject(place);
      expect(stop).toMatchObject({ ...place, user: { id: ana.id } });
    }
    await ana.in(room).updateAIState(message.id, 'AI_STATE_GENERATING', { ai_message: '' });
    await bob.hears('ai_indicator.update', { ai_state: 'AI_STATE_GENERATING', message_id: message.id });
    await ana.in(room).clearAIIndicator();
    await bob.hears('ai_indicator.clear');
  });

  story('it works where there are no custom events, for those who may read', async ({ town }) => {
    const [ana, cleo] = await town.people('ana', 'cleo');
    const live = await town.room({ type: 'livestream', members: [ana] });
    await ana.watches(live);
    await ana.settles(live);
    await ana.in(live).stopAIResponse();
    await ana.heard(['ai_indicator.stop'], live);
    const room = await town.room({ members: [ana] });
    await refuses(cleo.in(room).stopAIResponse(), 17, 403);
  });

  story('nonsense is refused', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const says = (event: object) => ana.in(room).sendEvent(event as never);
    await refuses(says({ type: 'ai_indicator.update', message_id: 'x' }), 4, 400, 'event.ai_state is a required field');
    await refuses(says({ type: 'ai_indicator.update', ai_state: 'AI_STATE_THINKING' }), 4, 400, 'event.message_id');
    await refuses(says({ type: 'ai_indicator.update', ai_state: { on: true }, message_id: 'x' }), 4, 400, 'event.ai_state must be a text');
    await refuses(says({ type: 'ai_indicator.stop', message_id: 7 }), 4, 400, 'event.message_id must be a text');
    await refuses(says({ type: 'ai_indicator.think' }), 4, 400, 'reserved');
    await refuses(says({ type: 'ai_indicator.update', ai_state: 'x', message_id: 'x', ai_message: 'x'.repeat(6_000) }), 22, 413);
    await bob.heardNothing(room);
  });
});

describe('a text that grows', () => {
  story('is shown word by word, and kept when it is whole', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const { id } = await town.says(room, bob, '…', { ai_generated: true });
    const state = ana.client.channel(room.type, room.id).state;
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const { message } = await town.server.ephemeralUpdateMessage(id, { set: { text: 'The river', generating: true } as never }, bob.id);
    expect(message).toMatchObject({ id, text: 'The river', generating: true, ai_generated: true, user: { id: bob.id } });
    await town.server.ephemeralUpdateMessage(id, { set: { text: 'The river flows' } }, { id: bob.id });
    for (const one of [ana, bob]) {
      const [first, second] = await one.heard(['message.updated', 'message.updated'], room);
      expect(first).toMatchObject({ cid: room.cid, message_id: id, user: { id: bob.id }, message: { id, text: 'The river', generating: true, ai_generated: true } });
      expect(second.message, 'each is a change of what is kept').toMatchObject({ text: 'The river flows' });
      expect(second.message).not.toHaveProperty('generating');
      expect(second.message).not.toHaveProperty('message_text_updated_at');
    }
    expect(found(state.messages.at(-1)).text).toBe('The river flows');
    expect((await bob.client.getMessage(id)).message, 'nothing is kept').toMatchObject({ text: '…' });
    expect((await bob.in(room).query({ messages: { limit: 1 } })).messages).toMatchObject([{ id, text: '…' }]);
    await town.server.partialUpdateMessage(id, { set: { text: 'The river flows down', generating: false } as never }, bob.id);
    await ana.heard(['message.updated'], room);
    expect((await ana.client.getMessage(id)).message.text).toBe('The river flows down');
  });

  story('what is not kept is not found', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const [growing, kept] = [`growing${town.tag}`, `kept${town.tag}`];
    const { id } = await town.says(room, bob, '…');
    await town.server.ephemeralUpdateMessage(id, { set: { text: growing } }, bob.id);
    await ana.says(room, kept);
    const finds = async (query: string) => (await ana.client.search({ cid: room.cid }, query)).results.length;
    await soon(async () => expect(await finds(kept)).toBe(1));
    expect(await finds(growing)).toBe(0);
  });

  story('only a back end can, of a message that is there, within the limits', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const { id } = await ana.says(room, 'mine');
    await bob.settles(room);
    await refuses(ana.client.ephemeralUpdateMessage(id, { set: { text: 'x' } }), 17, 403, 'server side');
    const shows = (set: object) => town.server.ephemeralUpdateMessage(id, { set } as never, ana.id);
    await refuses(shows({ text: 'x'.repeat(5_001) }), 20, 400);
    await refuses(shows({ colour: 'c'.repeat(6_000) }), 22, 413);
    await refuses(shows({ created_at: 'x' }), 4, 400);
    await refuses(town.server.ephemeralUpdateMessage('nothing', { set: { text: 'x' } }, ana.id), 16, 404);
    await bob.heardNothing(room);
    await ana.client.deleteMessage(id);
    await refuses(shows({ text: 'x' }), 4, 400, 'deleted');
  });

  story('a message that few may see shows its growth to them alone', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    await town.at(room).addMembers([cleo.id]);
    await cleo.watches(room);
    await cleo.settles(room);
    const { id } = await town.says(room, bob, 'psst', { restricted_visibility: [ana.id] });
    await town.server.ephemeralUpdateMessage(id, { set: { text: 'psst!' } }, bob.id);
    await ana.hears('message.updated', { message: { text: 'psst!' } });
    await cleo.heardNothing(room);
  });
});
