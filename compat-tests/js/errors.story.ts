// The envelope of refusals, browsers' rules, and everything no SDK would send.
import { describe, expect, expectEnvelope, raw, story } from '../harness';

const now = () => Math.floor(Date.now() / 1000);

describe('errors', () => {
  const ROUTES: [string, string][] = [
    ['GET', '/nothing/here'],
    ['POST', '/channels/messaging/x/nothing'],
    ['DELETE', '/users'],
    ['PUT', '/channels'],
    ['PATCH', '/messages/x'],
    ['GET', '/channels//query'],
  ];
  for (const [method, path] of ROUTES) {
    story(`unknown route ${method} ${path}: code 16, never a page`, async ({ town }) => {
      const answer = await raw.request(town.nodes[0], path, { method, body: method === 'GET' ? undefined : {} });
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      expect([404, 405]).toContain(answer.status);
      expectEnvelope(answer.body, 16, answer.status);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('x-ratelimit-limit')).not.toBeNull();
    });
  }

  story('malformed bodies: code 4, whatever the endpoint', async ({ town }) => {
    const [ana, , room] = await town.two();
    const { id } = await ana.says(room, 'x');
    const channel = `/channels/${room.type}/${room.id}`;
    const posts = ['/channels', `${channel}/query`, `${channel}/message`, channel, `${channel}/event`, `${channel}/read`, `${channel}/unread`, '/channels/read', '/channels/delivered', `/messages/${id}`, `/messages/${id}/reaction`, '/moderation/mute', '/moderation/ban', '/moderation/flag', '/users', '/users/block', '/sync', `${channel}/hide`, `${channel}/truncate`];
    for (const path of posts) {
      for (const body of ['{', '[]', '"x"', '{"a":}', 'null x', '5']) {
        const answer = await raw.request(ana.place.rest, path, { token: town.token(ana.id), body });
        expect({ path, body, status: answer.status, code: answer.body.code }).toEqual({ path, body, status: 400, code: 4 });
        expectEnvelope(answer.body, 4, 400);
      }
    }
  });

  story('deep, huge and odd JSON ends in a refusal, not in a crash', async ({ town }) => {
    const [ana, , room] = await town.two();
    const path = `/channels/${room.type}/${room.id}/message`;
    const token = town.token(ana.id);
    const deep = `{"message":{"text":"x","place":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}}`;
    expect((await raw.request(ana.place.rest, path, { token, body: deep })).status).toBeGreaterThanOrEqual(400);
    const filters = `{"filter_conditions":${'{"$and":['.repeat(2_000)}{}${']}'.repeat(2_000)}}`;
    const nested = await raw.request(ana.place.rest, '/channels', { token, body: filters });
    expect([400, 413]).toContain(nested.status);
    const huge = await raw.request(ana.place.rest, path, { token, body: JSON.stringify({ message: { text: 'x'.repeat(3_000_000) } }) });
    expect([201, 400, 413]).toContain(huge.status);
    if (huge.status === 413) expect(huge.body.code).toBe(22);
    const numbers = await raw.request(ana.place.rest, path, { token, body: '{"message":{"text":"big","rank":123456789012345678901234567890}}' });
    expect([201, 400]).toContain(numbers.status);
    expect((await raw.request(ana.place.rest, path, { token, body: '{"message":{"text":"\\u0000 nul"}}' })).status).toBeLessThan(500);
    expect((await ana.says(room, 'still here')).text).toBe('still here');
  });

  story('an empty body counts as an empty object', async ({ town }) => {
    const [ana, , room] = await town.two();
    const answer = await raw.request(ana.place.rest, `/channels/${room.type}/${room.id}/read`, { method: 'POST', token: town.token(ana.id) });
    expect(answer.status).toBe(201);
    const empty = await raw.request(ana.place.rest, `/channels/${room.type}/${room.id}/read`, { token: town.token(ana.id), body: '' });
    expect(empty.status).toBe(201);
  });

  story('null means absent', async ({ town }) => {
    const [ana, , room] = await town.two();
    const answer = await ana.post(`/channels/${room.type}/${room.id}`, { data: { name: 'X' }, message: null, user_id: null });
    expect(answer.channel.name).toBe('X');
  });

  story('a route without a token', async ({ town }) => {
    for (const [method, path] of [['POST', '/channels'], ['GET', '/users'], ['GET', '/app'], ['POST', '/channels/messaging/x/message'], ['GET', '/messages/x']]) {
      const answer = await raw.request(town.nodes[0], path, { method, token: '', body: method === 'POST' ? {} : undefined });
      expectEnvelope(answer.body, 5, 401);
      expect(answer.status).toBe(401);
    }
  });

  const TOKENS: [string, (id: string) => string, number][] = [
    ['wrong signature', (id) => raw.token({ user_id: id }, { secret: 'another' }), 43],
    ['expired', (id) => raw.token({ user_id: id, exp: now() - 5 }), 40],
    ['not valid yet', (id) => raw.token({ user_id: id, nbf: now() + 600 }), 41],
    ['issued in the future', (id) => raw.token({ user_id: id, iat: now() + 600 }), 42],
    ['no token at all', () => 'nonsense', 5],
    ['a development token', (id) => `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64')}.${Buffer.from(JSON.stringify({ user_id: id })).toString('base64')}.devtoken`, 5],
  ];
  for (const [what, token, code] of TOKENS) {
    story(`token refused: ${what}`, async ({ town }) => {
      const answer = await raw.request(town.nodes[0], '/channels', { token: token(town.name('ana')), body: { filter_conditions: {} } });
      expect(answer.status).toBe(401);
      expect(what === 'a development token' ? [5, 43] : [code]).toContain(answer.body.code);
    });
  }

  story('key and auth type must be right', async ({ town }) => {
    const wrongKey = await raw.request(town.nodes[0], '/app', { query: { api_key: 'nobody' } });
    expectEnvelope(wrongKey.body, 2, 401);
    const noType = await raw.request(town.nodes[0], '/app', { headers: { 'stream-auth-type': '' } });
    expectEnvelope(noType.body, 5, 401, 'stream-auth-type missing or invalid');
    const oddType = await raw.request(town.nodes[0], '/app', { headers: { 'stream-auth-type': 'basic' } });
    expectEnvelope(oddType.body, 5, 401);
  });

  story('what only servers may do', async ({ town }) => {
    const ana = await town.person('ana');
    const answer = await raw.request(town.nodes[0], '/app', { method: 'PATCH', token: town.token(ana.id), body: {} });
    expect([403, 404]).toContain(answer.status);
    expect([16, 17]).toContain(answer.body.code);
  });

  story('double slashes and encoded ids still arrive', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const { channel } = await ana.client.channel('messaging', { members: [ana.id, bob.id] }).create();
    const id = encodeURIComponent(channel.id).replaceAll('!', '%21');
    for (const path of [`//channels/messaging/${channel.id}/query`, `/channels/messaging/${id}/query`]) {
      const answer = await raw.request(ana.place.rest, path, { token: town.token(ana.id), body: { state: true } });
      expect([answer.status, answer.body.channel?.cid], path).toEqual([201, channel.cid]);
    }
  });

  story('a query value given twice: the last one counts', async ({ town }) => {
    const [ana, , room] = await town.two();
    const url = `${ana.place.rest}/channels/${room.type}/${room.id}/query?api_key=compat-key&user_id=x&user_id=${ana.id}`;
    const headers = { 'stream-auth-type': 'jwt', Authorization: town.token(ana.id), 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body: '{}' })).status).toBe(201);
  });

  story('reads are 200, writes 201, all JSON with a duration', async ({ town }) => {
    const [ana, , room] = await town.two();
    const token = town.token(ana.id);
    const { id } = await ana.says(room, 'x');
    const calls: [string, string, number, object | undefined][] = [
      ['GET', '/app', 200, undefined],
      ['GET', `/messages/${id}`, 200, undefined],
      ['POST', '/channels', 201, { filter_conditions: { cid: room.cid } }],
      ['POST', `/channels/${room.type}/${room.id}/query`, 201, {}],
      ['PUT', `/messages/${id}`, 201, { set: { text: 'y' } }],
      ['PATCH', `/channels/${room.type}/${room.id}`, 200, { set: { topic: 'x' } }],
      ['DELETE', `/messages/${id}`, 200, undefined],
    ];
    for (const [method, path, status, body] of calls) {
      const answer = await raw.request(ana.place.rest, path, { method, token, body });
      expect({ path, status: answer.status, type: answer.headers.get('content-type')?.split(';')[0] }).toEqual({ path, status, type: 'application/json' });
      expect(answer.body.duration, path).toMatch(/^\d+(\.\d+)?ms$/);
    }
  });

  story('times are RFC 3339 in UTC', async ({ town }) => {
    const [ana, , room] = await town.two();
    const message = await ana.says(room, 'x');
    expect(message.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
    expect(message.updated_at).toBe(message.created_at);
  });
});

