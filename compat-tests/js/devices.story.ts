// Devices and push preferences: where somebody is notified, and of what.
import type { BaseDeviceFields, Device } from 'stream-chat';
import { describe, expect, ms, Person, random, refuses, refusesWith, story, type Town } from '../harness';

const ids = async (one: Person) => ((await one.client.getDevices()).devices ?? []).map((device) => device.id);

/** What a browser's `PushSubscription` says, as a device. */
const browser = (keys: object = {}) => ({
  id: `https://push.example.org/${random()}`,
  push_provider: 'webpush',
  keys: { p256dh: Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]).toString('base64url'), auth: Buffer.alloc(16, 1).toString('base64url'), ...keys },
});

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** The same person, as another connection finds them. */
const meOf = async (town: Town, one: Person) => (await town.secondDevice(one)).frames[0].me;

describe('devices', () => {
  story('are kept by their owner, newest first; the same again changes nothing', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const [phone, tablet] = [random(), random()];
    await ana.client.addDevice(phone, 'apn');
    await ana.client.addDevice(tablet, 'firebase', undefined, 'main');
    await ana.client.addDevice(phone, 'apn');
    const devices = (await ana.client.getDevices()).devices as Device[];
    expect(devices).toMatchObject([
      { id: tablet, push_provider: 'firebase', push_provider_name: 'main', user_id: ana.id },
      { id: phone, push_provider: 'apn', user_id: ana.id },
    ]);
    expect(devices[1]).not.toHaveProperty('push_provider_name');
    expect(ms(devices[0].created_at)).toBeGreaterThan(ms(devices[1].created_at));
    expect(await ids(bob)).toEqual([]);
    expect((await meOf(town, ana)).devices).toEqual(devices);
    await ana.client.removeDevice(phone);
    expect(await ids(ana)).toEqual([tablet]);
    await ana.client.removeDevice(random());
    expect((await meOf(town, ana)).devices).toHaveLength(1);
  });

  story('a device may come with the connection', async ({ town }) => {
    const ana = town.stranger('ana');
    const device: BaseDeviceFields = { id: random(), push_provider: 'firebase' };
    ana.client.setLocalDevice(device);
    const hello = await ana.connects(town.token(ana.id));
    expect(hello.me.devices).toMatchObject([{ ...device, user_id: ana.id }]);
    expect(await ids(ana)).toEqual([device.id]);
  });

  story('a device that somebody else signs in on moves to them', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const phone = random();
    await ana.client.addDevice(phone, 'apn');
    await bob.client.addDevice(phone, 'apn');
    expect([await ids(ana), await ids(bob)]).toEqual([[], [phone]]);
    expect((await meOf(town, ana)).devices).toEqual([]);
    await refuses(ana.client.removeDevice(phone), 17, 403, 'belongs to another user');
    expect(await ids(bob)).toEqual([phone]);
  });

  story('two who claim one device at once: one of them has it', async ({ town }) => {
    const people = await town.people('ana', 'bob', 'cleo');
    const phone = random();
    await Promise.all(people.map((one) => one.client.addDevice(phone, 'apn')));
    const holders = (await Promise.all(people.map(ids))).filter((list) => list.includes(phone));
    expect(holders).toHaveLength(1);
    const shown = await Promise.all(people.map((one) => meOf(town, one)));
    expect(shown.flatMap((me) => me.devices)).toHaveLength(1);
  });

  story('the twenty-sixth takes the place of the oldest', async ({ town }) => {
    const ana = await town.person('ana');
    const names = Array.from({ length: 26 }, (_, at) => `${at}-${random()}`);
    for (const name of names) await ana.client.addDevice(name, 'firebase');
    expect(await ids(ana)).toEqual(names.slice(1).reverse());
    const bob = await town.person('bob');
    await bob.client.addDevice(names[0], 'firebase');
    expect(await ids(bob)).toEqual([names[0]]);
  });

  story('a browser brings the keys of its subscription, and nobody is shown them', async ({ town }) => {
    const ana = await town.person('ana');
    const device = browser();
    await ana.post('/devices', device);
    const { devices } = await ana.client.getDevices();
    expect(devices).toEqual([{ id: device.id, push_provider: 'webpush', user_id: ana.id, created_at: expect.any(String) }]);
    for (const [keys, field] of [[{ auth: 'AAAA' }, 'keys.auth'], [{ p256dh: 'x' }, 'keys.p256dh'], [{ p256dh: Buffer.alloc(65).toString('base64url') }, 'keys.p256dh']] as const) {
      const refusal = await refuses(ana.post('/devices', browser(keys)), 4, 400, field);
      expect(refusal.exception_fields).toHaveProperty([field]);
    }
    await refuses(ana.post('/devices', { ...browser(), keys: undefined }), 4, 400, 'keys');
    for (const id of ['http://push.example.org/x', 'somewhere', 'https://ana@push.example.org/', `https://push.example.org/${'x'.repeat(1100)}`]) {
      await refuses(ana.post('/devices', { ...browser(), id }), 4, 400, 'https link');
    }
  });

  story('a server says whose', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const phone = random();
    await town.server.addDevice(phone, 'huawei', ana.id);
    expect((await town.server.getDevices(ana.id)).devices).toMatchObject([{ id: phone, user_id: ana.id }]);
    expect(await ids(ana)).toEqual([phone]);
    const [full] = (await town.server.queryUsers({ id: ana.id })).users;
    expect((full as { devices?: object[] }).devices).toMatchObject([{ id: phone }]);
    await refuses(town.server.addDevice(random(), 'apn'), 4, 400, 'user_id');
    await refuses(town.server.getDevices(), 4, 400, 'user_id');
    await refuses(town.server.removeDevice(phone), 4, 400, 'user_id');
    await refuses(bob.client.getDevices(ana.id), 4, 400, 'server side');
    await refuses(bob.client.addDevice(random(), 'apn', ana.id), 4, 400, 'server side');
    await refuses(bob.client.removeDevice(phone, ana.id), 4, 400, 'server side');
    await town.server.removeDevice(phone, ana.id);
    expect(await ids(ana)).toEqual([]);
  });

  story('what is no device is refused', async ({ town }) => {
    const ana = await town.person('ana');
    await refuses(ana.post('/devices', { id: random(), push_provider: 'pigeon' }), 4, 400, 'push_provider must be one of');
    await refuses(ana.post('/devices', { id: '', push_provider: 'apn' }), 4, 400, 'id is a required field');
    await refuses(ana.post('/devices', { push_provider: 'apn' }), 4, 400, 'id');
    await refuses(ana.post('/devices', { id: 'x'.repeat(256), push_provider: 'apn' }), 4, 400, 'maximum of 255');
    await refuses(ana.post('/devices', { id: 'x', push_provider: 'apn', hardware_id: 'x'.repeat(256) }), 4, 400, 'hardware_id');
    await refuses(ana.client.delete(`${ana.client.baseURL}/devices`, {}), 4, 400, 'id is a required field');
    expect(await ids(ana)).toEqual([]);
  });
});

