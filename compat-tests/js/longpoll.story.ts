// S20: clients that no WebSocket reaches. The SDK falls back by itself and chats on; the rest is asked without it.
import { createServer, connect as dial, type AddressInfo, type Server, type Socket } from 'node:net';
import { StreamChat, type Event } from 'stream-chat';

import { describe, Ear, expect, type Frame, hosted, KEY, raw, type Room, soon, story, type Town } from '../harness';

const BACK = 25_000;

/** The SDK where WebSockets never open, and what it dispatched. */
class Poller extends Ear {
  readonly client: StreamChat;
  readonly recovered: Promise<void>;

  constructor(
    readonly id: string,
    rest: string,
  ) {
    super(id, () => false);
    this.client = new StreamChat(KEY, { baseURL: rest, timeout: 15_000, allowServerSideConnect: true, enableWSFallback: true });
    // Nobody listens on port 1: this is what a proxy that knows no WebSockets looks like.
    this.client.wsBaseURL = 'ws://127.0.0.1:1';
    this.client.defaultWSTimeoutWithFallback = 500;
    this.client.on((event: Event) => this.record(event as unknown as Frame));
    this.recovered = new Promise((done) => this.client.on('connection.recovered', () => done()));
  }

  async connects(token: string) {
    return (await this.client.connectUser({ id: this.id, name: this.id }, token)) as unknown as Frame;
  }

  watches(room: Room) {
    return this.client.channel(room.type, room.id).watch();
  }
}

/** The SDK's client, gone at the end of the story. */
async function polling<T>(town: Town, word: string, rest: string, tells: (poller: Poller) => Promise<T>): Promise<T> {
  const poller = new Poller(town.name(word), rest);
  try {
    return await tells(poller);
  } finally {
    await poller.client.disconnectUser(500);
  }
}

const json = (id: string) => JSON.stringify({ user_id: id, user_details: { id } });

const opens = async (base: string, id: string, token: string) => {
  const answer = await raw.request(base, '/longpoll', { token, query: { json: json(id), user_id: id } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.event as Frame;
};

const polls = (base: string, token: string, connection_id: string) => raw.request(base, '/longpoll', { token, query: { connection_id } });

/** Every event of as many polls as it takes to hear of `type`. */
async function hears(base: string, token: string, connection: string, type: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let turn = 0; turn < 50; turn += 1) {
    const answer = await polls(base, token, connection);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    frames.push(...answer.body.events);
    if (frames.some((frame) => frame.type === type)) return frames;
  }
  throw new Error(`no ${type} among ${frames.map((frame) => frame.type).join(', ')}`);
}

describe('S20 long-poll', () => {
  story('the SDK falls back and chats on', async ({ town }) => {
    const bob = await town.person('bob');
    await polling(town, 'ana', town.nodes[0], async (ana) => {
      const hello = await ana.connects(town.token(ana.id));
      expect(hello).toMatchObject({ type: 'health.check', me: { id: ana.id, mutes: [], channel_mutes: [] } });
      await ana.hears('transport.changed', { mode: 'longpoll' });
      const room = await town.room({ members: [ana.id, bob] });
      await ana.watches(room);
      await bob.watches(room);
      await bob.says(room, 'hello');
      await ana.hears('message.new', { message: { text: 'hello' } });
      await ana.client.channel(room.type, room.id).sendMessage({ text: 'hello yourself' });
      await bob.hears('message.new', { message: { text: 'hello yourself' } });
      for (const text of ['one', 'two', 'three', 'four', 'five']) await bob.says(room, text);
      await ana.hears('message.new', { message: { text: 'five' } });
      const heard = ana.frames.filter((frame) => frame.type === 'message.new').map((frame) => frame.message.text);
      expect(heard).toEqual(['hello', 'hello yourself', 'one', 'two', 'three', 'four', 'five']);
      expect(ana.client.channel(room.type, room.id).state.messages.map((message) => message.text)).toEqual(heard);
    });
  });

  story('the connection is as good as a socket: presence, watching, and their end', async ({ town }) => {
    const [bob] = await town.people('bob');
    const [ana] = await town.users('ana');
    const token = town.token(ana);
    const base = bob.place.rest;
    const room = await town.room({ members: [ana, bob] });
    await bob.watches(room, { presence: true });
    await bob.settles(room);
    const { connection_id, me } = await opens(base, ana, token);
    expect(me).toMatchObject({ id: ana, online: true });
    await bob.hears('user.presence.changed', { user: { id: ana, online: true } });
    const watched = await raw.request(base, `/channels/${room.type}/${room.id}/query`, { token, query: { connection_id }, body: { watch: true, state: true } });
    expect(watched.status).toBe(201);
    await bob.hears('user.watching.start', { user: { id: ana }, watcher_count: 2 });
    for (const text of ['one', 'two', 'three']) await bob.says(room, text);
    const frames = await hears(base, token, connection_id, 'message.new');
    while (frames.filter((frame) => frame.type === 'message.new').length < 3) frames.push(...(await polls(base, token, connection_id)).body.events);
    expect(frames.filter((frame) => frame.type === 'message.new').map((frame) => frame.message.text)).toEqual(['one', 'two', 'three']);
    const closed = await raw.request(base, '/longpoll', { token, query: { close: 'true', connection_id } });
    expect(closed.status).toBe(200);
    await bob.hears('user.watching.stop', { user: { id: ana }, watcher_count: 1 });
    await bob.hears('user.presence.changed', { user: { id: ana, online: false } });
    const late = await polls(base, token, connection_id);
    expect({ status: late.status, code: late.body.code }).toEqual({ status: 400, code: 46 });
  });

  story('any node answers the polls of a connection', async ({ town }) => {
    const [owner, other] = [town.nodes[0], town.nodes[town.nodes.length - 1]];
    const [ana, bob] = await town.users('ana', 'bob');
    const token = town.token(ana);
    const room = await town.room({ members: [ana, bob] });
    const { connection_id } = await opens(owner, ana, token);
    const heard: Frame[] = [];
    for (const base of [other, owner, other]) {
      const polled = hears(base, token, connection_id, 'notification.message_new');
      await town.says(room, bob, base);
      heard.push(...(await polled));
    }
    expect(heard.filter((frame) => frame.type === 'notification.message_new').map((frame) => frame.message.text)).toEqual([other, owner, other]);
    expect((await raw.request(other, '/longpoll', { token, query: { close: 'true', connection_id } })).status).toBe(200);
    const gone = async () => expect((await polls(owner, token, connection_id)).body.code).toBe(46);
    await soon(gone);
  });

  story('an idle poll comes back empty within what clients wait for', { timeout: 45_000 }, async ({ town }) => {
    const [ana] = await town.users('ana');
    const token = town.token(ana);
    const { connection_id } = await opens(town.nodes[0], ana, token);
    const start = Date.now();
    const answer = await polls(town.nodes[0], token, connection_id);
    expect(answer.body).toMatchObject({ events: [], duration: expect.any(String) });
    expect(Date.now() - start).toBeGreaterThan(15_000);
    expect(Date.now() - start).toBeLessThan(25_000);
  });

  story('ids that are nobody’s, somebody else’s, or a socket’s', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const base = town.nodes[0];
    const { connection_id } = await opens(base, bob.id, town.token(bob.id));
    const refused = async (token: string, id: string) => {
      const { status, body } = await polls(base, token, id);
      return { status, code: body.code };
    };
    const unknown = { status: 400, code: 46 };
    expect(await refused(town.token(ana.id), crypto.randomUUID())).toEqual(unknown);
    expect(await refused(town.token(ana.id), connection_id)).toEqual(unknown);
    expect(await refused(town.token(ana.id), ana.client._getConnectionID() ?? '')).toEqual(unknown);
    expect((await raw.request(base, '/longpoll', { token: town.token(ana.id), query: { close: 'true', connection_id } })).status).toBe(200);
    expect((await raw.request(base, '/longpoll', { query: { connection_id } })).body.code).toBe(5);
    const polled = polls(base, town.token(bob.id), connection_id);
    await bob.client.muteUser(ana.id);
    expect((await polled).body.events.map((frame: Frame) => frame.type)).toContain('notification.mutes_updated');
    await bob.hears('notification.mutes_updated');
  });

  story('refused as on the socket', async ({ town }) => {
    const id = town.name('ana');
    const ask = async (token: string, query: Record<string, string>, headers = {}) => {
      const { status, body } = await raw.request(town.nodes[0], '/longpoll', { token, query, headers });
      return { status, code: body.code };
    };
    expect(await ask(town.token(`${id}-other`), { json: json(id) })).toEqual({ status: 401, code: 5 });
    expect(await ask(raw.serverToken(), { json: json(id) })).toEqual({ status: 401, code: 5 });
    expect(await ask(town.token(id), { json: '{"user_id":' })).toEqual({ status: 400, code: 4 });
    expect(await ask(town.token(id), {})).toEqual({ status: 400, code: 4 });
    const anonymous = { json: JSON.stringify({ user_id: id, user_details: { id, anon: true } }) };
    const hello = await raw.request(town.nodes[0], '/longpoll', { token: '', query: anonymous, headers: { 'stream-auth-type': 'anonymous' } });
    expect(hello.body.event.me).toMatchObject({ id: '!anon', role: 'anonymous' });
  });
});

