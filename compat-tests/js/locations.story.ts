// S17: shared locations: one that stays, one that moves until it ends.
import { LiveLocationManager } from 'stream-chat';

import { describe, expect, found, ms, type Person, random, refuses, type Room, soon, story, type Town } from '../harness';

const MINUTE = 60_000;
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE).toISOString();

/** Two members of a channel in which locations can be shared. */
async function sharing(town: Town): Promise<[Person, Person, Room]> {
  const [ana, bob, room] = await town.twoWatching();
  await town.at(room).updatePartial({ set: { config_overrides: { shared_locations: true } } } as never);
  await Promise.all([ana.settles(room), bob.settles(room)]);
  return [ana, bob, room];
}

const place = (more: object = {}) => ({ latitude: 50.73, longitude: 7.1, created_by_device_id: 'phone-1', ...more });

const share = async (person: Person, room: Room, location: object): Promise<any> => {
  const { message } = await person.in(room).sendMessage({ id: random(), shared_location: location } as never);
  return message;
};

const own = async (person: Person) => (await person.client.getSharedLocations()).active_live_locations;

describe('a location', () => {
  story('that stays is a message without text, for everybody', async ({ town }) => {
    const [ana, bob, room] = await sharing(town);
    const id = random();
    const { message }: any = await ana.in(room).sendSharedLocation(place({ message_id: id }) as never);
    expect(message).toMatchObject({ id, text: '', type: 'regular' });
    expect(message.shared_location).toEqual({
      channel_cid: room.cid,
      message_id: id,
      user_id: ana.id,
      latitude: 50.73,
      longitude: 7.1,
      created_by_device_id: 'phone-1',
      created_at: message.created_at,
      updated_at: message.created_at,
    });
    const event = await bob.hears('message.new', { message: { id } });
    expect(event.message.shared_location).toEqual(message.shared_location);
    const state: any = await bob.in(room).query({ messages: { limit: 5 } });
    expect(state.messages[0].shared_location).toEqual(message.shared_location);
    expect(state).not.toHaveProperty('active_live_locations');
    expect(await own(ana)).toEqual([]);
    await refuses(ana.put('/users/live_locations', { message_id: id, latitude: 1 }), 4, 400, /no live location/);
  });

  story('zero is a place; beyond the poles, and what is no number, is none', async ({ town }) => {
    const [ana, bob, room] = await sharing(town);
    const cleo = await town.person('cleo');
    for (const [latitude, longitude] of [[0, 0], [90, 180], [-90, -180]]) {
      expect((await share(ana, room, place({ latitude, longitude }))).shared_location).toMatchObject({ latitude, longitude });
    }
    const wrong = (location: object) => share(ana, room, location);
    await refuses(wrong(place({ latitude: 90.0001 })), 4, 400, /latitude must be a number from -90 to 90/);
    await refuses(wrong(place({ latitude: -90.0001 })), 4, 400, /latitude/);
    await refuses(wrong(place({ longitude: 180.0001 })), 4, 400, /longitude must be a number from -180 to 180/);
    await refuses(wrong(place({ longitude: -181 })), 4, 400, /longitude/);
    for (const latitude of ['NaN', '50.7', true, {}]) await refuses(wrong(place({ latitude })), 4, 400, /latitude/);
    // JSON writes NaN as null, which is nothing.
    await refuses(wrong(place({ latitude: Number.NaN })), 4, 400, /latitude is a required field/);
    await refuses(wrong({ latitude: 1, created_by_device_id: 'x' }), 4, 400, /longitude is a required field/);
    await refuses(wrong({ latitude: 1, longitude: 1 }), 4, 400, /created_by_device_id is a required field/);
    await refuses(wrong(place({ created_by_device_id: '' })), 4, 400, /created_by_device_id/);
    await wrong(place({ created_by_device_id: 'd'.repeat(255) }));
    await refuses(wrong(place({ created_by_device_id: 'd'.repeat(256) })), 4, 400, /255/);
    await refuses(wrong(place({ end_at: inMinutes(-1) })), 4, 400, /end_at must lie in the future/);
    await refuses(wrong(place({ end_at: 'soon' })), 4, 400, /end_at/);
    const closed = await town.room({ type: 'livestream', members: [ana, bob] });
    await refuses(share(ana, closed, place()), 19, 400, /not enabled/);
    await refuses(share(cleo, room, place()), 17, 403);
  });
});

