// Where messages were written, and finding them there.
import type { MessageFilters } from 'stream-chat';
import { describe, expect, found, type Person, random, refuses, type Room, soon, story, type Town } from '../harness';

const COLOGNE = { lat: 50.9413, long: 6.9583 };
const BONN = { lat: 50.7323, long: 7.0954 };
const BERLIN = { lat: 52.5163, long: 13.3777 };

const says = async (who: Person, room: Room, text: string, more: object) =>
  (await who.in(room).sendMessage({ id: random(), text, ...more } as never)).message as any;

const search = async (who: Person, room: Room | Room[], filter: object, options: object = {}) => {
  const cids = [room].flat().map(({ cid }) => cid);
  const answer = await who.client.search({ cid: { $in: cids } }, filter as MessageFilters, { limit: 100, ...options });
  return { ...answer, texts: answer.results.map(({ message }) => found(message.text)) };
};
const near = (place: { lat: number; long: number }, distance: number) => ({ location: { $near: { ...place, distance } } });
const within = (south: number, north: number, west: number, east: number) => ({ location: { $within: { south, north, west, east } } });

/** On every node these messages are found, and only these. */
async function finds(who: Person[], room: Room | Room[], filter: object, expected: string[]) {
  for (const one of who) {
    await soon(async () => expect((await search(one, room, filter)).texts.sort()).toEqual([...expected].sort()));
  }
}

async function cities(town: Town): Promise<[Person, Person, Room]> {
  const [ana, bob, room] = await town.two();
  await says(ana, room, 'cologne', COLOGNE);
  await says(bob, room, 'bonn', { ...BONN, accuracy: 12.5 });
  await says(ana, room, 'berlin', BERLIN);
  await says(bob, room, 'nowhere', {});
  return [ana, bob, room];
}

describe('a message', () => {
  story('says where it was written, to everybody and after an edit', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const gps = { ...BONN, accuracy: 12.5 };
    const message = await says(ana, room, 'hi', gps);
    expect(message).toMatchObject(gps);
    expect((await bob.hears('message.new', { message: { id: message.id } })).message).toMatchObject(gps);
    const edited: any = (await ana.client.partialUpdateMessage(message.id, { set: { lat: 0, long: 0 } as never })).message;
    expect(edited).toMatchObject({ lat: 0, long: 0, accuracy: 12.5 });
    const left: any = (await ana.client.partialUpdateMessage(message.id, { unset: ['lat', 'long', 'accuracy'] as never })).message;
    expect(left).not.toHaveProperty('lat');
  });

  story('zero is a place; beyond the poles, half a place, and what is no number, are none', async ({ town }) => {
    const [ana, , room] = await town.two();
    for (const [lat, long] of [[0, 0], [90, 180], [-90, -180]]) {
      expect(await says(ana, room, 'here', { lat, long })).toMatchObject({ lat, long });
    }
    expect(await says(ana, room, '', { lat: 0, long: 0, accuracy: 0 })).toMatchObject({ lat: 0, accuracy: 0 });
    expect(await says(ana, room, 'a word of its own', { accuracy: 'high' })).toMatchObject({ accuracy: 'high' });
    const wrong = (more: object, says_: RegExp) => refuses(says(ana, room, 'hi', more), 4, 400, says_);
    await wrong({ lat: 90.0001, long: 0 }, /message.lat must be a number from -90 to 90/);
    await wrong({ lat: -90.0001, long: 0 }, /message.lat must be/);
    await wrong({ lat: 0, long: 180.0001 }, /message.long must be a number from -180 to 180/);
    await wrong({ lat: 0, long: -180.0001 }, /message.long must be/);
    // JSON writes NaN and infinity as null.
    await wrong({ lat: Number.NaN, long: 0 }, /message.lat must be/);
    await wrong({ lat: 0, long: Number.POSITIVE_INFINITY }, /message.long must be/);
    for (const lat of ['50.7', true, {}, []]) await wrong({ lat, long: 0 }, /message.lat must be/);
    await wrong({ lat: 0 }, /message.long is a required field/);
    await wrong({ long: 0 }, /message.lat is a required field/);
    await wrong({ lat: 0, long: 0, accuracy: -0.1 }, /message.accuracy must be a number of metres/);
    await wrong({ lat: 0, long: 0, accuracy: 'high' }, /message.accuracy/);
    const { id } = await says(ana, room, 'here', { lat: 1, long: 1 });
    await refuses(ana.client.partialUpdateMessage(id, { set: { lat: 91 } as never }), 4, 400, /message.lat must be/);
    await refuses(ana.client.partialUpdateMessage(id, { unset: ['long'] as never }), 4, 400, /message.long is a required/);
  });
});

