// S17.3: reminders of messages: saved for later, or for a moment.

import { describe, expect, ms, refuses, soon, story } from '../harness';
import { create, inMinutes, MINUTE, reminding } from '../harness/reminders';
describe('a reminder', () => {
  story('is made, moved and removed; the own devices follow, and nobody else', async ({ town }) => {
    const [ana, bob, room] = await reminding(town);
    const phone = await town.secondDevice(ana);
    const message = await bob.says(room, 'remember this');
    await Promise.all([ana, bob, phone].map((one) => one.settles(room)));
    const remind_at = inMinutes(5);
    const answer: any = await create(ana, message.id, remind_at);
    const { reminder } = answer;
    expect(reminder).toMatchObject({ message_id: message.id, channel_cid: room.cid, user_id: ana.id, user: { id: ana.id }, message: { id: message.id, text: 'remember this' }, channel: { cid: room.cid } });
    expect(ms(reminder.remind_at)).toBe(ms(remind_at));
    // Newer clients read the fields at the root.
    expect(answer).toMatchObject({ message_id: message.id, remind_at: reminder.remind_at });
    for (const one of [ana, phone]) {
      const [event] = await one.heard(['reminder.created'], room);
      expect(event).toMatchObject({ cid: room.cid, message_id: message.id, user_id: ana.id, reminder: { remind_at: reminder.remind_at } });
      expect(event.reminder).toEqual(reminder);
    }
    await bob.heardNothing(room);
    const moved = await ana.client.updateReminder({ messageId: message.id, remind_at: inMinutes(10) });
    expect(moved.reminder.created_at).toBe(reminder.created_at);
    expect(ms(moved.reminder.updated_at)).toBeGreaterThanOrEqual(ms(reminder.updated_at));
    const later = await ana.client.updateReminder({ messageId: message.id, remind_at: null });
    expect(later.reminder).not.toHaveProperty('remind_at');
    const [first, second] = await phone.heard(['reminder.updated', 'reminder.updated'], room);
    expect(first.reminder.remind_at).toBe(moved.reminder.remind_at);
    expect(second.reminder).not.toHaveProperty('remind_at');
    await ana.client.deleteReminder(message.id);
    const [gone] = await phone.heard(['reminder.deleted'], room);
    expect(gone).toMatchObject({ cid: room.cid, message_id: message.id, user_id: ana.id, reminder: { message_id: message.id } });
    await bob.heardNothing(room);
  });

  story('is part of its message, for its owner alone', async ({ town }) => {
    const [ana, bob, room] = await reminding(town);
    const message = await bob.says(room, 'remember this');
    await create(ana, message.id);
    await ana.hears('reminder.created');
    const mine = (await ana.in(room).query({ messages: { limit: 5 } })).messages[0];
    expect(mine.reminder).toMatchObject({ message_id: message.id, user_id: ana.id, channel_cid: room.cid });
    expect(mine.reminder).not.toHaveProperty('message');
    expect((await ana.client.getMessage(message.id)).message.reminder?.message_id).toBe(message.id);
    expect((await bob.in(room).query({ messages: { limit: 5 } })).messages[0]).not.toHaveProperty('reminder');
    expect(await ana.client.getMessage(message.id)).toMatchObject({ message: { text: 'remember this' } });
  });

  story('the SDK keeps its own list of them', async ({ town }) => {
    const [ana, bob, room] = await reminding(town);
    const phone = await town.secondDevice(ana);
    const message = await bob.says(room, 'remember this');
    const [here, there] = [ana, phone].map((one) => {
      one.client.reminders.registerSubscriptions();
      return one.client.reminders;
    });
    await here.upsertReminder({ messageId: message.id, remind_at: inMinutes(5) });
    await soon(() => expect(there.getFromState(message.id)?.timeLeftMs).toBeGreaterThan(4 * MINUTE));
    // Each side tries what it knows and takes the other way when the server says so.
    there.removeFromState(message.id);
    await there.upsertReminder({ messageId: message.id, remind_at: inMinutes(30) });
    await soon(() => expect(here.getFromState(message.id)?.timeLeftMs).toBeGreaterThan(29 * MINUTE));
    await here.deleteReminder(message.id);
    await soon(() => expect(there.getFromState(message.id)).toBeUndefined());
    await here.upsertReminder({ messageId: message.id });
    await there.queryNextReminders();
    expect(there.getFromState(message.id)?.remindAt).toBeNull();
    for (const one of [here, there]) {
      one.clearTimers();
      one.unregisterSubscriptions();
    }
  });

  story('refusals', async ({ town }) => {
    const [ana, bob, room] = await reminding(town);
    const cleo = await town.person('cleo');
    const silent = await town.room({ type: 'livestream', members: [ana, bob] });
    const message = await bob.says(room, 'remember this');
    const elsewhere = await bob.says(silent, 'not this');
    await refuses(create(ana, elsewhere.id), 4, 400, /reminders are not enabled for this channel/);
    await refuses(create(ana, 'nothing'), 16, 404);
    await refuses(create(cleo, message.id), 17, 403);
    await refuses(create(ana, message.id, inMinutes(0.5)), 4, 400, /at least one minute/);
    await refuses(create(ana, message.id, inMinutes(-5)), 4, 400, /at least one minute/);
    await refuses(create(ana, message.id, 'tomorrow'), 4, 400, /remind_at/);
    await create(ana, message.id, inMinutes(1));
    await refuses(create(ana, message.id), 4, 400, /already has reminder created for this message_id/);
    await refuses(ana.client.updateReminder({ messageId: message.id, remind_at: inMinutes(0.5) }), 4, 400, /at least one minute/);
    await refuses(bob.client.updateReminder({ messageId: message.id }), 16, 404, /reminder does not exist/);
    await refuses(bob.client.deleteReminder(message.id), 16, 404, /reminder does not exist/);
    const path = `/messages/${message.id}/reminders`;
    await refuses(town.server.post(`${town.server.baseURL}${path}`, {}), 4, 400, /user_id must be provided/);
    const answer: any = await town.server.post(`${town.server.baseURL}${path}`, { user_id: bob.id });
    expect(answer.reminder.user_id).toBe(bob.id);
    await town.server.deleteReminder(message.id, bob.id);
    await ana.client.deleteReminder(message.id);
    await town.server.deleteMessage(message.id);
    await refuses(create(ana, message.id), 4, 400, /deleted/);
  });

  story('two hundred and fifty, and not one more', async ({ town }) => {
    const [ana, bob, room] = await reminding(town);
    const ids: string[] = [];
    for (let at = 0; at < 251; at += 25) {
      const sent = Array.from({ length: Math.min(25, 251 - at) }, (_, more) => town.says(room, bob, `m${at + more}`));
      ids.push(...(await Promise.all(sent)).map((one) => one.id));
    }
    for (let at = 0; at < 250; at += 25) await Promise.all(ids.slice(at, Math.min(at + 25, 250)).map((id) => create(ana, id)));
    await refuses(create(ana, ids[250]), 4, 400, /at most 250 reminders/);
    await ana.client.deleteReminder(ids[0]);
    await create(ana, ids[250]);
  });
});