describe('a live location', () => {
  story('moves, for all who watch, until it is stopped', async ({ town }) => {
    const [ana, bob, room] = await sharing(town);
    const end_at = inMinutes(15);
    const message = await share(ana, room, place({ end_at }));
    expect(ms(message.shared_location.end_at)).toBe(ms(end_at));
    await Promise.all([ana.settles(room), bob.settles(room)]);
    expect(await own(ana)).toEqual([message.shared_location]);
    expect(await own(bob)).toEqual([]);
    const moved: any = await ana.client.updateLocation({ message_id: message.id, latitude: 0, longitude: -0.5 });
    expect(moved).toMatchObject({ message_id: message.id, channel_cid: room.cid, latitude: 0, longitude: -0.5, created_by_device_id: 'phone-1', duration: expect.any(String) });
    expect(moved.end_at).toBe(message.shared_location.end_at);
    expect(ms(moved.updated_at)).toBeGreaterThan(ms(moved.created_at));
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['message.updated'], room);
      expect(event).toMatchObject({ cid: room.cid, message: { id: message.id, shared_location: { latitude: 0, longitude: -0.5 } } });
    }
    const state: any = await bob.in(room).query({});
    expect(state.active_live_locations).toMatchObject([{ message_id: message.id, user_id: ana.id, latitude: 0, longitude: -0.5 }]);
    const { channels }: any = await bob.post('/channels', { filter_conditions: { cid: room.cid } });
    expect(channels[0].active_live_locations).toHaveLength(1);
    await ana.in(room).stopLiveLocationSharing({ message_id: message.id, created_by_device_id: 'phone-1' });
    const [stopped] = await bob.heard(['message.updated'], room);
    expect(ms(stopped.message.shared_location.end_at)).toBeLessThanOrEqual(Date.now() + 1000);
    await soon(async () => expect(await own(ana)).toEqual([]));
    expect(await bob.in(room).query({})).not.toHaveProperty('active_live_locations');
    await refuses(ana.client.updateLocation({ message_id: message.id, latitude: 1 }), 4, 400, /has ended/);
    await refuses(ana.client.updateLocation({ message_id: message.id, end_at: inMinutes(5) }), 4, 400, /has ended/);
  });

  story('ends by itself', async ({ town }) => {
    const [ana, bob, room] = await sharing(town);
    const message = await share(ana, room, place({ end_at: new Date(Date.now() + 2_000).toISOString() }));
    expect(await own(ana)).toHaveLength(1);
    expect(((await bob.in(room).query({})) as any).active_live_locations).toHaveLength(1);
    await soon(async () => expect(await own(ana)).toEqual([]));
    expect(Date.now()).toBeGreaterThanOrEqual(ms(message.shared_location.end_at) - 50);
    expect(await bob.in(room).query({})).not.toHaveProperty('active_live_locations');
    await refuses(ana.client.updateLocation({ message_id: message.id, latitude: 1 }), 4, 400, /has ended/);
  });

  story('belongs to its sender; what is deleted or truncated is shared no more', async ({ town }) => {
    const [ana, bob, room] = await sharing(town);
    const [one, two] = [await share(ana, room, place({ end_at: inMinutes(15) })), await share(ana, room, place({ end_at: inMinutes(20) }))];
    const update = (person: Person, more: object): Promise<unknown> => person.put('/users/live_locations', { message_id: one.id, ...more });
    await refuses(update(bob, { latitude: 1 }), 17, 403);
    await refuses(update(ana, { latitude: 91 }), 4, 400, /latitude/);
    await refuses(update(ana, { longitude: 'x' }), 4, 400, /longitude/);
    await refuses(update(ana, { created_by_device_id: '' }), 4, 400, /created_by_device_id/);
    await refuses(ana.put('/users/live_locations', { latitude: 1 }), 4, 400, /message_id/);
    await refuses(ana.put('/users/live_locations', { message_id: 'nothing', latitude: 1 }), 16, 404);
    await refuses(town.server.put(`${town.server.baseURL}/users/live_locations`, { message_id: one.id }), 4, 400, /user_id/);
    const byServer: any = await town.server.put(`${town.server.baseURL}/users/live_locations`, { message_id: one.id, latitude: 1, user_id: ana.id });
    expect(byServer).toMatchObject({ latitude: 1, longitude: 7.1 });
    // An edit of the message leaves its location alone.
    await ana.client.updateMessage({ id: one.id, text: 'on my way', shared_location: { ...one.shared_location, latitude: 33 } } as never);
    expect((await ana.client.getMessage(one.id)).message).toMatchObject({ text: 'on my way', shared_location: { latitude: 1 } });
    expect((await own(ana)).map((each) => each.message_id)).toEqual([one.id, two.id]);
    await ana.client.deleteMessage(one.id);
    expect((await own(ana)).map((each) => each.message_id)).toEqual([two.id]);
    expect(((await bob.in(room).query({})) as any).active_live_locations).toMatchObject([{ message_id: two.id }]);
    await town.at(room).truncate();
    expect(await own(ana)).toEqual([]);
    expect(await bob.in(room).query({})).not.toHaveProperty('active_live_locations');
  });

  story('a hundred at a time, and not one more', async ({ town }) => {
    const [ana, , room] = await sharing(town);
    let last = '';
    for (let at = 0; at < 100; at += 1) last = (await share(ana, room, place({ end_at: inMinutes(15) }))).id;
    await refuses(share(ana, room, place({ end_at: inMinutes(15) })), 4, 400, /at most 100 live locations/);
    await share(ana, room, place());
    await ana.client.updateLocation({ message_id: last, end_at: inMinutes(-1) });
    await share(ana, room, place({ end_at: inMinutes(15) }));
  });

  story('the SDK follows its own, and sends where it is', async ({ town }) => {
    const [ana, bob, room] = await sharing(town);
    let moves: ((where: { latitude: number; longitude: number }) => void) | undefined;
    const manager = new LiveLocationManager({
      client: ana.client,
      getDeviceId: () => 'phone-1',
      watchLocation: (handler) => {
        moves = handler;
        return () => {
          moves = undefined;
        };
      },
    });
    const early = await share(ana, room, place({ end_at: inMinutes(15) }));
    await manager.init();
    expect([...manager.messages.keys()]).toEqual([early.id]);
    const id = random();
    await ana.in(room).sendSharedLocation(place({ message_id: id, end_at: inMinutes(20) }) as never);
    await soon(() => expect([...manager.messages.keys()].sort()).toEqual([early.id, id].sort()));
    found(moves)({ latitude: 1, longitude: 2 });
    for (const one of [early.id, id]) {
      await soon(() => expect(manager.messages.get(one)).toMatchObject({ latitude: 1, longitude: 2 }));
    }
    await soon(async () => {
      const { messages } = await bob.in(room).query({ messages: { limit: 5 } });
      expect(messages.map((message) => message.shared_location?.latitude)).toEqual([1, 1]);
    });
    await ana.in(room).stopLiveLocationSharing({ message_id: id, created_by_device_id: 'phone-1' });
    await ana.client.deleteMessage(early.id);
    await soon(() => expect(manager.messages.size).toBe(0));
    expect(moves).toBeUndefined();
    manager.unregisterSubscriptions();
  });
});
