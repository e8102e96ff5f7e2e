// What a deleted message said is told once more, by the event of its deletion, and then by nothing that clients read or hear.
import { describe, expect, raw, refuses, story } from '../harness';

const GONE = 'This message was deleted.';

describe('a deleted message', () => {
  story('does not say what it said when it is flagged, reacted to or answered', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const { id } = await ana.says(room, 'the secret');
    const reply = await bob.says(room, { text: 'a reply', parent_id: id });
    await bob.in(room).sendReaction(id, { type: 'like' });
    await ana.client.deleteMessage(id);
    await bob.hears('message.deleted', { message: { id, text: 'the secret' } });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const cleo = await town.person('cleo');
    await town.at(room).addMembers([cleo.id]);
    await cleo.watches(room);
    await Promise.all([bob, cleo].map((one) => one.settles(room)));

    const taken = await bob.in(room).deleteReaction(id, 'like');
    expect(taken.message).toMatchObject({ id, text: GONE });
    await cleo.hears('reaction.deleted', { message: { id, text: GONE } });
    const flagged = (await bob.client.flagMessage(id)) as unknown as { flag: { target_message: object } };
    expect(flagged.flag.target_message).toMatchObject({ id, text: GONE });
    await bob.client.deleteMessage(reply.id);
    await cleo.hears('message.updated', { message: { id, text: GONE, reply_count: 0 } });
    expect(JSON.stringify(cleo.frames)).not.toContain('the secret');
  });

  story('stays with its channel when that is made anew', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const { id } = await ana.says(room, 'old times');
    const path = `/channels/${room.type}/${room.id}`;
    await raw.request(town.nodes[0], path, { method: 'DELETE' });
    // Not by the SDK's channel object, which is of no use once it heard of the deletion.
    await ana.post(`${path}/query`, { data: { members: [ana.id, bob.id] } });
    expect((await bob.get(`${path}/messages`, { ids: id })).messages).toEqual([]);
    await refuses(bob.post(`${path}/message`, { message: { text: 'look', quoted_message_id: id } }), 4, 400, "doesn't exist");
  });
});
