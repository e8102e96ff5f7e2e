// A node dies again and again while two people chat through it and another: the SDK comes back by itself, and both have every
// message once.
import { describe, expect, freePort, hosted, type Person, type Room, soon } from '../harness';

const DEATHS = 3;
/** Of each person between two deaths: fewer than a recovery's page holds. */
const MESSAGES = 8;
const BACK = 30_000;

/** Says it until it is answered, as an application does that names its messages itself. */
const insists = (person: Person, room: Room, id: string) =>
  soon(() => person.says(room, { id, text: `${id} by ${person.id}` }), { timeout: BACK, interval: 50 });

async function speaks(person: Person, room: Room, round: number) {
  const ids = Array.from({ length: MESSAGES }, (_, at) => `${person.id}-${round}-${at}`);
  for (const id of ids) await insists(person, room, id);
  return ids;
}

const heard = (person: Person) => person.frames.filter((frame) => frame.type === 'message.new').map((frame) => frame.message.id);
const shown = (person: Person, room: Room) => person.in(room).state.messages.map((message) => message.id);

describe('recovery', () => {
  hosted('a node dies while people chat: nothing is lost, nothing is doubled', { timeout: 120_000 }, async ({ host }) => {
    const redis = await host.redis();
    const port = await freePort();
    let mortal = await host.node({ redisUrl: redis.url, port });
    const town = host.town(mortal, await host.node({ redisUrl: redis.url }));
    const [ana, bob, room] = await town.twoWatching();
    const sent: string[] = [];
    for (let round = 0; round < DEATHS; round += 1) {
      const recovered = new Promise<void>((done) => ana.client.on('connection.recovered', () => done()));
      const before = heard(bob).length;
      const talks = Promise.all([ana, bob].map((person) => speaks(person, room, round)));
      await soon(() => expect(heard(bob).length).toBeGreaterThan(before + 2), { timeout: BACK, interval: 5 });
      await mortal.kill();
      mortal = await host.node({ redisUrl: redis.url, port });
      sent.push(...(await talks).flat());
      await recovered;
    }
    const { messages } = await town.server.channel(room.type, room.id).query({ messages: { limit: 300 } });
    const history = messages.map((message) => message.id);
    expect([...history].sort()).toEqual([...sent].sort());
    for (const message of messages) expect(message.text).toBe(`${message.id} by ${message.user?.id}`);
    for (const person of [ana, bob]) {
      await soon(() => expect(shown(person, room)).toEqual(history), { timeout: BACK });
    }
    expect(heard(bob)).toEqual(history);
    expect(new Set(heard(ana)).size).toBe(heard(ana).length);
  });
});
