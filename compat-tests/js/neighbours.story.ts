// Channels that share a partition of the keyspace: what is in one is not in the other, whatever ids a request names.
import { describe, expect, found, random, refuses, refusesWith, type Person, type Room, type Town, story } from '../harness';

const PARTITIONS = 16n;

/** FNV-1a, by which a channel finds its partition. */
const partition = (cid: string) =>
  [...Buffer.from(cid)].reduce((hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n), 0xcbf29ce484222325n) % PARTITIONS;

/** A channel of somebody's own in the partition of another one. */
function beside(town: Town, room: Room, member: Person): Promise<Room> {
  const ids = Array.from({ length: 500 }, () => random());
  const id = found(ids.find((one) => partition(`messaging:${one}`) === partition(room.cid)), 'an id in the partition');
  return town.room({ id, members: [member] });
}

describe('a neighbour', () => {
  story('reads, quotes, answers and keeps nothing of the other channel', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const eve = await town.person('eve');
    const own = await beside(town, room, eve);
    await eve.watches(own);
    const { id } = await ana.says(room, 'between us');
    await bob.hears('message.new', { message: { id } });
    await Promise.all([bob.settles(room), eve.settles(own)]);
    const missing: [number, number][] = [[4, 400], [16, 404]];
    expect((await eve.in(own).getMessagesById([id])).messages).toEqual([]);
    await refusesWith(eve.says(own, { text: 'look', quoted_message_id: id }), ...missing);
    await refusesWith(eve.says(own, { text: 'me too', parent_id: id }), ...missing);
    await refusesWith(eve.post(`/channels/${own.type}/${own.id}/draft`, { message: { text: 'x', parent_id: id } }), ...missing);
    const { draft } = await eve.post(`/channels/${own.type}/${own.id}/draft`, { message: { text: 'x', quoted_message_id: id } });
    expect(draft).not.toHaveProperty('quoted_message');
    await refusesWith(eve.post(`/channels/${own.type}/${own.id}/unread`, { message_id: id }), ...missing);
    await refuses(eve.client.getMessage(id), 17, 403);
    await bob.heardNothing(room);
    expect((await ana.client.getMessage(id)).message).toMatchObject({ text: 'between us', reply_count: 0 });
  });

  story('does not take the id of a message for its own', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const other = await beside(town, room, ana);
    const { id } = await ana.says(room, 'mine');
    await bob.heard(['message.new'], room);
    await refuses(ana.says(other, { id, text: 'mine' }), 4, 400, 'already exists');
    expect((await ana.in(other).query({ messages: { limit: 5 } })).messages).toEqual([]);
  });
});
