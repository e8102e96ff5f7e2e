// However a count is asked for, it is the same number.
import { describe, expect, story, type Person, type Room, type Town } from '../harness';

async function agrees(town: Town, who: Person, room: Room, number: number | undefined, ...others: Room[]) {
  await who.settles(room, ...others);
  const { read } = await who.in(room).query({ watch: false, state: true });
  const unread = await who.get('/unread');
  const phone = await town.secondDevice(who);
  const live = who.frames.filter((frame) => frame.unread_count !== undefined).at(-1)?.unread_count;
  const all = {
    snapshot: read?.find((one) => one.user.id === who.id)?.unread_messages,
    unread: unread.total_unread_count,
    connect: phone.frames[0].me.total_unread_count,
    live,
  };
  await phone.leaves();
  const wanted = number ?? all.snapshot;
  if (others.length) { delete (all as any).snapshot; }
  const w = others.length ? unread.total_unread_count : wanted;
  expect(all).toEqual(Object.fromEntries(Object.keys(all).map((key) => [key, w])));
  return w;
}

describe('counts agree', () => {
  story('with own messages behind the pointer', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const m: any[] = [];
    for (const who of [bob, ana, bob, ana, bob]) m.push(await who.says(room, 'x'));
    await ana.in(room).markUnread({ message_id: m[0].id });
    await agrees(town, ana, room, 3);
    await bob.says(room, 'six');
    await agrees(town, ana, room, 4);
    await town.server.deleteMessage(m[1].id, true);
    await town.server.deleteMessage(m[2].id, true);
    await bob.says(room, 'seven');
    await agrees(town, ana, room, 4);
    await ana.in(room).markAsReadRequest({ message_id: m[3].id } as object);
    await agrees(town, ana, room, 3);
    await ana.in(room).markAsReadRequest();
    await agrees(town, ana, room, 0);
    await ana.in(room).markUnread({ message_id: m[3].id });
    await agrees(town, ana, room, 3);
    await ana.says(room, 'mine');
    await bob.says(room, 'his');
    await agrees(town, ana, room, 1);
    await ana.in(room).markUnread({ message_id: m[0].id });
    await agrees(town, ana, room, 5);
  });

  story('in a storm', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const other = await town.room({ members: [ana, bob] });
    const first = await bob.says(room, 'first');
    for (let round = 0; round < 6; round += 1) {
      const jobs: Promise<unknown>[] = [];
      for (let at = 0; at < 12; at += 1) {
        jobs.push(town.says(room, bob, `r${round}-${at}`));
        if (at % 3 === 0) jobs.push(town.says(other, bob, `o${round}-${at}`));
        if (at % 4 === 0) jobs.push(ana.in(room).markAsReadRequest());
        if (at % 5 === 0 && round < 5) jobs.push(ana.in(room).markUnread({ message_id: first.id }));
        if (at % 6 === 3) jobs.push(ana.client.markChannelsRead({}));
      }
      await Promise.all(jobs);
      await bob.says(room, 'last');
      const n = await agrees(town, ana, room, undefined, other);
    }
  });

  story('in threads', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'parent');
    for (const who of [bob, ana, bob, bob]) await who.says(room, { text: 'r', parent_id: parent.id });
    const threads = async () => {
      await ana.settles(room);
      const unread = await ana.get('/unread');
      const phone = await town.secondDevice(ana);
      const live = ana.frames.filter((frame) => frame.unread_thread_messages !== undefined).at(-1);
      await phone.leaves();
      return [unread.total_unread_threads_count, unread.threads[0]?.unread_count ?? 0, phone.frames[0].me.unread_threads, live?.unread_threads, live?.unread_thread_messages];
    };
    expect(await threads()).toEqual([1, 2, 1, 1, 2]);
    await ana.reads(room, { thread_id: parent.id });
    expect(await threads()).toEqual([0, 0, 0, 0, 0]);
    await ana.in(room).markUnread({ thread_id: parent.id });
    expect(await threads()).toEqual([1, 3, 1, 1, 3]);
    await bob.says(room, { text: 'r', parent_id: parent.id });
    expect(await threads()).toEqual([1, 4, 1, 1, 4]);
    await ana.says(room, { text: 'r', parent_id: parent.id });
    await ana.reads(room);
    expect(await threads()).toEqual([0, 0, 0, 0, 0]);
  });

  story('with somebody muted', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    const big = await town.room({ members: [ana, bob, cleo] });
    await bob.says(big, '1');
    await cleo.says(big, '2');
    await agrees(town, ana, big, 2);
    await ana.client.muteUser(bob.id);
    await bob.says(big, '3');
    await cleo.says(big, '4');
    await agrees(town, ana, big, 2);
    await ana.client.unmuteUser(bob.id);
    await ana.settles(big);
    await cleo.says(big, '5');
    await agrees(town, ana, big, 5);
  });
});
describe('counts agree on', () => {
  story('silent and system messages of one\'s own', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    await bob.says(room, '1');
    await agrees(town, ana, room, 1);
    await ana.says(room, { text: 'psst', silent: true });
    await bob.says(room, '2');
    await agrees(town, ana, room, 1);
    await bob.says(room, { text: 'psst', silent: true });
    await agrees(town, ana, room, 1);
    await ana.in(room).markUnread({ message_timestamp: new Date(Date.now() - 60_000).toISOString() });
    await agrees(town, ana, room, 2);
  });
});
