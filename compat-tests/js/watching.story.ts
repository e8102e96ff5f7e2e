// S4: who watches, and who is told.
import { describe, expect, raw, refuses, story } from '../harness';

const CUT = 20_000;
/** Up to so many watchers are told of each other. */
const CROWD = 100;

describe('S4 two users watch', () => {
  story('each start is told with the new count to all who watch, the starter included', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const first = await ana.watches(room);
    expect(first.watcher_count).toBe(1);
    const [own] = await ana.heard(['user.watching.start'], room);
    expect(own).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id, user: { id: ana.id }, watcher_count: 1 });
    const second = await bob.watches(room);
    expect(second.watcher_count).toBe(2);
    for (const one of [ana, bob]) {
      const [start] = await one.heard(['user.watching.start'], room);
      expect(start).toMatchObject({ user: { id: bob.id }, watcher_count: 2 });
    }
  });

  story('who stops hears nothing more of the channel but notifications', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await bob.in(room).stopWatching();
    const [stop] = await ana.heard(['user.watching.stop'], room);
    expect(stop).toMatchObject({ user: { id: bob.id }, watcher_count: 1 });
    await bob.heardNothing(room);
    await ana.says(room, 'gone?');
    await ana.heard(['message.new'], room);
    await bob.heard(['notification.message_new'], room);
  });

  story('a cut socket stops watching', async ({ town }) => {
    const [ana, bob] = await town.twoWatching();
    bob.connection.unplug();
    const stop = await ana.hears('user.watching.stop', { user: { id: bob.id } }, CUT);
    expect(stop.watcher_count).toBe(1);
  });

  story('an answer about a channel nobody watches has no watcher count', async ({ town }) => {
    const [ana, , room] = await town.two();
    const state = await ana.in(room).query({ watch: false, state: true });
    expect(state).not.toHaveProperty('watcher_count');
  });

  story('watchers are counted as people, not as connections', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    const state = await phone.watches(room);
    expect(state.watcher_count).toBe(2);
    await ana.heardNothing(room);
    await phone.in(room).stopWatching();
    await ana.heardNothing(room);
  });

  story('in a crowd nobody is told who comes and goes, only how many there are', { timeout: 60_000 }, async ({ town }) => {
    const ana = await town.person('ana');
    const room = await town.room({ type: 'livestream', members: [] });
    await ana.watches(room);
    const base = ana.place.rest;
    const watch = async (id: string) => {
      const token = town.token(id);
      const opened = await raw.request(base, '/longpoll', { token, query: { json: JSON.stringify({ user_id: id, user_details: { id } }) } });
      const { connection_id } = opened.body.event;
      const path = `/channels/${room.type}/${room.id}`;
      const watched = await raw.request(base, `${path}/query`, { token, query: { connection_id }, body: { watch: true, state: true } });
      expect(watched.status, JSON.stringify(watched.body)).toBe(201);
      const stops = () => raw.request(base, `${path}/stop-watching`, { token, query: { connection_id }, body: {} });
      return { count: watched.body.watcher_count, stops };
    };
    const crowd = [];
    for (let nth = 2; nth <= CROWD; nth += 1) crowd.push(await watch(town.name(`fan${nth}`)));
    await ana.hears('user.watching.start', { watcher_count: CROWD });
    const last = await watch(town.name('late'));
    expect(last.count).toBe(CROWD + 1);
    await town.says(room, ana, 'so many');
    const { watcher_count } = await ana.hears('message.new', { message: { text: 'so many' } });
    expect(watcher_count).toBe(CROWD + 1);
    await last.stops();
    await crowd[0].stops();
    await ana.hears('user.watching.stop', { watcher_count: CROWD - 1 });
    const told = ana.frames.filter((frame) => frame.type.startsWith('user.watching'));
    expect(told.filter((frame) => frame.type === 'user.watching.start')).toHaveLength(CROWD);
    expect(told.filter((frame) => frame.type === 'user.watching.stop')).toHaveLength(1);
  });

  story('watchers are listed when a page of them is asked for', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const state = await ana.in(room).query({ watch: false, state: true, watchers: { limit: 10 } });
    expect(state.watchers?.map((user) => user.id).sort()).toEqual([ana.id, bob.id].sort());
    const without = await ana.in(room).query({ watch: false, state: true });
    expect(without.watchers ?? []).toEqual([]);
  });

  story('the channel list watches every channel it returns', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    await ana.client.queryChannels({ cid: room.cid }, [], { watch: true, state: true });
    await ana.heard(['user.watching.start'], room);
    await bob.says(room, 'hello');
    await ana.heard(['message.new'], room);
  });

  story('creating a channel is not watching it', async ({ town }) => {
    const ana = await town.person('ana');
    const channel = ana.client.channel('messaging', crypto.randomUUID(), { members: [ana.id] });
    await channel.create();
    const room = { type: 'messaging', id: channel.id as string, cid: channel.cid };
    await ana.settles(room);
    await town.says(room, ana, 'note');
    await ana.heard(['notification.message_new'], room);
  });

  story('watching twice changes nothing', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const again = await ana.watches(room);
    expect(again.watcher_count).toBe(2);
    await bob.heardNothing(room);
  });

  story('watching needs the right to read', async ({ town }) => {
    const [, , room] = await town.two();
    const cleo = await town.person('cleo');
    await refuses(cleo.watches(room), 17, 403, /is not allowed to/);
    await town.says(room, (await town.users('bob'))[0], 'secret');
    await cleo.heardNothing(room);
  });

  story('nothing between watching and the answer is lost', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const sent: string[] = [];
    let talking = true;
    const talk = (async () => {
      while (talking) sent.push((await bob.says(room, `line ${sent.length}`)).id);
    })();
    const state = await ana.watches(room, { messages: { limit: 300 } });
    talking = false;
    await talk;
    await ana.settles(room);
    const heard = ana.frames.filter((frame) => frame.type === 'message.new').map((frame) => frame.message.id);
    const known = new Set([...state.messages.map((message) => message.id), ...heard]);
    expect(sent.filter((id) => !known.has(id))).toEqual([]);
  });
});
