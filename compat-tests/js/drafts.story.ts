// S17.2: drafts: one for each channel and thread, for their author's devices alone.
import { MessageComposer } from 'stream-chat';

import { describe, expect, ms, type Person, refuses, type Room, soon, story } from '../harness';

const path = (room: Room) => `/channels/${room.type}/${room.id}/draft`;

const save = (person: Person, room: Room, message: object): Promise<any> => person.post(path(room), { message });

const settle = (room: Room, ...people: Person[]) => Promise.all(people.map((one) => one.settles(room)));

describe('a draft', () => {
  story('is saved, read, replaced and removed; the own devices follow, and nobody else', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await settle(room, ana, bob, phone);
    const quoted = await bob.says(room, 'quote me');
    await settle(room, ana, bob, phone);
    const message = {
      id: town.name('draft'),
      text: 'hello @Bob',
      mentioned_users: [bob.id],
      attachments: [{ type: 'file', asset_url: 'https://files.example/x.pdf' }],
      quoted_message_id: quoted.id,
      colour: 'teal',
    };
    const { draft } = await ana.in(room).createDraft(message as never);
    expect(draft).toMatchObject({
      channel_cid: room.cid,
      channel: { cid: room.cid },
      message: { ...message, mentioned_users: [{ id: bob.id, name: 'Bob' }] },
      quoted_message: { id: quoted.id, text: 'quote me' },
    });
    expect(draft).not.toHaveProperty('parent_id');
    for (const one of [ana, phone]) {
      const [event] = await one.heard(['draft.updated'], room);
      expect(event).toMatchObject({ cid: room.cid, channel_type: room.type, channel_id: room.id });
      expect(event.draft).toEqual(draft);
    }
    await bob.heardNothing(room);
    const read = await phone.in(room).getDraft();
    expect(read.draft).toMatchObject({ message: { text: 'hello @Bob' }, created_at: draft.created_at });
    const again = await save(phone, room, { text: 'no, this' });
    expect(ms(again.draft.created_at)).toBeGreaterThanOrEqual(ms(draft.created_at));
    expect(again.draft.message).toEqual({ id: expect.any(String), text: 'no, this' });
    await settle(room, ana, bob, phone);
    await ana.in(room).deleteDraft();
    for (const one of [ana, phone]) {
      const [event] = await one.heard(['draft.deleted'], room);
      expect(event).toMatchObject({ cid: room.cid, draft: { channel_cid: room.cid, message: { id: '', text: '' } } });
    }
    await bob.heardNothing(room);
    await refuses(ana.in(room).getDraft(), 16, 404, /draft not found/);
  });

  story('of a thread stands beside that of its channel', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await bob.says(room, 'parent');
    await settle(room, ana);
    await save(ana, room, { text: 'to all' });
    const { draft } = await save(ana, room, { text: 'in the thread', parent_id: parent.id, show_in_channel: true });
    expect(draft).toMatchObject({ parent_id: parent.id, parent_message: { id: parent.id }, message: { parent_id: parent.id, show_in_channel: true } });
    const [, updated] = await ana.heard(['draft.updated', 'draft.updated'], room);
    expect(updated).toMatchObject({ parent_id: parent.id, draft: { parent_id: parent.id } });
    expect((await ana.in(room).getDraft()).draft.message.text).toBe('to all');
    expect((await ana.in(room).getDraft({ parent_id: parent.id })).draft.message.text).toBe('in the thread');
    await ana.in(room).deleteDraft({ parent_id: parent.id });
    const [deleted] = await ana.heard(['draft.deleted'], room);
    expect(deleted).toMatchObject({ parent_id: parent.id, draft: { parent_id: parent.id, channel_cid: room.cid } });
    await refuses(ana.in(room).getDraft({ parent_id: parent.id }), 16, 404, /draft not found/);
    expect((await ana.in(room).getDraft()).draft.message.text).toBe('to all');
  });

  story('is part of the channel, of the parent and of the thread, for its author', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await bob.says(room, 'parent');
    await bob.says(room, { text: 'reply', parent_id: parent.id });
    await ana.says(room, { text: 'me too', parent_id: parent.id });
    await settle(room, ana, bob);
    await save(ana, room, { text: 'to all', quoted_message_id: parent.id });
    await save(ana, room, { text: 'in the thread', parent_id: parent.id });
    await ana.hears('draft.updated', { parent_id: parent.id });
    const state: any = await ana.in(room).query({ messages: { limit: 10 } });
    expect(state.draft).toMatchObject({ channel_cid: room.cid, message: { text: 'to all' }, quoted_message: { id: parent.id } });
    expect(state.messages.find((one: any) => one.id === parent.id).draft).toMatchObject({ parent_id: parent.id, message: { text: 'in the thread' } });
    const { channels }: any = await ana.post('/channels', { filter_conditions: { cid: room.cid }, state: true });
    expect(channels[0].draft.message.text).toBe('to all');
    expect(((await ana.client.getMessage(parent.id)).message as any).draft.message.text).toBe('in the thread');
    const { thread }: any = await ana.get(`/threads/${parent.id}`);
    expect(thread.draft.message.text).toBe('in the thread');
    const others: any = await bob.in(room).query({ messages: { limit: 10 } });
    expect(others).not.toHaveProperty('draft');
    expect(others.messages.find((one: any) => one.id === parent.id)).not.toHaveProperty('draft');
  });

  story('ends when its message is sent, and only then', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    const parent = await bob.says(room, 'parent');
    await save(ana, room, { text: 'hello' });
    await save(ana, room, { text: 'a reply', parent_id: parent.id });
    await ana.hears('draft.updated', { parent_id: parent.id });
    await settle(room, ana, bob, phone);
    await ana.says(room, { text: 'a reply', parent_id: parent.id });
    const gone = await phone.hears('draft.deleted');
    expect(gone).toMatchObject({ cid: room.cid, parent_id: parent.id });
    expect((await ana.in(room).getDraft()).draft.message.text).toBe('hello');
    // What a server sends in her name is not what she was writing.
    await town.says(room, ana, 'sent by a server');
    expect((await ana.in(room).getDraft()).draft.message.text).toBe('hello');
    await ana.says(room, 'hello');
    await phone.hears('draft.deleted', { cid: room.cid });
    await refuses(ana.in(room).getDraft(), 16, 404, /draft not found/);
    await settle(room, ana, phone);
    // Clients remove the draft as well: that there is none any more is no mistake of theirs, and no news.
    await ana.in(room).deleteDraft();
    await phone.heardNothing(room);
  });

  story('what may not be one', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const cleo = await town.person('cleo');
    const parent = await bob.says(room, 'parent');
    const reply = await bob.says(room, { text: 'reply', parent_id: parent.id });
    await refuses(save(cleo, room, { text: 'x' }), 17, 403);
    await refuses(cleo.get(path(room)), 17, 403);
    await refuses(ana.get(path({ ...room, id: 'nothing' })), 16, 404);
    await refuses(save(ana, room, { text: 'x', parent_id: 'nothing' }), 4, 400, /parent message with id nothing doesn't exist/);
    await refuses(save(ana, room, { text: 'x', parent_id: reply.id }), 4, 400, /parent message/);
    await refuses(save(ana, room, { text: 'x', created_at: new Date() }), 4, 400, /created_at is a reserved field/);
    await save(ana, room, { text: 'x'.repeat(20_000) });
    await refuses(save(ana, room, { text: 'x'.repeat(20_001) }), 20, 400, /20000/);
    await refuses(save(ana, room, { text: 'x', note: 'y'.repeat(5 * 1024) }), 22, 413);
    await refuses(save(ana, room, { mentioned_users: Array.from({ length: 26 }, (_, at) => `u${at}`) }), 4, 400, /25/);
    await refuses(town.server.post(`${town.server.baseURL}${path(room)}`, { message: { text: 'x' } }), 4, 400, /user_id must be provided/);
    const byServer: any = await town.server.post(`${town.server.baseURL}${path(room)}`, { message: { text: 'for Ana', user_id: ana.id } });
    expect(byServer.draft.message.text).toBe('for Ana');
    expect((await ana.in(room).getDraft()).draft.message.text).toBe('for Ana');
  });
});

