// S19: what was missed, rebuilt from what is.
import { describe, expect, refuses, story, type Frame } from '../harness';

const minuteAgo = () => new Date(Date.now() - 60_000).toISOString();

describe('S19 sync', () => {
  story('one event per message, with its newest state', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const before = await bob.says(room, 'before');
    const deleted = await bob.says(room, 'to be deleted');
    const since = (await ana.client.getMessage(deleted.id)).message.created_at as unknown as string;
    await ana.in(room).sendReaction(before.id, { type: 'like' });
    const fresh = await bob.says(room, 'helo');
    await bob.client.updateMessage({ id: fresh.id, text: 'hello' });
    await bob.client.deleteMessage(deleted.id);
    await bob.in(room).sendEvent({ type: 'typing.start' });
    await ana.reads(room);
    const { events } = await ana.client.sync([room.cid], since);
    const said = (type: string) => (events as Frame[]).filter((event) => event.type === type).map((event) => event.message.id);
    expect(said('message.new')).toEqual([fresh.id]);
    expect(said('message.updated')).toEqual([before.id]);
    expect(said('message.deleted')).toEqual([deleted.id]);
    const liked = (events as Frame[]).find((event) => event.type === 'message.updated');
    expect(liked?.message.own_reactions).toMatchObject([{ type: 'like', user_id: ana.id }]);
    expect((events as Frame[]).find((event) => event.type === 'message.new')?.message.text).toBe('hello');
    expect(events.map((event) => event.type).filter((type) => /typing|read|delivered|presence/.test(type))).toEqual([]);
  });

  story('nothing happened: nothing to tell', async ({ town }) => {
    const [ana, , room] = await town.two();
    expect((await ana.client.sync([room.cid], new Date().toISOString())).events).toEqual([]);
  });

  story('channels out of reach are named', async ({ town }) => {
    const [, , room] = await town.two();
    const cleo = await town.person('cleo');
    const answer = await cleo.client.sync([room.cid, 'messaging:nothing'], minuteAgo(), { with_inaccessible_cids: true });
    const removed = answer.events.filter((event) => event.type === 'notification.removed_from_channel').map((event) => event.cid);
    const named = new Set([...(answer.inaccessible_cids ?? []), ...removed]);
    expect(named).toContain(room.cid);
    expect(answer.events.filter((event) => event.type.startsWith('message.'))).toEqual([]);
  });

  story('a removed member learns of the removal', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const since = minuteAgo();
    await ana.in(room).removeMembers([bob.id]);
    const answer = await bob.client.sync([room.cid], since, { with_inaccessible_cids: true });
    const removed = answer.events.some((event) => event.type === 'notification.removed_from_channel' && event.cid === room.cid);
    expect(removed || (answer.inaccessible_cids ?? []).includes(room.cid)).toBe(true);
  });

  story('it may watch in the same call', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await ana.client.sync([room.cid], minuteAgo(), { watch: true });
    await bob.says(room, 'hi');
    await ana.hears('message.new');
  });

  story('refusals', async ({ town }) => {
    const [ana, , room] = await town.two();
    const many = Array.from({ length: 256 }, () => room.cid);
    const old = new Date(Date.now() - 31 * 24 * 3_600_000).toISOString();
    await refuses(ana.client.sync([], minuteAgo()), 4, 400);
    await refuses(ana.client.sync(many, minuteAgo()), 4, 400);
    await refuses(ana.client.sync([room.cid], old), 4, 400);
    await refuses(ana.client.sync([room.cid], 'yesterday'), 4, 400);
    await refuses(ana.post('/sync', { channel_cids: [room.cid] }), 4, 400);
    await refuses(ana.post('/sync', { last_sync_at: minuteAgo() }), 4, 400);
    await refuses(ana.post('/sync', { channel_cids: 'all', last_sync_at: minuteAgo() }), 4, 400);
    expect((await ana.client.sync([room.cid, room.cid], minuteAgo())).duration).toEqual(expect.any(String));
  });
});
