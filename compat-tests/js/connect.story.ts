// S1 to S3: the socket's first words, refusals, heartbeats and tokens that run out.
import { describe, expect, raw, refuses, refusesToConnect, story } from '../harness';

const now = () => Math.floor(Date.now() / 1000);

describe('S1 connect and heartbeat', () => {
  story('the first frame is a health check with the whole own user', async ({ town }) => {
    const id = town.name('ana');
    const socket = await raw.connect(town.nodes[0], raw.connectParams(id, town.token(id), { name: 'Ana', colour: 'teal' }));
    expect(socket.protocol).toBe('');
    const first = await socket.next();
    expect(first).toMatchObject({ type: 'health.check', cid: '*', connection_id: expect.stringMatching(/^.{1,36}$/) });
    expect(first.created_at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(first.me).toMatchObject({
      id,
      name: 'Ana',
      colour: 'teal',
      role: 'user',
      language: '',
      teams: [],
      devices: [],
      mutes: [],
      channel_mutes: [],
      banned: false,
      online: true,
      invisible: false,
      unread_count: 0,
      total_unread_count: 0,
      unread_channels: 0,
      unread_threads: 0,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    socket.socket.close(1000);
  });

  story('a ping is answered with the same connection id and without the own user', async ({ town }) => {
    const id = town.name('ana');
    const socket = await raw.connect(town.nodes[0], raw.connectParams(id, town.token(id)));
    const first = await socket.next();
    socket.socket.send(JSON.stringify([{ type: 'health.check', client_id: `${id}--${crypto.randomUUID()}` }]));
    const answer = await socket.next();
    expect(answer).toMatchObject({ type: 'health.check', connection_id: first.connection_id, cid: '*' });
    expect(answer).not.toHaveProperty('me');
    socket.socket.close(1000);
  });

  story.skipIf(process.env.WEIR_NODES === '2')('a silent connection still hears from the server before its watchdog barks', { timeout: 45_000 }, async ({ town }) => {
    const id = town.name('ana');
    const socket = await raw.connect(town.nodes[0], raw.connectParams(id, town.token(id)));
    const first = await socket.next();
    const second = await socket.next(35_000);
    expect(second).toMatchObject({ type: 'health.check', connection_id: first.connection_id });
    expect(second).not.toHaveProperty('me');
    socket.socket.close(1000);
  });

  story('nothing overtakes the first health check, whatever happens meanwhile', async ({ town }) => {
    const [ana] = await town.users('ana');
    const bob = await town.person('bob');
    const room = await town.room({ members: [ana, bob] });
    let talking = true;
    const talk = (async () => {
      while (talking) await bob.says(room, 'still here');
    })();
    const firsts = await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (turn) => {
        const node = town.nodes[turn % town.nodes.length];
        const socket = await raw.connect(node, raw.connectParams(ana, town.token(ana)));
        const frame = await socket.next();
        socket.socket.close(1000);
        return frame.type;
      }),
    );
    talking = false;
    await talk;
    expect(firsts).toEqual(Array(6).fill('health.check'));
  });

  story('the counts of the first frame are those of the person', async ({ town }) => {
    const [ana, bob] = await town.users('ana', 'bob');
    const [kitchen, garage] = await Promise.all([1, 2].map(() => town.room({ members: [ana, bob] })));
    for (const room of [kitchen, kitchen, garage]) await town.says(room, bob, 'hello');
    const person = town.stranger('ana');
    const hello = await person.connects(town.token(ana));
    expect(hello.me).toMatchObject({ unread_count: 3, total_unread_count: 3, unread_channels: 2, unread_threads: 0 });
  });

  story('details merge into the known user, and the other device is told', async ({ town }) => {
    const ana = await town.person('ana', { colour: 'teal' });
    const again = town.stranger('ana');
    const hello = await again.connects(town.token(ana.id), { name: 'Ana Two' });
    expect(hello.me).toMatchObject({ name: 'Ana Two', colour: 'teal' });
    const updated = await ana.hears('user.updated');
    expect(updated.user).toMatchObject({ id: ana.id, name: 'Ana Two', colour: 'teal' });
    expect(updated).not.toHaveProperty('cid');
  });

  story('nobody makes themselves admin by connecting', async ({ town }) => {
    const ana = town.stranger('ana');
    const hello = await ana.connects(town.token(ana.id), { role: 'admin' }).catch(() => undefined);
    const { users } = await town.server.queryUsers({ id: ana.id });
    expect(hello?.me?.role ?? 'user').toBe('user');
    expect(users[0]?.role ?? 'user').toBe('user');
  });

  story('a connection of one person is of no use to another', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const asked = raw.request(bob.place.rest, `/channels/${room.type}/${room.id}/query`, {
      token: town.token(bob.id),
      query: { user_id: bob.id, connection_id: ana.client._getConnectionID() ?? '' },
      body: { watch: true, state: true, data: {} },
    });
    const answer = await asked;
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 4 });
  });

  story('a dead connection id matters only to those who want to watch', async ({ town }) => {
    const [ana, , room] = await town.two();
    const ask = (body: object) =>
      raw.request(ana.place.rest, `/channels/${room.type}/${room.id}/query`, {
        token: town.token(ana.id),
        query: { user_id: ana.id, connection_id: crypto.randomUUID() },
        body: { state: true, data: {}, ...body },
      });
    expect((await ask({ watch: false })).status).toBe(201);
    const refused = await ask({ watch: true });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 4, message: expect.stringMatching(/Watch or Presence requires an active websocket connection/) });
  });
});