describe('the list', () => {
  story('newest first, by channel, by thread, in pages', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const other = await town.room({ members: [ana, bob] });
    const parents: string[] = [];
    for (let at = 0; at < 3; at += 1) parents.push((await bob.says(room, `p${at}`)).id);
    await save(ana, room, { text: 'room' });
    await save(ana, other, { text: 'other' });
    for (const parent_id of parents) await save(ana, room, { text: parent_id, parent_id });
    await save(bob, room, { text: 'not hers' });
    const query = (options: object): Promise<any> => ana.client.queryDrafts(options as never);
    const texts = async (options: object) => (await query(options)).drafts.map((draft: any) => draft.message.text);
    const all = [...[...parents].reverse(), 'other', 'room'];
    expect(await texts({})).toEqual(all);
    expect(await texts({ sort: [{ created_at: 1 }] })).toEqual([...all].reverse());
    expect(await texts({ filter: { channel_cid: other.cid } })).toEqual(['other']);
    expect(await texts({ filter: { parent_id: { $in: [parents[0]] } } })).toEqual([parents[0]]);
    expect(await texts({ filter: { parent_id: { $exists: false } } })).toEqual(['other', 'room']);
    const first = await query({ limit: 2 });
    expect(first.drafts[0]).toMatchObject({ channel: { cid: room.cid }, parent_message: { id: parents[2] } });
    const second = await query({ limit: 2, next: first.next });
    expect(second.drafts.map((draft: any) => draft.message.text)).toEqual(all.slice(2, 4));
    expect(await texts({ limit: 2, prev: second.prev })).toEqual(all.slice(0, 2));
    expect((await query({ limit: 5 })).next).toBeUndefined();
    expect(await texts({ limit: 100 })).toEqual(all);
    await refuses(query({ limit: 101 }), 4, 400, /limit must be 100 or less/);
    await refuses(query({ filter: { text: 'x' } }), 4, 400);
    await refuses(query({ sort: [{ text: 1 }] }), 4, 400, /sorting/);
    // Where a channel or a parent is gone, so is the draft.
    await town.at(other).delete();
    await town.server.deleteMessage(parents[1], { hardDelete: true });
    await soon(async () => expect(await texts({})).toEqual([parents[2], parents[0], 'room']));
  });

  story('two hundred and fifty drafts, and not one more', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const parents: string[] = [];
    for (let at = 0; at < 251; at += 25) {
      const sent = Array.from({ length: Math.min(25, 251 - at) }, (_, more) => town.says(room, bob, `p${at + more}`));
      parents.push(...(await Promise.all(sent)).map((one) => one.id));
    }
    const write = (parent_id: string) => save(ana, room, { text: 'x', parent_id });
    for (let at = 0; at < 250; at += 25) await Promise.all(parents.slice(at, Math.min(at + 25, 250)).map(write));
    await refuses(write(parents[250]), 4, 400, /at most 250 drafts/);
    await write(parents[0]);
    await ana.in(room).deleteDraft({ parent_id: parents[0] });
    await write(parents[250]);
  });
});