/** A port that stays while the server behind it comes and goes, as a proxy's does: who calls meanwhile waits. */
async function front(port: () => number): Promise<{ url: string; close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client)).on('error', () => client.destroy());
    const call = () => {
      if (client.destroyed) return;
      const behind = dial(port(), '127.0.0.1');
      behind.once('connect', () => {
        client.pipe(behind).pipe(client);
        client.once('close', () => behind.destroy());
        behind.once('close', () => client.destroy());
      });
      behind.on('error', () => (behind.connecting || behind.bytesRead === 0 ? setTimeout(call, 50) : client.destroy()));
    };
    call();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        for (const client of open) client.destroy();
        server.close(() => closed());
      }),
  };
}

const portOf = (node: { url: string }) => Number(new URL(node.url).port);

describe.skipIf(process.env.WEIR_NODES === '2')('S20 restart', () => {
  hosted('polls go on over a restart, and what was missed is recovered', { timeout: 60_000 }, async ({ host }) => {
    const redis = await host.redis();
    let node = await host.node({ redisUrl: redis.url });
    const town = host.town(node);
    const proxy = await front(() => portOf(node));
    try {
      await polling(town, 'ana', proxy.url, async (ana) => {
        const [bob] = await town.users('bob');
        await ana.connects(town.token(ana.id));
        const room = await town.room({ members: [ana.id, bob] });
        await ana.watches(room);
        await town.says(room, bob, 'before');
        await ana.hears('message.new', { message: { text: 'before' } });
        const old = ana.client._getConnectionID();
        await node.stop();
        node = await host.node({ redisUrl: redis.url });
        const after = host.town(node);
        await after.says(room, bob, 'meanwhile');
        await ana.recovered;
        expect(ana.client._getConnectionID()).not.toBe(old);
        expect(ana.client.channel(room.type, room.id).state.messages.map((message) => message.text)).toEqual(['before', 'meanwhile']);
        await after.says(room, bob, 'after');
        await ana.hears('message.new', { message: { text: 'after' } }, BACK);
      });
    } finally {
      await proxy.close();
    }
  });
});
