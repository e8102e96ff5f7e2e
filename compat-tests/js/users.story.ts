// Users made and changed by servers and by themselves.
import { describe, expect, refuses, story } from '../harness';

describe('users', () => {
  story('upsert replaces custom data and answers a map', async ({ town }) => {
    const id = town.name('ana');
    const first = await town.server.upsertUsers([{ id, name: 'Ana', role: 'admin', colour: 'teal', badge: { level: 1, name: 'cook' } }]);
    expect(Object.keys(first.users)).toEqual([id]);
    expect(first.users[id]).toMatchObject({ id, name: 'Ana', role: 'admin', colour: 'teal', badge: { level: 1 }, banned: false, online: false, teams: [], language: '' });
    const second = await town.server.upsertUser({ id, name: 'Anna' });
    expect(second.users[id]).toMatchObject({ name: 'Anna', created_at: first.users[id].created_at });
    expect(second.users[id]).not.toHaveProperty('colour');
  });

  story('a partial update sets and unsets, dotted too', async ({ town }) => {
    const [id] = await town.users({ id: 'ana', colour: 'teal', badge: { level: 1, name: 'cook' } });
    const { users } = await town.server.partialUpdateUser({ id, set: { 'badge.level': 2, age: 40 } as never, unset: ['colour', 'badge.name' as 'colour'] });
    expect(users[id]).toMatchObject({ age: 40, badge: { level: 2 } });
    expect(users[id]).not.toHaveProperty('colour');
    expect((users[id] as { badge: object }).badge).not.toHaveProperty('name');
  });

  story('a change is told to the person\'s devices and to those who watch with them, complete', async ({ town }) => {
    const [ana, bob] = await town.twoWatching();
    await town.server.partialUpdateUser({ id: bob.id, set: { colour: 'red' } });
    for (const one of [ana, bob]) {
      const event = await one.hears('user.updated');
      expect(event.user).toMatchObject({ id: bob.id, name: 'Bob', colour: 'red', role: 'user', online: true, teams: [], language: '', created_at: expect.any(String), updated_at: expect.any(String) });
      expect(event).not.toHaveProperty('cid');
    }
    expect((bob.client.user as { name?: string }).name).toBe('Bob');
  });

  story('a client changes only itself, and never its role', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const { users } = await ana.client.partialUpdateUser({ id: ana.id, set: { colour: 'teal' } });
    expect(users[ana.id]).toMatchObject({ colour: 'teal', name: 'Ana' });
    await refuses(ana.client.partialUpdateUser({ id: bob.id, set: { colour: 'red' } }), 17, 403);
    await refuses(ana.client.partialUpdateUser({ id: ana.id, set: { role: 'admin' } }), 17, 403);
    await refuses(ana.client.upsertUser({ id: bob.id, name: 'B' }), 17, 403);
    await refuses(ana.client.upsertUser({ id: ana.id, role: 'admin' }), 17, 403);
  });

  story('what cannot be stored is refused as a whole', async ({ town }) => {
    const good = town.name('good');
    const bad: object[] = [{ id: 'a b' }, { id: 'x'.repeat(256) }, { id: town.name('big'), colour: 'c'.repeat(6_000) }, { id: town.name('x'), name: 7 }];
    for (const user of bad) {
      const refused = await town.server.upsertUsers([{ id: good }, user as { id: string }]).catch((error) => error);
      expect([400, 404, 413], JSON.stringify(user).slice(0, 80)).toContain(refused.status);
    }
    expect((await town.server.queryUsers({ id: good })).users).toEqual([]);
    await refuses(town.server.post(`${town.server.baseURL}/users`, {}), 4, 400);
    await refuses(town.server.post(`${town.server.baseURL}/users`, { users: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`u${at}`, { id: `u${at}` }])) }), 4, 400);
    const [id] = await town.users('ana');
    for (const key of ['a..b', '.a', 'a.', 'a b']) {
      await refuses(town.server.partialUpdateUser({ id, set: { [key]: 1 } as never }), 4, 400);
    }
    await refuses(town.server.partialUpdateUser({ id: 'nobody-here', set: { colour: 'x' } }), 16, 404);
  });

  story('an unchanged reconnect changes nothing', async ({ town }) => {
    const ana = await town.person('ana', { colour: 'teal' });
    const first = ana.frames[0].me.updated_at;
    const phone = town.stranger('ana');
    const hello = await phone.connects(town.token(ana.id), { name: 'Ana', colour: 'teal' });
    expect(hello.me.updated_at).toBe(first);
    await ana.settles();
    expect(ana.frames.map((frame) => frame.type)).not.toContain('user.updated');
  });

  story('app settings for a client, and for a server', async ({ town }) => {
    const ana = await town.person('ana');
    const settings = await ana.client.getAppSettings();
    expect(Object.keys(settings).sort()).toEqual(['app', 'duration']);
    expect(settings.app).toMatchObject({
      name: expect.any(String),
      auto_translation_enabled: false,
      async_url_enrich_enabled: false,
      file_upload_config: { allowed_file_extensions: expect.any(Array), blocked_file_extensions: expect.any(Array), allowed_mime_types: expect.any(Array), blocked_mime_types: expect.any(Array) },
      image_upload_config: expect.any(Object),
    });
    expect(settings.app).not.toHaveProperty('channel_configs');
    const server = await town.server.getAppSettings();
    expect(server.app?.channel_configs).toHaveProperty('messaging');
  });
});
