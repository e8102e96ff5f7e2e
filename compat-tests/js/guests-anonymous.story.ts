// S21: people without an account of their own.
import { describe, expect, raw, refuses, story } from '../harness';

describe('S21 guests', () => {
  story('a guest gets an id and a token, and connects with them', async ({ town }) => {
    const guest = town.stranger('gast');
    const hello = (await guest.client.setGuestUser({ id: guest.id, name: 'Gast', colour: 'teal' })) as never as { me: Record<string, unknown> };
    expect(hello.me).toMatchObject({ role: 'guest', name: 'Gast', colour: 'teal' });
    expect(hello.me.id).toMatch(new RegExp(`^guest-.+-${guest.id}$`));
    expect(guest.client.userID).toBe(hello.me.id);
  });

  story('a guest may read and watch a livestream, and nothing in messaging', async ({ town }) => {
    const [ana, , room] = await town.two();
    const live = await town.room({ type: 'livestream', members: [ana] });
    const guest = town.stranger('gast');
    await guest.client.setGuestUser({ id: guest.id });
    const state = await guest.watches(live);
    expect(state.watcher_count).toBe(1);
    await guest.hears('user.watching.start');
    await ana.says(live, 'live');
    await guest.hears('message.new', { message: { text: 'live' } });
    await refuses(guest.watches(room), 17, 403);
    await refuses(guest.says(live, 'me too'), 17, 403);
    await refuses(guest.client.channel('messaging', crypto.randomUUID(), {}).create(), 17, 403);
  });

  story('two guests of one name are two', async ({ town }) => {
    const ask = () =>
      raw.request(town.nodes[0], '/guest', { body: { user: { id: town.name('gast') } }, headers: { 'stream-auth-type': 'anonymous', Authorization: '' } });
    const [one, two] = await Promise.all([ask(), ask()]);
    expect(one.body).toMatchObject({ user: { role: 'guest' }, access_token: expect.any(String), duration: expect.any(String) });
    expect(one.body.user.id).not.toBe(two.body.user.id);
  });

  story('a guest needs an id', async ({ town }) => {
    for (const body of [{}, { user: {} }, { user: { id: 7 } }, { user: { id: 'a b' } }]) {
      const answer = await raw.request(town.nodes[0], '/guest', { body, headers: { 'stream-auth-type': 'anonymous', Authorization: '' } });
      expect({ status: answer.status, code: answer.body.code }, JSON.stringify(body)).toEqual({ status: 400, code: 4 });
    }
  });
});

describe('S21 anonymous', () => {
  story('each anonymous connection is a watcher of its own; none of them counts or writes', async ({ town }) => {
    const ana = await town.person('ana');
    const live = await town.room({ type: 'livestream', members: [ana] });
    const [one, two] = [town.stranger('x'), town.stranger('y')];
    const hello = (await one.client.connectAnonymousUser()) as never as { me: Record<string, unknown> };
    expect(hello.me).toMatchObject({ role: 'anonymous', total_unread_count: 0, unread_channels: 0, mutes: [], channel_mutes: [] });
    expect(hello.me.id).toMatch(/^!anon/);
    await two.client.connectAnonymousUser();
    expect((await one.watches(live)).watcher_count).toBe(1);
    expect((await two.watches(live)).watcher_count).toBe(2);
    const start = await one.hears('user.watching.start', { watcher_count: 2 });
    expect(start.user.id).toMatch(/^!anon/);
    await ana.says(live, 'welcome');
    await one.hears('message.new', { message: { text: 'welcome' } });
    await two.hears('message.new');
    await refuses(one.says(live, 'me too'), 17, 403);
    await refuses(one.client.channel('messaging', crypto.randomUUID(), {}).create(), 17, 403);
    await two.leaves();
    await one.hears('user.watching.stop', { watcher_count: 1 }, 20_000);
  });

  story('nothing in messaging is for the anonymous', async ({ town }) => {
    const [, , room] = await town.two();
    const one = town.stranger('x');
    await one.client.connectAnonymousUser();
    await refuses(one.watches(room), 17, 403);
    expect(await one.client.queryChannels({}, [], { watch: false, limit: 5 })).toSatisfy((channels: { type: string }[]) => channels.every((channel) => channel.type === 'livestream'));
  });
});