describe('the composer', () => {
  const composerOf = (person: Person, room: Room) => {
    const composer = new MessageComposer({ client: person.client, compositionContext: person.in(room), config: { drafts: { enabled: true } } });
    composer.registerSubscriptions();
    return composer;
  };

  story('what is typed at one device stands at the other, and goes when it is sent', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const phone = await town.secondDevice(ana);
    await phone.watches(room);
    const [here, there] = [composerOf(ana, room), composerOf(phone, room)];
    here.textComposer.setText('half a sen');
    await here.createDraft();
    await soon(() => expect(there.textComposer.text).toBe('half a sen'));
    here.textComposer.setText('half a sentence, and the rest');
    await here.createDraft();
    await soon(() => expect(there.textComposer.text).toBe('half a sentence, and the rest'));
    // As the SDK's views do: the composer empties, which removes the draft, and the message goes.
    const composition = await here.compose();
    here.clear();
    await ana.in(room).sendMessage(composition!.message, composition!.sendOptions);
    await soon(() => expect(there.textComposer.text).toBe(''));
    expect(here.textComposer.text).toBe('');
    await refuses(ana.in(room).getDraft(), 16, 404);
    for (const one of [here, there]) one.unregisterSubscriptions();
  });

  story('comes back with the channel after a reload', async ({ town }) => {
    const [ana, , room] = await town.two();
    await save(ana, room, { text: 'to be continued' });
    await ana.hears('draft.updated');
    const tab = await town.tab(ana);
    const channel = tab.client.channel(room.type, room.id);
    const composer = new MessageComposer({ client: tab.client, compositionContext: channel, config: { drafts: { enabled: true } } });
    composer.initStateFromChannelResponse((await channel.watch()) as never);
    expect(composer.textComposer.text).toBe('to be continued');
    const other = composerOf(tab, room);
    await other.getDraft();
    expect(other.textComposer.text).toBe('to be continued');
    other.unregisterSubscriptions();
  });
});