describe('push preferences', () => {
  story('are all of it until somebody says otherwise, and `default` takes that back', async ({ town }) => {
    const ana = await town.person('ana');
    const all = { chat_level: 'all', call_level: 'all', feeds_level: 'all' };
    expect((await meOf(town, ana)).push_preferences).toEqual(all);
    const until = inAnHour();
    const answer = await ana.client.setPushPreferences([{ chat_level: 'direct_mentions', call_level: 'none', disabled_until: until, chat_preferences: { thread_replies: 'none' } }]);
    const mine = { ...all, chat_level: 'direct_mentions', call_level: 'none', chat_preferences: { thread_replies: 'none' }, disabled_until: expect.any(String) };
    expect(answer.user_preferences).toEqual({ [ana.id]: mine });
    expect(answer.user_channel_preferences).toEqual({});
    expect(ms(answer.user_preferences[ana.id].disabled_until)).toBe(ms(until));
    expect((await meOf(town, ana)).push_preferences).toEqual(mine);
    await ana.client.setPushPreferences([{ remove_disable: true }]);
    expect((await meOf(town, ana)).push_preferences).toEqual({ ...mine, disabled_until: undefined });
    const back = await ana.client.setPushPreferences([{ chat_level: 'default', call_level: 'default', chat_preferences: {} }]);
    expect(back.user_preferences[ana.id]).toEqual(all);
  });

  story('of one channel come with its state, to that person only', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const answer = await ana.client.setPushPreferences([{ channel_cid: room.cid, chat_level: 'none' }, { chat_level: 'all_mentions' }]);
    expect(answer.user_channel_preferences).toEqual({ [ana.id]: { [room.cid]: { chat_level: 'none' } } });
    expect(answer.user_preferences[ana.id].chat_level).toBe('all_mentions');
    const phone = await town.secondDevice(ana);
    expect((await phone.watches(room)).push_preferences).toEqual({ chat_level: 'none' });
    const [channel] = await phone.client.queryChannels({ cid: room.cid });
    expect(channel.push_preferences).toEqual({ chat_level: 'none' });
    expect(await bob.watches(room)).not.toHaveProperty('push_preferences');
    await ana.client.setPushPreferences([{ channel_cid: room.cid, chat_level: 'default', disabled_until: inAnHour() }]);
    expect((await ana.watches(room)).push_preferences).toEqual({ disabled_until: expect.any(String) });
    const back = await ana.client.setPushPreferences([{ channel_cid: room.cid, remove_disable: true }]);
    expect(back.user_channel_preferences).toEqual({ [ana.id]: { [room.cid]: {} } });
    expect(await ana.watches(room)).not.toHaveProperty('push_preferences');
  });

  story('a moment that is over disables nothing', async ({ town }) => {
    const ana = await town.person('ana');
    const answer = await ana.client.setPushPreferences([{ disabled_until: '2020-01-01T00:00:00Z' }]);
    expect(answer.user_preferences[ana.id]).not.toHaveProperty('disabled_until');
  });

  story('a server sets them for several people at once', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const answer = await town.server.setPushPreferences([
      { user_id: ana.id, chat_level: 'none' },
      { user_id: bob.id, channel_cid: room.cid, chat_level: 'mentions' },
    ]);
    expect(answer.user_preferences).toMatchObject({ [ana.id]: { chat_level: 'none' } });
    expect(answer.user_channel_preferences).toEqual({ [bob.id]: { [room.cid]: { chat_level: 'mentions' } } });
    expect((await bob.watches(room)).push_preferences).toEqual({ chat_level: 'mentions' });
    await refuses(town.server.setPushPreferences([{ chat_level: 'none' }]), 4, 400, 'user_id');
  });

  story('refusals write nothing', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const stranger = await town.person('cleo');
    const set = (...entries: object[]) => ana.post('/push_preferences', { preferences: entries });
    await refuses(set({ chat_level: 'none' }, { chat_level: 'loud' }), 4, 400, 'chat_level must be one of');
    await refuses(set({ call_level: 'mentions' }), 4, 400, 'call_level must be one of');
    await refuses(set({ chat_preferences: { whispers: 'all' } }), 4, 400, 'chat_preferences');
    await refuses(set({ chat_preferences: { thread_replies: 'some' } }), 4, 400, 'chat_preferences');
    await refuses(set({ chat_level: 'none' }, { channel_cid: 'kitchen' }), 4, 400, 'channel_cid');
    await refuses(set({ chat_level: 'none', disabled_until: 'tomorrow' }), 4, 400);
    await refuses(set(...Array.from({ length: 101 }, () => ({ chat_level: 'none' }))), 4, 400, 'at maximum 100');
    await refuses(ana.post('/push_preferences', {}), 4, 400, 'preferences');
    await refuses(set({ user_id: bob.id, chat_level: 'none' }), 4, 400, 'server side');
    await refuses(set({ channel_cid: `messaging:${random()}`, chat_level: 'none' }), 16, 404);
    await refusesWith(stranger.client.setPushPreferences([{ channel_cid: room.cid, chat_level: 'none' }]), [17, 403]);
    expect((await meOf(town, ana)).push_preferences.chat_level).toBe('all');
  });
});