describe('a message that is deleted', () => {
  story('ends its reminders at every device of their owners', async ({ town }) => {
    const [ana, bob, room] = await reminding(town);
    const phone = await town.secondDevice(ana);
    const [soft, hard, other] = [await bob.says(room, 'soft'), await bob.says(room, 'hard'), await bob.says(room, 'other')];
    for (const message of [soft, hard, other]) await create(ana, message.id);
    await create(bob, other.id);
    await Promise.all([ana, bob, phone].map((one) => one.settles(room)));
    await bob.client.deleteMessage(soft.id);
    await town.server.deleteMessage(hard.id, { hardDelete: true });
    for (const id of [soft.id, hard.id]) {
      const event = await phone.hears('reminder.deleted');
      expect(event).toMatchObject({ cid: room.cid, message_id: id, user_id: ana.id, reminder: { message_id: id, user: { id: ana.id } } });
    }
    await phone.heardNothing(room);
    expect((await bob.heard(['message.deleted', 'message.deleted'], room)).map((event) => event.message_id)).toEqual([soft.id, hard.id]);
    expect((await ana.client.queryReminders({})).reminders.map((one) => one.message_id)).toEqual([other.id]);
    await refuses(ana.client.updateReminder({ messageId: hard.id }), 16, 404);
  });
});

describe('the list', () => {
  story('the next one first, those without a moment last; by channel, in pages', async ({ town }) => {
    const [ana, bob, room] = await reminding(town);
    const ids: string[] = [];
    for (const text of ['a', 'b', 'c', 'd']) ids.push((await bob.says(room, text)).id);
    const [a, b, c, d] = ids;
    await create(ana, a, inMinutes(30));
    await create(ana, b, inMinutes(10));
    await create(ana, c);
    await create(ana, d, inMinutes(20));
    await create(bob, a);
    const query = (options: object): Promise<any> => ana.client.queryReminders(options as never);
    const found = async (options: object) => (await query(options)).reminders.map((one: any) => one.message_id);
    expect(await found({})).toEqual([b, d, a, c]);
    expect(await found({ sort: [{ remind_at: -1 }] })).toEqual([a, d, b, c]);
    expect(await found({ sort: [{ created_at: 1 }] })).toEqual([a, b, c, d]);
    expect(await found({ filter: { remind_at: { $exists: false } } })).toEqual([c]);
    expect(await found({ filter: { remind_at: null } })).toEqual([c]);
    expect(await found({ filter: { remind_at: { $lt: inMinutes(25) } } })).toEqual([b, d]);
    expect(await found({ filter: { message_id: { $in: [a, 'nothing'] } } })).toEqual([a]);
    expect(await found({ filter: { $or: [{ message_id: a }, { remind_at: null }] } })).toEqual([a, c]);
    expect(await found({ filter: { channel_cid: 'messaging:elsewhere' } })).toEqual([]);
    const first = await query({ limit: 3 });
    expect(first.reminders[0]).toMatchObject({ message: { text: 'b' }, channel: { cid: room.cid }, user: { id: ana.id } });
    const second = await query({ limit: 3, next: first.next });
    expect(second).toMatchObject({ reminders: [{ message_id: c }] });
    expect(second.next).toBeUndefined();
    expect(await found({ limit: 3, prev: second.prev })).toEqual([b, d, a]);
    expect(await found({ limit: 100 })).toHaveLength(4);
    await refuses(query({ limit: 101 }), 4, 400, /limit must be 100 or less/);
    await refuses(query({ filter: { colour: 'teal' } }), 4, 400);
    // What is deleted is not remembered, and of a channel that was left nothing is shown.
    await town.server.deleteMessage(d);
    await town.server.deleteMessage(b, { hardDelete: true });
    expect(await found({})).toEqual([a, c]);
    expect((await bob.client.queryReminders({})).reminders).toHaveLength(1);
    await town.at(room).removeMembers([bob.id]);
    await soon(async () => expect((await bob.client.queryReminders({})).reminders).toEqual([]));
  });
});