describe('messages are found', () => {
  story('near a point, on every node', async ({ town }) => {
    const [ana, bob, room] = await cities(town);
    await finds([ana, bob], room, near(COLOGNE, 0), ['cologne']);
    // From the one to the other it is about 25.1 km.
    await finds([ana, bob], room, near(COLOGNE, 24_000), ['cologne']);
    await finds([ana, bob], room, near(COLOGNE, 26_000), ['cologne', 'bonn']);
    await finds([ana], room, near(COLOGNE, 20_037_508), ['cologne', 'bonn', 'berlin']);
    await finds([ana], room, near({ lat: -33, long: 151 }, 100_000), []);
  });

  story('in a box, across the date line and around the pole too', async ({ town }) => {
    const [ana, bob, room] = await cities(town);
    await says(ana, room, 'fiji', { lat: -17.8, long: 179.9 });
    await says(ana, room, 'taveuni', { lat: -16.9, long: -179.9 });
    await says(ana, room, 'line', { lat: 10, long: 180 });
    await says(ana, room, 'pole', { lat: 90, long: 0 });
    await finds([ana, bob], room, within(50, 51, 6.9, 7.2), ['cologne', 'bonn']);
    await finds([ana], room, within(50.9413, 50.9413, 6.9583, 6.9583), ['cologne']);
    await finds([ana], room, within(-20, 20, 179, -179), ['fiji', 'taveuni', 'line']);
    await finds([ana], room, within(0, 20, -180, -170), ['line']);
    await finds([ana], room, near({ lat: -17.3, long: 180 }, 100_000), ['fiji', 'taveuni']);
    await finds([ana], room, near({ lat: 89.9, long: 120 }, 20_000), ['pole']);
    await finds([ana], room, within(-90, 90, -180, 180), ['cologne', 'bonn', 'berlin', 'fiji', 'taveuni', 'line', 'pole']);
  });

  story('with words, people and times; nearest first; page after page', async ({ town }) => {
    const [ana, bob, room] = await cities(town);
    await finds([ana], room, { ...near(COLOGNE, 1e6), text: 'bonn' }, ['bonn']);
    await finds([ana], room, { ...near(COLOGNE, 1e6), user_id: ana.id }, ['cologne', 'berlin']);
    await finds([ana], room, { $or: [near(BERLIN, 10), near(BONN, 10)] }, ['berlin', 'bonn']);
    const middle = await says(bob, room, 'later', { lat: 51, long: 7 });
    await finds([ana], room, { ...near(COLOGNE, 1e6), created_at: { $gte: middle.created_at } }, ['later']);
    await finds([ana], room, { ...near(COLOGNE, 1e6), created_at: { $lt: middle.created_at } }, ['cologne', 'bonn', 'berlin']);
    const sort = [{ distance: 1 }] as never;
    expect((await search(ana, room, near(COLOGNE, 1e6), { sort })).texts).toEqual(['cologne', 'later', 'bonn', 'berlin']);
    expect((await search(ana, room, near(BERLIN, 1e6), { sort })).texts[0]).toBe('berlin');
    const pages: string[][] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page: { texts: string[]; next?: string } = await search(ana, room, near(COLOGNE, 1e6), { sort, limit: 3, ...(next ? { next } : {}) });
      pages.push(page.texts);
      next = page.next;
    }
    expect(pages).toEqual([['cologne', 'later', 'bonn'], ['berlin']]);
  });

  story('where they are now: edited, moved, deleted', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await town.at(room).updatePartial({ set: { config_overrides: { shared_locations: true } } } as never);
    const message = await says(ana, room, 'written', BERLIN);
    const live = await says(ana, room, 'live', {
      shared_location: { latitude: BERLIN.lat, longitude: BERLIN.long, created_by_device_id: 'phone', end_at: new Date(Date.now() + 600_000) },
    });
    await says(ana, room, 'pin', { attachments: [{ type: 'geolocation', latitude: BERLIN.lat, longitude: BERLIN.long }] });
    await finds([ana, bob], room, near(BERLIN, 10), ['written', 'live', 'pin']);
    await ana.client.partialUpdateMessage(message.id, { set: { ...BONN } as never });
    await ana.client.updateLocation({ message_id: live.id, latitude: BONN.lat, longitude: BONN.long });
    await finds([ana, bob], room, near(BERLIN, 10), ['pin']);
    await finds([ana, bob], room, near(BONN, 10), ['written', 'live']);
    await ana.client.deleteMessage(message.id);
    await ana.client.deleteMessage(live.id, true);
    await finds([ana, bob], room, near(BONN, 10), []);
  });

  story('by those who may read them', async ({ town }) => {
    const [ana, bob, room] = await cities(town);
    const cleo = await town.person('cleo');
    const own = await town.room({ members: [cleo] });
    await says(cleo, own, 'own', COLOGNE);
    await finds([cleo], own, near(COLOGNE, 1e6), ['own']);
    await refuses(search(cleo, [room, own], near(COLOGNE, 1e6)), 70, 403);
    await town.at(room).sendMessage({ text: 'for ana', user_id: ana.id, ...COLOGNE, restricted_visibility: [ana.id] } as never);
    await finds([ana], room, near(COLOGNE, 10), ['cologne', 'for ana']);
    await finds([bob], room, near(COLOGNE, 10), ['cologne']);
    await town.at(room).removeMembers([bob.id]);
    await refuses(search(bob, room, near(COLOGNE, 1e6)), 70, 403);
  });

  story('but not by nonsense', async ({ town }) => {
    const [ana, , room] = await town.two();
    const wrong = (filter: object, says_: RegExp) => refuses(search(ana, room, filter), 4, 400, says_);
    await wrong(near({ lat: 91, long: 0 }, 1), /location.\$near.lat must be a number from -90 to 90/);
    await wrong(near({ lat: 0, long: Number.NaN }, 1), /location.\$near.long must be a number/);
    await wrong(near(BONN, -1), /distance must be a number from 0 to 20037508/);
    await wrong(near(BONN, 20_037_509), /distance/);
    await wrong({ location: { $near: BONN } }, /distance/);
    await wrong({ location: { $near: [50, 7] } }, /contains type array/);
    await wrong({ location: { $near: { ...BONN, radius: 1 } } }, /radius is not known/);
    await wrong(within(51, 50, 0, 1), /north must not be less than south/);
    await wrong(within(0, 1, -181, 0), /west must be a number/);
    await wrong({ text: { $near: { ...BONN, distance: 1 } } }, /operator .* is not allowed/);
  });

  story('an own field of that name stays what it was', async ({ town }) => {
    const [ana, , room] = await town.two();
    await says(ana, room, 'kitchen', { location: 'kitchen' });
    await says(ana, room, 'cellar', { location: 'cellar' });
    await finds([ana], room, { location: 'kitchen' }, ['kitchen']);
    await finds([ana], room, { location: { $in: ['kitchen', 'cellar'] } }, ['kitchen', 'cellar']);
  });
});
