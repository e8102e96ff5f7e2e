// S8: typing is told to those who watch, and kept nowhere.
import { describe, expect, refuses, story } from '../harness';

describe('S8 typing', () => {
  story('start and stop reach everybody who watches, the typist included', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await ana.in(room).keystroke();
    for (const one of [ana, bob]) {
      const [start] = await one.heard(['typing.start'], room);
      expect(start).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, user: { id: ana.id } });
      expect(start).not.toHaveProperty('parent_id');
      expect(start).not.toHaveProperty('received_at');
    }
    await ana.in(room).stopTyping();
    const [stop] = await bob.heard(['typing.stop'], room);
    expect(stop.user.id).toBe(ana.id);
  });

  story('in a thread the parent goes with it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await bob.says(room, 'parent');
    await bob.settles(room);
    await ana.in(room).sendEvent({ type: 'typing.start', parent_id: parent.id });
    const [start] = await bob.heard(['typing.start'], room);
    expect(start.parent_id).toBe(parent.id);
  });

  story('the answer is the event', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const answer = await ana.in(room).sendEvent({ type: 'typing.start' });
    expect(answer).toMatchObject({ duration: expect.any(String), event: { type: 'typing.start', cid: room.cid, user: { id: ana.id } } });
  });

  story('who does not watch hears nothing', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await ana.in(room).sendEvent({ type: 'typing.start' });
    await bob.heardNothing(room);
  });

  story('who keeps typing to themselves is not seen typing', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await town.server.partialUpdateUser({ id: ana.id, set: { privacy_settings: { typing_indicators: { enabled: false } } } });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await ana.in(room).sendEvent({ type: 'typing.start' });
    await bob.heardNothing(room);
  });

  story('no typing where the channel type has none', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const room = await town.room({ type: 'livestream', members: [ana, bob] });
    await bob.watches(room);
    await bob.settles(room);
    const answer = await ana.in(room).sendEvent({ type: 'typing.start' }).catch((error: { code: number }) => error);
    if ('code' in answer) expect([18, 19]).toContain(answer.code);
    await bob.heardNothing(room);
  });

  story('an outsider may not type', async ({ town }) => {
    const [, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    await refuses(cleo.in(room).sendEvent({ type: 'typing.start' }), 17, 403);
    await bob.heardNothing(room);
  });
});
