// S17.3: the moment of a reminder comes once, whatever restarts meanwhile and however many nodes look.

import { describe, expect, freePort, hosted, ms, type Person, soon } from '../harness';
import { create, inMinutes, reminding } from '../harness/reminders';

/** From its making to its ringing: at least a minute, and the round of the server's clock. */
const RINGS = 90_000;

describe('the moment', () => {
  hosted('comes after a restart, to all devices of its owner, once', { timeout: 150_000 }, async ({ host }) => {
    const dataDir = host.folder();
    const port = await freePort();
    const first = await host.node({ dataDir, port });
    const town = host.town(first);
    const [ana, bob, room] = await reminding(town);
    const parent = await bob.says(room, 'parent');
    const [moved, gone, deleted] = [await bob.says(room, 'moved'), await bob.says(room, 'gone'), await bob.says(room, 'deleted')];
    const message = await bob.says(room, { text: 'remember this', parent_id: parent.id });
    for (const one of [message, moved, gone, deleted]) await create(ana, one.id, inMinutes(1));
    await ana.client.updateReminder({ messageId: moved.id, remind_at: inMinutes(60) });
    await ana.client.deleteReminder(gone.id);
    await town.server.deleteMessage(deleted.id);
    const recovered = new Promise<void>((done) => ana.client.on('connection.recovered', () => done()));
    await first.stop();
    await host.node({ dataDir, port });
    await recovered;
    ana.listens();
    const event = await ana.hears('notification.reminder_due', undefined, RINGS);
    expect(event).toMatchObject({ cid: room.cid, message_id: message.id, user_id: ana.id, parent_id: parent.id, reminder: { message_id: message.id, message: { text: 'remember this' } } });
    expect(Date.now()).toBeGreaterThanOrEqual(ms(event.reminder.remind_at));
    await ana.heardNothing(room);
    expect(bob.frames.filter((frame) => frame.type === 'notification.reminder_due')).toEqual([]);
    // It has rung, and is kept until its owner removes it.
    expect((await ana.client.queryReminders({})).reminders.map((one) => one.message_id)).toEqual([message.id, moved.id]);
  });

  hosted('comes once where two nodes look', { timeout: 150_000 }, async ({ host }) => {
    const redis = await host.redis();
    const nodes = [await host.node({ redisUrl: redis.url }), await host.node({ redisUrl: redis.url })];
    const town = host.town(...nodes);
    const [ana, bob, room] = await reminding(town);
    const phone = await town.secondDevice(ana);
    const ids: string[] = [];
    for (let at = 0; at < 20; at += 1) ids.push((await bob.says(room, `m${at}`)).id);
    for (const id of ids) await create(ana, id, inMinutes(1));
    await Promise.all([ana, phone].map((one) => one.settles(room)));
    const rung = (one: Person) => one.frames.filter((frame) => frame.type === 'notification.reminder_due').map((frame) => frame.message_id);
    await soon(() => expect(rung(phone).sort()).toEqual([...ids].sort()), { timeout: RINGS, interval: 250 });
    await Promise.all([ana, phone].map((one) => one.settles(room)));
    for (const one of [ana, phone]) expect(rung(one).sort()).toEqual([...ids].sort());
  });
});
