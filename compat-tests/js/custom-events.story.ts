// S17.4: events of the application's own making.
import { describe, expect, refuses, story } from '../harness';

describe('S17.4 custom events', () => {
  story('a wave reaches everybody who watches, with its fields flat', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const answer = await ana.in(room).sendEvent({ type: 'wave', strength: 3, hand: { side: 'left' } } as never);
    expect(answer.event).toMatchObject({ type: 'wave', strength: 3 });
    for (const one of [ana, bob]) {
      const [wave] = await one.heard(['wave'], room);
      expect(wave).toMatchObject({
        cid: room.cid,
        channel_type: room.type,
        channel_id: room.id,
        user: { id: ana.id, name: 'Ana' },
        strength: 3,
        hand: { side: 'left' },
        created_at: expect.any(String),
      });
    }
  });

  story('built-in events cannot be forged', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    for (const type of ['message.new', 'message.deleted', 'channel.updated', 'member.added', 'notification.mark_read', 'health.check', 'user.banned', 'connection.recovered']) {
      const refused = await ana.in(room).sendEvent({ type: type as 'message.new' }).then(
        () => undefined,
        (error: { code: number; status: number }) => error,
      );
      expect(refused, type).toMatchObject({ status: expect.any(Number) });
      expect([400, 403], type).toContain(refused?.status);
    }
    await bob.heardNothing(room);
  });

  story('malformed events are refused', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const path = `/channels/${room.type}/${room.id}/event`;
    for (const body of [{}, { event: {} }, { event: { type: '' } }, { event: { type: 5 } }, { event: 'wave' }]) {
      await refuses(ana.post(path, body), 4, 400);
    }
    await refuses(ana.post(path, { event: { type: 'wave', weight: 'w'.repeat(6_000) } }), 22, 413);
    await bob.heardNothing(room);
  });

  story('no custom events where the channel type has none, none from outsiders', async ({ town }) => {
    const [ana, cleo] = await town.people('ana', 'cleo');
    const live = await town.room({ type: 'livestream', members: [ana] });
    const refused = await ana.in(live).sendEvent({ type: 'wave' as 'message.new' }).catch((error: { code: number; status: number }) => error);
    expect(refused).toMatchObject({ status: 400 });
    expect([18, 19]).toContain((refused as { code: number }).code);
    const room = await town.room({ members: [ana] });
    await refuses(cleo.in(room).sendEvent({ type: 'wave' as 'message.new' }), 17, 403);
  });

  story('a server sends one person an event, on all his devices', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const phone = await town.secondDevice(ana);
    await Promise.all([ana.settles(), phone.settles(), bob.settles()]);
    await town.server.sendUserCustomEvent(ana.id, { type: 'friendship-request', from: bob.id, deep: { er: [1] } } as never);
    for (const device of [ana, phone]) {
      const [event] = await device.heard(['friendship-request']);
      expect(event).toMatchObject({ from: bob.id, deep: { er: [1] }, created_at: expect.any(String) });
    }
    await bob.heardNothing();
    const says = (to: string, event: object) => town.server.sendUserCustomEvent(to, event as never);
    await refuses(ana.client.sendUserCustomEvent(bob.id, { type: 'poke' }), 17, 403, 'server side');
    await refuses(says('nobody-at-all', { type: 'poke' }), 16, 404);
    for (const type of ['', 'message.new', 'a.b']) await refuses(says(ana.id, { type }), 4, 400, 'event.type');
    await refuses(says(ana.id, { type: 'poke', weight: 'w'.repeat(6_000) }), 22, 413);
    await ana.heardNothing();
  });

  story('a server sends for somebody', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await town.at(room).sendEvent({ type: 'wave', user_id: bob.id } as never);
    const [wave] = await ana.heard(['wave'], room);
    expect(wave.user.id).toBe(bob.id);
    await refuses(town.at(room).sendEvent({ type: 'wave' as 'message.new' }), 4, 400);
  });
});
