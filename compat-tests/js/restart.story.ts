// S18.4 and S18.5: a server goes and comes back; and what limits and lost stores look like to a client.

import { describe, expect, freePort, hosted, raw, soon } from '../harness';

const BACK = 25_000;

describe('S18 restart', () => {
  hosted('sockets are closed so that clients come back, and the conversation goes on', { timeout: 60_000 }, async ({ host }) => {
    const dataDir = host.folder();
    const port = await freePort();
    const first = await host.node({ dataDir, port });
    const town = host.town(first);
    const [ana, bob, room] = await town.twoWatching();
    await ana.says(room, 'before');
    const recovered = [ana, bob].map((one) => new Promise<void>((done) => one.client.on('connection.recovered', () => done())));
    await first.stop();
    for (const one of [ana, bob]) {
      await soon(() => expect(one.connection.closes[0]).toBeDefined(), { timeout: 5_000 });
      expect(one.connection.closes[0]).not.toBe(1000);
    }
    await host.node({ dataDir, port });
    await Promise.all(recovered);
    ana.listens();
    expect(ana.in(room).state.messages.map((message) => message.text)).toContain('before');
    await bob.says(room, 'after');
    await ana.hears('message.new', { message: { text: 'after' } }, BACK);
  });

  hosted('killed without a word, nothing acknowledged is lost', { timeout: 60_000 }, async ({ host }) => {
    const redis = await host.redis();
    const port = await freePort();
    const first = await host.node({ redisUrl: redis.url, port });
    const town = host.town(first);
    const [ana, bob, room] = await town.twoWatching();
    const sent = [];
    for (let at = 0; at < 10; at += 1) sent.push((await ana.says(room, `m${at}`)).id);
    const recovered = new Promise<void>((done) => bob.client.on('connection.recovered', () => done()));
    await first.kill();
    await host.node({ redisUrl: redis.url, port });
    await recovered;
    expect(bob.in(room).state.messages.map((message) => message.id)).toEqual(sent);
  });

  hosted('while Redis is away: 503 with the usual envelope; afterwards all is well', { timeout: 60_000 }, async ({ host }) => {
    const redis = await host.redis();
    const node = await host.node({ redisUrl: redis.url });
    const town = host.town(node);
    const [ana, , room] = await town.two();
    const { id } = await ana.says(room, 'before');
    const ask = () =>
      raw.request(node.url, `/channels/${room.type}/${room.id}/message`, { token: town.token(ana.id), body: { message: { text: 'lost?' } } });
    await redis.pause();
    const refused = await ask();
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 503, code: -1 });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect((await fetch(`${node.url}/readyz`)).status).toBe(503);
    await redis.resume();
    await soon(async () => expect((await ask()).status).toBe(201), { timeout: 10_000 });
    expect((await ana.client.getMessage(id)).message.text).toBe('before');
  });
});

describe('limits', () => {
  hosted('too many requests: 429, code 9, and when to come back', { timeout: 60_000 }, async ({ host }) => {
    const node = await host.node({ env: { WEIR_RATE_LIMITS: 'on' } });
    const town = host.town(node);
    const ana = town.stranger('ana');
    await ana.connects(town.token(ana.id));
    const token = town.token(ana.id);
    const ask = () => raw.request(node.url, '/users', { token, query: { payload: JSON.stringify({ filter_conditions: {} }) } });
    const answers: raw.RawAnswer[] = [];
    let refused: raw.RawAnswer | undefined;
    // The count starts over with each minute, so this may take up to twice the limit.
    while (!refused && answers.length < 1000) {
      answers.push(...(await Promise.all(Array.from({ length: 20 }, ask))));
      refused = answers.find((answer) => answer.status === 429);
    }
    expect(refused?.body).toMatchObject({ code: 9, StatusCode: 429 });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(0);
    expect(refused?.headers.get('access-control-allow-origin')).toBe('*');
    expect(answers.filter((answer) => answer.status === 200).length).toBeGreaterThan(0);
  });

  hosted('development tokens work where they are switched on', { timeout: 60_000 }, async ({ host }) => {
    const node = await host.node({ env: { WEIR_DEV_TOKENS: 'on' } });
    const town = host.town(node);
    const ana = town.stranger('ana');
    const hello = await ana.connects(ana.client.devToken(ana.id));
    expect(hello.me.id).toBe(ana.id);
  });
});
