// S16: sent, delivered, read.
import { describe, expect, ms, story } from '../harness';

describe('S16 delivery', () => {
  story('the SDK reports by itself, and the sender sees it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, 'there?');
    for (const one of [ana, bob]) {
      const event = await one.hears('message.delivered', { user: { id: bob.id } });
      expect(event).toMatchObject({
        cid: room.cid,
        channel_type: room.type,
        channel_id: room.id,
        user: { id: bob.id },
        last_delivered_message_id: message.id,
      });
      expect(ms(event.last_delivered_at)).toBeGreaterThanOrEqual(ms(message.created_at));
      expect(ms(event.created_at)).toBeGreaterThanOrEqual(ms(message.created_at));
    }
    const state = await ana.in(room).query({});
    const read = state.read?.find((one) => one.user.id === bob.id);
    expect(read).toMatchObject({ last_delivered_message_id: message.id, unread_messages: 1 });
    expect(ms(read?.last_delivered_at)).toBeGreaterThanOrEqual(ms(message.created_at));
    await bob.in(room).markAsReadRequest();
    await ana.hears('message.read', { user: { id: bob.id }, last_read_message_id: message.id });
  });

  story('a report never goes back, and unknown ids are ignored', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await ana.watches(room);
    const [one, two] = [await ana.says(room, '1'), await ana.says(room, '2')];
    await ana.settles(room);
    const report = (id: string, cid = room.cid) => bob.client.markChannelsDelivered({ latest_delivered_messages: [{ cid, id }] });
    await report(two.id);
    await ana.hears('message.delivered', { user: { id: bob.id }, last_delivered_message_id: two.id });
    await report(one.id);
    await report('nothing');
    await report('x', 'messaging:nothing');
    await ana.settles(room);
    expect(ana.frames.filter((frame) => frame.type === 'message.delivered' && frame.user.id === bob.id)).toHaveLength(1);
  });

  story('who keeps deliveries to themselves is not reported', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await ana.watches(room);
    await town.server.partialUpdateUser({ id: bob.id, set: { privacy_settings: { delivery_receipts: { enabled: false } } } });
    const message = await ana.says(room, 'there?');
    await bob.client.markChannelsDelivered({ latest_delivered_messages: [{ cid: room.cid, id: message.id }] });
    await ana.settles(room);
    expect(ana.frames.filter((frame) => frame.type === 'message.delivered' && frame.user.id === bob.id)).toEqual([]);
  });
});