describe('browsers', () => {
  story('every call is preflighted without a token', async ({ town }) => {
    for (const path of ['/channels', '/channels/messaging/x/message', '/channels/messaging/x/image', '/users', '/longpoll', '/nothing']) {
      const response = await fetch(town.nodes[0] + path, {
        method: 'OPTIONS',
        headers: {
          Origin: 'https://chat.example',
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'authorization,content-type,stream-auth-type,x-stream-client,x-client-request-id,x-own-header',
        },
      });
      expect([200, 204], path).toContain(response.status);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) expect(response.headers.get('access-control-allow-methods')).toContain(method);
      const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase() ?? '';
      for (const header of ['authorization', 'content-type', 'stream-auth-type', 'x-stream-client', 'x-client-request-id']) {
        expect(allowed.includes(header), `${path} ${header}`).toBe(true);
      }
      expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(0);
    }
  });

  story('refusals can be read by a page of another origin', async ({ town }) => {
    for (const options of [{ token: 'bad' }, { query: { api_key: 'bad' } }]) {
      const answer = await raw.request(town.nodes[0], '/channels', { ...options, body: {}, headers: { Origin: 'https://chat.example' } });
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  story('rate limit headers, in lower case, on answers and refusals', async ({ town }) => {
    const { request } = await import('node:http');
    const rawHeaders = (path: string) =>
      new Promise<string[]>((done, failed) => {
        const call = request(`${town.nodes[0]}${path}`, (response) => {
          response.resume();
          done(response.rawHeaders.filter((_, at) => at % 2 === 0));
        });
        call.once('error', failed);
        call.setHeader('Authorization', raw.serverToken());
        call.setHeader('stream-auth-type', 'jwt');
        call.end();
      });
    for (const path of ['/app?api_key=compat-key', '/messages/nothing?api_key=compat-key']) {
      const headers = await rawHeaders(path);
      for (const header of ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']) expect(headers, path).toContain(header);
    }
    const answer = await raw.request(town.nodes[0], '/app');
    const reset = Number(answer.headers.get('x-ratelimit-reset'));
    expect(reset).toBeGreaterThanOrEqual(now());
    expect(reset).toBeLessThan(now() + 24 * 3_600);
    expect(Number(answer.headers.get('x-ratelimit-remaining'))).toBeLessThanOrEqual(Number(answer.headers.get('x-ratelimit-limit')));
  });

  story('answers are compressed when asked for', async ({ town }) => {
    const response = await fetch(`${town.nodes[0]}/app?api_key=compat-key`, {
      headers: { Authorization: raw.serverToken(), 'stream-auth-type': 'jwt', 'Accept-Encoding': 'gzip' },
    });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect((await response.json()).app).toBeDefined();
  });

  story('hello, healthy, ready', async ({ town }) => {
    expect((await fetch(`${town.nodes[0]}/hi`)).status).toBeLessThan(500);
    for (const path of ['/healthz', '/readyz']) expect((await fetch(town.nodes[0] + path)).status, path).toBe(200);
  });
});
