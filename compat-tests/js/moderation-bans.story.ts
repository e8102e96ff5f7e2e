// What a ban may take with it: the address, messages, reactions.
import { describe, expect, type Person, raw, refuses, story, type Town } from '../harness';

/** Addresses that nobody has; each story has its own. */
let last = Math.floor(Math.random() * 60_000);
const somewhere = () => {
  last += 1;
  return `198.18.${last >> 8}.${last & 255}`;
};

/** The person connects from there, as a proxy on this machine says. */
async function from(town: Town, person: Person, address: string) {
  const params = raw.connectParams(person.id, town.token(person.id));
  const socket = await raw.connect(person.place.socket, params, { 'x-forwarded-for': address });
  expect(await socket.next()).toMatchObject({ type: 'health.check', me: { id: person.id } });
  socket.socket.close();
  await socket.closed;
}

const sends = (town: Town, person: Person, cid: string, address?: string) =>
  raw.request(person.place.rest, `/channels/${cid.replace(':', '/')}/message`, {
    token: town.token(person.id),
    headers: address ? { 'x-forwarded-for': address } : {},
    body: { message: { text: 'from here' } },
  });

/** The other nodes hear of a change a moment later. */
async function becomes(tries: () => Promise<raw.RawAnswer>, status: number) {
  for (let left = 200; (await tries()).status !== status; left -= 1) if (left === 0) throw new Error(`it never became ${status}`);
}

describe('a ban of the address', () => {
  story('holds for everybody there, in the channel, for as long as the ban', async ({ town }) => {
    const [ana, bob, cleo] = await town.people('ana', 'bob', 'cleo');
    const room = await town.room({ members: [ana, bob, cleo] });
    const other = await town.room({ members: [bob, cleo] });
    const [home, elsewhere] = [somewhere(), somewhere()];
    await from(town, bob, home);
    expect((await sends(town, cleo, room.cid, home)).status).toBe(201);
    await town.at(room).banUser(bob.id, { banned_by_id: ana.id, ip_ban: true, timeout: 60 });
    for (const node of town.nodes) {
      const there = { ...cleo, place: { ...cleo.place, rest: node } } as Person;
      await becomes(() => sends(town, there, room.cid, home), 403);
    }
    const refused = await sends(town, cleo, room.cid, home);
    expect(refused.body).toMatchObject({ code: 17, message: expect.stringContaining('currently suspended from chat') });
    const { message } = await town.at(room).sendMessage({ text: 'by the server', user_id: cleo.id });
    const reacts = await raw.request(cleo.place.rest, `/messages/${message.id}/reaction`, {
      token: town.token(cleo.id), headers: { 'x-forwarded-for': home }, body: { reaction: { type: 'like' } },
    });
    expect(reacts.body.code).toBe(17);
    expect((await sends(town, cleo, room.cid, elsewhere)).status).toBe(201);
    expect((await sends(town, cleo, room.cid)).status).toBe(201);
    expect((await sends(town, cleo, other.cid, home)).status).toBe(201);
    await town.at(room).unbanUser(bob.id);
    await becomes(() => sends(town, cleo, room.cid, home), 201);
  });

  story('may hold in the whole app, and ends with its time or a ban without it', async ({ town }) => {
    const [ana, bob, cleo] = await town.people('ana', 'bob', 'cleo');
    const room = await town.room({ members: [ana, bob, cleo] });
    const home = somewhere();
    await from(town, bob, home);
    const tries = () => sends(town, cleo, room.cid, home);
    await town.server.banUser(bob.id, { banned_by_id: ana.id, ip_ban: true });
    await becomes(tries, 403);
    await town.server.banUser(bob.id, { banned_by_id: ana.id });
    await becomes(tries, 201);
    await town.server.banUser(bob.id, { banned_by_id: ana.id, ip_ban: true, timeout: -1 });
    await becomes(tries, 201);
    await town.server.unbanUser(bob.id);
  });

  story('is not there for who came from nowhere, nor for who must not notice', async ({ town }) => {
    const [ana, bob, cleo] = await town.people('ana', 'bob', 'cleo');
    const room = await town.room({ members: [ana, bob, cleo] });
    await town.at(room).banUser(bob.id, { banned_by_id: ana.id, ip_ban: true });
    expect((await sends(town, cleo, room.cid)).status).toBe(201);
    const home = somewhere();
    await from(town, cleo, home);
    await town.server.shadowBan(cleo.id, { banned_by_id: ana.id, ip_ban: true });
    expect((await sends(town, cleo, room.cid, home)).body.message).toMatchObject({ type: 'regular', shadowed: false });
    await town.server.removeShadowBan(cleo.id);
  });
});

describe('a ban with what was said', () => {
  story('reactions go, in the channel only; the others keep theirs', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const other = await town.room({ members: [ana, bob] });
    const message = await ana.says(room, 'soup');
    const reply = await ana.says(room, { text: 'bread', parent_id: message.id });
    const elsewhere = await ana.says(other, 'rice');
    for (const said of [message, reply, elsewhere]) await bob.in(room).sendReaction(said.id, { type: 'like', score: 2 });
    await bob.in(room).sendReaction(message.id, { type: 'love' });
    await ana.in(room).sendReaction(message.id, { type: 'like' });
    await Promise.all([ana.settles(room, other), bob.settles(room, other)]);
    await town.at(room).banUser(bob.id, { banned_by_id: ana.id, delete_reactions: true } as never);
    await ana.settles(room);
    const gone = ana.frames.filter(({ type }) => type === 'reaction.deleted');
    expect(gone.map(({ message, reaction }) => [message.id, reaction.type, reaction.user_id]).sort()).toEqual(
      [[message.id, 'like', bob.id], [message.id, 'love', bob.id], [reply.id, 'like', bob.id]].sort(),
    );
    const now = (await ana.client.getMessage(message.id)).message;
    expect(now).toMatchObject({ reaction_counts: { like: 1 }, reaction_scores: { like: 1 } });
    expect(now.latest_reactions?.map(({ user_id }) => user_id)).toEqual([ana.id]);
    expect((await ana.client.getMessage(elsewhere.id)).message.reaction_counts).toEqual({ like: 1 });
    await refuses(bob.in(room).sendReaction(message.id, { type: 'like' }), 17, 403);
    await refuses(town.at(room).banUser(bob.id, { banned_by_id: ana.id, delete_messages: 'all' } as never), 4, 400);
  });

  story('messages go with reactions, everywhere, and each channel is told', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const other = await town.room({ members: [ana, bob] });
    await ana.watches(other);
    const kept = await ana.says(room, 'soup');
    const [first, second] = [await bob.says(room, 'spam'), await bob.says(other, 'more spam')];
    const reply = await bob.says(room, { text: 'spam', parent_id: kept.id });
    await bob.in(room).sendReaction(kept.id, { type: 'like' });
    await ana.settles(room, other);
    await town.server.banUser(bob.id, { banned_by_id: ana.id, delete_messages: 'soft', delete_reactions: true } as never);
    await ana.hears('user.messages.deleted', { user: { id: bob.id }, hard_delete: false });
    for (const { id } of [first, second, reply]) expect((await ana.client.getMessage(id)).message.type).toBe('deleted');
    const now = (await ana.client.getMessage(kept.id)).message;
    expect(now).toMatchObject({ type: 'regular', reaction_counts: {} });
    await town.server.unbanUser(bob.id);
    const third = await bob.says(room, 'sorry');
    await town.at(room).banUser(bob.id, { banned_by_id: ana.id, delete_messages: 'hard' } as never);
    await refuses(ana.client.getMessage(third.id), 16, 404);
  });
});
