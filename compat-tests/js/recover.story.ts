// S18: the cable is pulled, and the client comes back to a whole state.
import { describe, expect, raw, story } from '../harness';

const CUT = 20_000;

describe('S18 drop and recover', () => {
  story('after a cut the SDK re-queries its channels and has missed nothing', async ({ town }) => {
    const [ana, bob, kitchen] = await town.twoWatching();
    const garage = await town.room({ members: [ana, bob] });
    const hall = await town.room({ members: [ana, bob] });
    await ana.watches(garage);
    await ana.watches(hall);
    const oldId = ana.client._getConnectionID() as string;
    const recovered = new Promise<void>((done) => ana.client.on('connection.recovered', () => done()));
    ana.connection.unplug();
    await bob.hears('user.watching.stop', { user: { id: ana.id }, cid: kitchen.cid }, CUT);
    const sent = [];
    for (let at = 0; at < 5; at += 1) sent.push(await bob.says(kitchen, `m${at}`));
    await bob.client.updateMessage({ id: sent[1].id, text: 'edited' });
    await bob.client.deleteMessage(sent[2].id);
    ana.connection.plug();
    await recovered;
    const hello = ana.frames.filter((frame) => frame.type === 'health.check' && frame.me).at(-1);
    expect(hello?.connection_id).not.toBe(oldId);
    const state = ana.in(kitchen).state;
    expect(state.messages.map((message) => [message.id, message.type, message.text])).toEqual([
      [sent[0].id, 'regular', 'm0'],
      [sent[1].id, 'regular', 'edited'],
      [sent[2].id, 'deleted', expect.any(String)],
      [sent[3].id, 'regular', 'm3'],
      [sent[4].id, 'regular', 'm4'],
    ]);
    expect(state.read[ana.id].unread_messages).toBe(5);
    await bob.hears('user.watching.start', { user: { id: ana.id }, cid: kitchen.cid });
    ana.listens();
    for (const room of [kitchen, garage, hall]) {
      const { id } = await bob.says(room, 'welcome back');
      await ana.hears('message.new', { message_id: id });
    }
    const answer = await raw.request(ana.place.rest, `/channels/${kitchen.type}/${kitchen.id}/query`, {
      token: town.token(ana.id),
      query: { user_id: ana.id, connection_id: oldId },
      body: { watch: true, state: true, data: {} },
    });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 4 });
  });

  story('a silent second socket of the same person keeps its watch', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await phone.watches(room);
    await Promise.all([bob.settles(room), phone.settles(room)]);
    await ana.leaves();
    await bob.says(room, 'still there?');
    await phone.hears('message.new');
    await bob.settles(room);
    expect(bob.frames.filter((frame) => frame.type === 'user.watching.stop')).toEqual([]);
  });
});