describe('S2 refused connect', () => {
  const refused = async (base: string, params: Record<string, string>) => {
    const socket = await raw.connect(base, params);
    const frame = await socket.next();
    expect(frame).toMatchObject({
      type: 'connection.error',
      connection_id: '',
      created_at: expect.any(String),
      error: { message: expect.any(String), duration: expect.any(String), more_info: expect.any(String), details: [] },
    });
    expect(await socket.closed, 'close code').toBe(1000);
    expect(socket.frames).toHaveLength(1);
    return { code: frame.error.code as number, status: frame.error.StatusCode as number };
  };
  const hour = 3_600;
  const cases: [string, (id: string) => Record<string, string>, number[]][] = [
    ['bad signature', (id) => raw.connectParams(id, raw.token({ user_id: id }, { secret: 'another secret' })), [43]],
    ['bad api key', (id) => ({ ...raw.connectParams(id, raw.token({ user_id: id })), api_key: 'nobody' }), [2]],
    ['token of another user', (id) => raw.connectParams(id, raw.token({ user_id: `${id}-other` })), [5]],
    ['no token', (id) => raw.connectParams(id, ''), [5]],
    ['not a token', (id) => raw.connectParams(id, 'one.two'), [5]],
    ['unsigned token', (id) => raw.connectParams(id, raw.token({ user_id: id }, { header: { alg: 'none', typ: 'JWT' } })), [5, 43]],
    ['other algorithm', (id) => raw.connectParams(id, raw.token({ user_id: id }, { header: { alg: 'HS512', typ: 'JWT' } })), [5, 43]],
    ['expired', (id) => raw.connectParams(id, raw.token({ user_id: id, exp: now() - hour })), [40]],
    ['not valid yet', (id) => raw.connectParams(id, raw.token({ user_id: id, nbf: now() + hour })), [41]],
    ['issued in the future', (id) => raw.connectParams(id, raw.token({ user_id: id, iat: now() + hour })), [42]],
    ['exp is not a number', (id) => raw.connectParams(id, raw.token({ user_id: id, exp: 'soon' })), [5]],
  ];
  for (const [what, params, codes] of cases) {
    story(`${what}: an error frame, then close 1000`, async ({ town }) => {
      const answer = await refused(town.nodes[0], params(town.name('ana')));
      expect(codes).toContain(answer.code);
      expect(answer.status).toBe(401);
    });
  }

  story('malformed and incomplete json: code 4', async ({ town }) => {
    const id = town.name('ana');
    const params = raw.connectParams(id, town.token(id));
    for (const json of ['{"user_id":', '[]', '"x"', JSON.stringify({ user_id: id })]) {
      expect(await refused(town.nodes[0], { ...params, json }), json).toEqual({ code: 4, status: 400 });
    }
  });

  story('ids with forbidden letters: bad input, or no token of a person', async ({ town }) => {
    const id = `a b!${town.tag}`;
    const answer = await refused(town.nodes[0], raw.connectParams(id, town.token(id)));
    expect([{ code: 4, status: 400 }, { code: 5, status: 401 }]).toContainEqual(answer);
  });

  story('the SDK gives up at once on a bad signature', async ({ town }) => {
    const ana = town.stranger('ana');
    const refusal = await refusesToConnect(ana.connects(raw.token({ user_id: ana.id }, { secret: 'wrong' })));
    expect(refusal).toMatchObject({ code: 43, StatusCode: 401, isWSFailure: false });
    expect(ana.connection.totalFailures).toBe(0);
  });
});

