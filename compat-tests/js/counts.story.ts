// However a count is asked for, it is the same number.
import { describe, expect, type Person, type Room, soon, story, type Town } from '../harness';

/** What a new connection beside the person's own is told. */
async function atConnect(town: Town, who: Person): Promise<Record<string, number>> {
  const tab = await town.tab(who);
  await tab.leaves();
  return tab.frames[0].me;
}

const newest = (who: Person, field: string) => who.frames.filter((frame) => frame[field] !== undefined).at(-1)?.[field];

/** How many messages are unread: in the channels' states, when asked for, at connect, and by the newest event. `rooms` are all that have any. */
async function unread(town: Town, who: Person, ...rooms: Room[]): Promise<number> {
  await who.settles(...rooms);
  const states = await Promise.all(rooms.map((room) => who.in(room).query({ watch: false, state: true })));
  const own = states.map(({ read }) => read?.find((one) => one.user.id === who.id)?.unread_messages ?? NaN);
  const { total_unread_count: asked } = await who.get('/unread');
  const { total_unread_count: connect } = await atConnect(town, who);
  const counts = { states: own.reduce((sum, one) => sum + one, 0), connect, events: newest(who, 'unread_count') };
  expect(counts).toEqual({ states: asked, connect: asked, events: asked });
  return asked;
}

/** The same of threads: how many have something unread, and how much. */
async function unreadThreads(town: Town, who: Person, room: Room): Promise<[threads: number, messages: number]> {
  await who.settles(room);
  const asked = await who.get('/unread');
  const { unread_threads: connect } = await atConnect(town, who);
  const threads: number = asked.total_unread_threads_count;
  const messages: number = asked.threads.reduce((sum: number, one: { unread_count: number }) => sum + one.unread_count, 0);
  const events = [newest(who, 'unread_threads'), newest(who, 'unread_thread_messages')];
  expect({ connect, events }).toEqual({ connect: threads, events: [threads, messages] });
  return [threads, messages];
}

/** Mutes work back on what was sent before; each node counts that anew as soon as it hears of the mute. */
const recounts = (town: Town, who: Person, number: number) =>
  soon(async () => expect((await atConnect(town, who)).total_unread_count).toBe(number));

describe('counts agree', () => {
  story('with own messages behind the pointer', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const ids: string[] = [];
    for (const who of [bob, ana, bob, ana, bob]) ids.push((await who.says(room, 'x')).id);
    await ana.in(room).markUnread({ message_id: ids[0] });
    expect(await unread(town, ana, room)).toBe(3);
    await bob.says(room, 'six');
    expect(await unread(town, ana, room)).toBe(4);
    await town.server.deleteMessage(ids[1], true);
    await town.server.deleteMessage(ids[2], true);
    await bob.says(room, 'seven');
    expect(await unread(town, ana, room)).toBe(4);
    await ana.reads(room, { message_id: ids[3] });
    expect(await unread(town, ana, room)).toBe(3);
    await ana.reads(room);
    expect(await unread(town, ana, room)).toBe(0);
    await ana.in(room).markUnread({ message_id: ids[3] });
    expect(await unread(town, ana, room)).toBe(3);
    await ana.says(room, 'mine');
    await bob.says(room, 'his');
    expect(await unread(town, ana, room)).toBe(1);
    await ana.in(room).markUnread({ message_id: ids[0] });
    expect(await unread(town, ana, room)).toBe(5);
  });

  story('with silent messages, and silent ones of one\'s own', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await bob.says(room, '1');
    expect(await unread(town, ana, room)).toBe(1);
    await ana.says(room, { text: 'psst', silent: true });
    await bob.says(room, '2');
    expect(await unread(town, ana, room)).toBe(1);
    await bob.says(room, { text: 'psst', silent: true });
    expect(await unread(town, ana, room)).toBe(1);
    await ana.in(room).markUnread({ message_timestamp: new Date(Date.now() - 60_000).toISOString() });
    expect(await unread(town, ana, room)).toBe(2);
  });

  story('after a storm of messages and reads', { timeout: 60_000 }, async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const other = await town.room({ members: [ana, bob] });
    const first = await bob.says(room, 'first');
    for (let round = 0; round < 6; round += 1) {
      const storm: Promise<unknown>[] = [];
      for (let at = 0; at < 12; at += 1) {
        storm.push(town.says(room, bob, `room ${round}, ${at}`));
        if (at % 3 === 0) storm.push(town.says(other, bob, `other ${round}, ${at}`));
        if (at % 4 === 0) storm.push(ana.reads(room));
        if (at % 5 === 0 && round < 5) storm.push(ana.in(room).markUnread({ message_id: first.id }));
        if (at % 6 === 3) storm.push(ana.client.markChannelsRead({}));
      }
      await Promise.all(storm);
      await bob.says(room, 'last');
      expect(await unread(town, ana, room, other)).toBeGreaterThan(0);
    }
  });

  story('in threads', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'parent');
    const reply = { text: 'reply', parent_id: parent.id };
    for (const who of [bob, ana, bob, bob]) await who.says(room, reply);
    expect(await unreadThreads(town, ana, room)).toEqual([1, 2]);
    await ana.reads(room, { thread_id: parent.id });
    expect(await unreadThreads(town, ana, room)).toEqual([0, 0]);
    await ana.in(room).markUnread({ thread_id: parent.id });
    expect(await unreadThreads(town, ana, room)).toEqual([1, 3]);
    await bob.says(room, reply);
    expect(await unreadThreads(town, ana, room)).toEqual([1, 4]);
    await ana.says(room, reply);
    // Her own reply read the thread; the next event with counts of threads says so.
    await ana.reads(room);
    expect(await unreadThreads(town, ana, room)).toEqual([0, 0]);
  });

  story('in threads with silent replies, and with replies that only their author sees', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'parent');
    await bob.says(room, { text: 'psst', parent_id: parent.id, silent: true });
    expect(await unreadThreads(town, ana, room)).toEqual([0, 0]);
    await bob.says(room, { text: 'reply', parent_id: parent.id });
    expect(await unreadThreads(town, ana, room)).toEqual([1, 1]);
    await town.at(room).shadowBan(bob.id, { banned_by_id: ana.id });
    await bob.says(room, { text: 'shadow', parent_id: parent.id });
    expect(await unreadThreads(town, ana, room)).toEqual([1, 1]);
    await ana.in(room).markUnread({ thread_id: parent.id });
    expect(await unreadThreads(town, ana, room)).toEqual([1, 1]);
  });

  story('with somebody muted', async ({ town }) => {
    const [ana, bob, cleo] = await town.people('ana', 'bob', 'cleo');
    const room = await town.room({ members: [ana, bob, cleo] });
    await bob.says(room, '1');
    await cleo.says(room, '2');
    expect(await unread(town, ana, room)).toBe(2);
    await ana.client.muteUser(bob.id);
    await recounts(town, ana, 1);
    await bob.says(room, '3');
    await cleo.says(room, '4');
    expect(await unread(town, ana, room)).toBe(2);
    await ana.client.unmuteUser(bob.id);
    await recounts(town, ana, 4);
    await cleo.says(room, '5');
    expect(await unread(town, ana, room)).toBe(5);
  });
});