describe('S3 expired token', () => {
  story('a provider that brings a fresh token after an old one connects', async ({ town }) => {
    const ana = town.stranger('ana');
    const tokens = [town.token(ana.id, now() - 60), town.token(ana.id, now() + 600)];
    let asked = 0;
    const hello = await ana.connects(async () => tokens[Math.min(asked++, 1)]);
    expect(hello.me.id).toBe(ana.id);
    expect(asked).toBe(2);
  });

  story('a fixed expired token is refused without a retry', async ({ town }) => {
    const ana = town.stranger('ana');
    const refusal = await refusesToConnect(ana.connects(town.token(ana.id, now() - 60)));
    expect(refusal).toMatchObject({ code: 40, StatusCode: 401 });
    expect(ana.connection.totalFailures).toBe(0);
  });

  story('a token that runs out ends the socket, and the provider brings the next', async ({ town }) => {
    const ana = town.stranger('ana');
    const room = await town.room({ members: (await town.users('ana')).slice(0, 1) });
    let asked = 0;
    const first = await ana.connects(async () => town.token(ana.id, now() + (asked++ ? 600 : 3)));
    await ana.watches(room);
    const recovered = new Promise<void>((done) => ana.client.on('connection.recovered', () => done()));
    const told = await ana.hears('connection.error', undefined, 12_000);
    expect(told.error).toMatchObject({ code: 40, StatusCode: 401 });
    const second = await ana.hears('health.check', (frame) => frame.me !== undefined, 15_000);
    expect(second.connection_id).not.toBe(first.connection_id);
    expect(ana.connection.closes[0]).not.toBe(1000);
    await recovered;
    await town.says(room, ana, 'watched again');
    await ana.hears('message.new', { message: { text: 'watched again' } });
  });

  story('an expired token at a request: 401 code 40, and the SDK repeats with a new one', async ({ town }) => {
    const [id] = await town.users('ana');
    const old = town.token(id, now() - 60);
    const answer = await raw.request(town.nodes[0], '/channels', { token: old, body: { filter_conditions: {} } });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 401, code: 40 });
    const ana = town.stranger('ana');
    const tokens = [old, town.token(id)];
    let asked = 0;
    ana.client.userID = id;
    await ana.client.tokenManager.setTokenOrProvider(async () => tokens[Math.min(asked++, 1)], { id });
    expect(await ana.post('/channels', { filter_conditions: { members: { $in: [id] } } })).toMatchObject({ channels: [] });
    expect(asked).toBe(2);
  });

  story('a revoked token is refused like an expired one until the revocation is lifted', async ({ town }) => {
    const [id] = await town.users('ana');
    const ask = (token: string) => raw.request(town.nodes[0], '/channels', { token, body: { filter_conditions: {} } });
    await town.server.revokeUserToken(id, new Date(Date.now() - 60_000));
    const refused = await ask(town.token(id));
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 401, code: 40 });
    expect((await ask(town.token(id, undefined, now() - 600))).body.code).toBe(40);
    expect((await ask(town.token(id, undefined, now() - 2))).status).toBe(201);
    expect(await refusesToConnect(town.stranger('ana').connects(town.token(id)))).toMatchObject({ code: 40 });
    await town.server.revokeUserToken(id, null);
    expect((await ask(town.token(id))).status).toBe(201);
  });
});

describe('server tokens', () => {
  story('a server token must say who acts', async ({ town }) => {
    const room = await town.room();
    await refuses(town.server.channel(room.type, room.id).sendMessage({ text: 'who?' }), 4, 400, /message\.user/);
    await refuses(
      town.server.channel(room.type, crypto.randomUUID(), {}).create(),
      4,
      400,
      /either data\.created_by or data\.created_by_id must be provided when using server side auth/,
    );
  });

  story('a server token may not watch', async ({ town }) => {
    const room = await town.room();
    await refuses(town.server.post(`${town.server.baseURL}/channels`, { filter_conditions: { cid: room.cid }, watch: true }), 4, 400);
  });

  story('a client never acts for another', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const answer = await ana.post(`/channels/${room.type}/${room.id}/message`, { message: { text: 'hi', user_id: bob.id } }).catch(() => undefined);
    if (answer) expect(answer.message.user.id).toBe(ana.id);
    const { messages } = await town.at(room).query({ messages: { limit: 10 } });
    expect(messages.filter((message) => message.user?.id === bob.id)).toEqual([]);
  });
});
