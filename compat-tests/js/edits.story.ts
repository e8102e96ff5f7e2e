// S10: edits, pins and deletions.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, hosted, KEY, ms, raw, refuses, story, type Town } from '../harness';
import { create, reminding } from '../harness/reminders';

/** A site whose pages say more of themselves than a message may carry. */
async function talkative() {
  const words = (letters: number) => '水'.repeat(letters);
  const page = `<title>${words(250)}</title><meta name="description" content="${words(500)}"><meta property="og:site_name" content="${words(250)}">`;
  const site = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
  await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening));
  const close = () => {
    site.close();
    site.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(site.address() as AddressInfo).port}`, close };
}

/** A server asks for something and, when the moment has come, hangs up without an answer. */
async function hangsUp(town: Town, path: string, request: RequestInit, moment: Promise<unknown>) {
  const line = new AbortController();
  const url = new URL(town.nodes[0] + path);
  url.searchParams.set('api_key', KEY);
  const headers = { 'stream-auth-type': 'jwt', authorization: raw.serverToken(), 'content-type': 'application/json' };
  const ends = fetch(url, { ...request, headers, signal: line.signal }).catch(() => {});
  await moment;
  line.abort();
  await ends;
}

describe('S10 edit', () => {
  story('an edit reaches everybody who watches; the place in the channel stays', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, { text: 'helo', colour: 'teal' });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const { message: edited } = await ana.client.updateMessage({ ...message, text: 'hello' } as never);
    expect(edited).toMatchObject({ id: message.id, text: 'hello', colour: 'teal', created_at: message.created_at });
    expect(edited.message_text_updated_at).toEqual(expect.any(String));
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['message.updated'], room);
      expect(event).toMatchObject({
        cid: room.cid,
        channel_type: room.type,
        channel_id: room.id,
        message_id: message.id,
        user: { id: ana.id },
        message: { id: message.id, text: 'hello', created_at: message.created_at, user: { id: ana.id } },
      });
      expect(ms(event.message.updated_at)).toBeGreaterThan(ms(message.updated_at));
    }
  });

  story('a full update forgets custom keys left out, a partial one only what it names', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, { text: 'x', colour: 'teal', place: { city: 'Bonn', floor: 2 } });
    await bob.settles(room);
    const { message: partial } = await ana.client.partialUpdateMessage(message.id, {
      set: { text: 'y', 'place.city': 'Köln' } as never,
      unset: ['place.floor'] as never,
    });
    expect(partial).toMatchObject({ text: 'y', colour: 'teal', place: { city: 'Köln' } });
    expect((partial as { place: object }).place).not.toHaveProperty('floor');
    const { message: full } = await ana.client.updateMessage({ id: message.id, text: 'z' });
    expect(full).not.toHaveProperty('colour');
    expect(full).not.toHaveProperty('place');
    await bob.heard(['message.updated', 'message.updated'], room);
  });

  story('everybody edits their own only; a moderator edits all', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, 'mine');
    await refuses(bob.client.updateMessage({ id: message.id, text: 'ours' }), 17, 403);
    await town.at(room).addModerators([bob.id]);
    expect((await bob.client.updateMessage({ id: message.id, text: 'ours' })).message).toMatchObject({ text: 'ours', user: { id: ana.id } });
  });

  story('edits that are refused change nothing', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    const message = await ana.says(room, 'fine');
    await bob.settles(room);
    await refuses(ana.client.updateMessage({ id: 'nothing', text: 'x' }), 16, 404, 'nothing');
    await refuses(ana.client.updateMessage({ id: message.id, text: 'x'.repeat(5_001) }), 20, 400);
    await refuses(ana.client.partialUpdateMessage(message.id, { set: { text: 7 } } as never), 4, 400);
    await refuses(ana.client.partialUpdateMessage(message.id, { set: { silent: true } }), 4, 400, 'message.silent field cannot be updated');
    await refuses(ana.client.partialUpdateMessage(message.id, { set: { created_at: 'x' } } as never), 4, 400);
    await refuses(ana.client.partialUpdateMessage(message.id, { set: { colour: 'c'.repeat(6_000) } }), 22, 413);
    await refuses(cleo.client.updateMessage({ id: message.id, text: 'x' }), 17, 403);
    await bob.heardNothing(room);
    expect((await ana.client.getMessage(message.id)).message.text).toBe('fine');
  });

  story('an empty partial update is a success', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const message = await ana.says(room, 'same');
    const { message: same } = await ana.client.partialUpdateMessage(message.id, { set: {}, unset: [] });
    expect(same.text).toBe('same');
  });
});

describe.skipIf(process.env.WEIR_NODES === '2')('S10 edit beside previews', () => {
  hosted('however much the previews of its links say, a message can be pinned and edited', async ({ host }) => {
    const site = await talkative();
    try {
      const town = host.town(await host.node({ env: { WEIR_LINK_PREVIEWS: 'on', WEIR_PRIVATE_LINKS: '127.0.0.1' } }));
      const [ana, bob, room] = await town.twoWatching();
      const sent = await ana.says(room, `${site.url}/a ${site.url}/b ${site.url}/c`);
      const { attachments } = (await bob.hears('message.updated', { message: { id: sent.id } })).message;
      expect(attachments).toHaveLength(3);
      expect(Buffer.byteLength(JSON.stringify(attachments))).toBeGreaterThan(5 * 1024);
      const { message: pinned } = await ana.client.pinMessage(sent.id);
      expect(pinned).toMatchObject({ pinned: true, attachments });
      const { message: named } = await ana.client.partialUpdateMessage(sent.id, { set: { colour: 'teal' } as never });
      expect(named).toMatchObject({ colour: 'teal', attachments });
      const { message: whole } = await ana.client.updateMessage({ ...named, text: `${sent.text} again` } as never);
      expect(whole).toMatchObject({ text: `${sent.text} again`, colour: 'teal', attachments });
      await refuses(ana.client.partialUpdateMessage(sent.id, { set: { colour: 'c'.repeat(6_000) } as never }), 22, 413);
      const own = { type: 'file', og_scrape_url: `${site.url}/d`, text: 'x'.repeat(6_000) };
      await refuses(ana.client.partialUpdateMessage(sent.id, { set: { attachments: [...attachments, own] } as never }), 22, 413);
    } finally {
      site.close();
    }
  });
});

describe('S10 pins', () => {
  story('a pin and its end reach everybody who watches', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await bob.says(room, 'rules');
    await bob.settles(room);
    await ana.client.pinMessage(message.id);
    const [pinned] = await bob.heard(['message.updated'], room);
    expect(pinned.message).toMatchObject({ pinned: true, pinned_at: expect.any(String), pinned_by: { id: ana.id }, pin_expires: null });
    expect(pinned.message).not.toHaveProperty('message_text_updated_at');
    expect((await bob.in(room).query({})).pinned_messages.map((one) => one.id)).toEqual([message.id]);
    await ana.client.unpinMessage(message.id);
    const [unpinned] = await bob.heard(['message.updated'], room);
    expect(unpinned.message).toMatchObject({ pinned: false, pinned_at: null, pinned_by: null, pin_expires: null });
    expect((await bob.in(room).query({})).pinned_messages).toEqual([]);
  });

  story('a pin may end by itself, but not in the past', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const message = await ana.says(room, 'soon gone');
    const { message: pinned } = await ana.client.pinMessage(message.id, 3_600);
    expect(ms(pinned.pin_expires)).toBeGreaterThan(Date.now());
    await refuses(ana.client.pinMessage(message.id, '2020-01-01T00:00:00Z'), 4, 400);
  });

  story('pinned messages are listed in pages', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const ids: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      const { id } = await ana.says(room, `p${at}`);
      await ana.client.pinMessage(id);
      ids.push(id);
    }
    const page = async (options: object, sort?: object) => {
      const { messages } = await ana.in(room).getPinnedMessages(options, sort as never);
      return messages.map((message) => ids.indexOf(message.id));
    };
    expect(await page({ limit: 2 }, [{ pinned_at: -1 }])).toEqual([3, 2]);
    expect(await page({ limit: 2 }, [{ pinned_at: 1 }])).toEqual([0, 1]);
    expect((await page({ limit: 10 })).sort()).toEqual([0, 1, 2, 3]);
    const state = await ana.in(room).query({});
    expect(state.pinned_messages.map((message) => ids.indexOf(message.id))).toEqual([3, 2, 1, 0]);
  });

  story('an outsider pins nothing', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const cleo = await town.person('cleo');
    const message = await ana.says(room, 'x');
    await refuses(cleo.client.pinMessage(message.id), 17, 403);
  });
});

describe('S10 delete', () => {
  story('soft: the place stays, the message is marked', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, 'oops');
    await Promise.all([ana.settles(room), bob.settles(room)]);
    const { message: deleted } = await ana.client.deleteMessage(message.id);
    expect(deleted).toMatchObject({ id: message.id, type: 'deleted', deleted_at: expect.any(String) });
    for (const one of [ana, bob]) {
      const [event] = await one.heard(['message.deleted'], room);
      expect(event).toMatchObject({ cid: room.cid, message_id: message.id, user: { id: ana.id }, message: { id: message.id, type: 'deleted' } });
      expect(event.hard_delete ?? false).toBe(false);
    }
    const { messages } = await bob.in(room).query({ messages: { limit: 10 } });
    expect(messages).toMatchObject([{ id: message.id, type: 'deleted' }]);
  });

  story('hard: gone, and unread falls', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const kept = await bob.says(room, 'kept');
    const message = await bob.says(room, 'gone');
    await ana.settles(room);
    await bob.client.deleteMessage(message.id, { hardDelete: true });
    const [event] = await ana.heard(['message.deleted'], room);
    expect(event).toMatchObject({ hard_delete: true, message: { id: message.id } });
    await refuses(ana.client.getMessage(message.id), 16, 404, `message with id ${message.id} doesn't exist`);
    const state = await ana.in(room).query({ messages: { limit: 10 } });
    expect(state.messages.map((one) => one.id)).toEqual([kept.id]);
    expect(state.read?.find((read) => read.user.id === ana.id)?.unread_messages).toBe(1);
    expect(state.channel.last_message_at).toBe(kept.created_at);
  });

  story('hard: a long thread goes whole, even if nobody waits for it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const parent = await ana.says(room, 'a long thread');
    const reply = () => town.says(room, bob, 'more', { parent_id: parent.id, show_in_channel: true });
    for (let at = 0; at < 130; at += 10) await Promise.all(Array.from({ length: 10 }, reply));
    await ana.settles(room);
    await hangsUp(town, `/messages/${parent.id}?hard=true`, { method: 'DELETE' }, ana.hears('message.deleted'));
    await ana.hears('message.deleted', { message: { id: parent.id } }, 15_000);
    await refuses(ana.client.getMessage(parent.id), 16, 404);
    expect((await ana.in(room).query({ messages: { limit: 10 } })).messages).toEqual([]);
  });

  story('hard: reminders of the replies end with the thread', async ({ town }) => {
    const [ana, bob, room] = await reminding(town);
    const parent = await bob.says(room, 'parent');
    const reply = await bob.says(room, { text: 'reply', parent_id: parent.id });
    await create(ana, reply.id);
    await ana.settles(room);
    await town.server.deleteMessage(parent.id, { hardDelete: true });
    expect(await ana.hears('reminder.deleted')).toMatchObject({ cid: room.cid, message_id: reply.id, user_id: ana.id });
  });

  story('a ban takes every message with it, even if nobody waits for it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    for (let at = 0; at < 60; at += 10) await Promise.all(Array.from({ length: 10 }, () => town.says(room, bob, 'spam')));
    await ana.settles(room);
    const body = JSON.stringify({ target_user_id: bob.id, banned_by_id: ana.id, channel_cid: room.cid, delete_messages: 'soft' });
    await hangsUp(town, '/moderation/ban', { method: 'POST', body }, ana.hears('message.deleted'));
    await ana.hears('user.messages.deleted', { user: { id: bob.id } }, 15_000);
    const { messages } = await ana.in(room).query({ messages: { limit: 100 } });
    expect(messages.map((message) => message.type)).toEqual(Array.from({ length: 60 }, () => 'deleted'));
  });

  story('for me: nobody else notices', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await bob.says(room, 'too much');
    await Promise.all([ana.settles(room), bob.settles(room)]);
    await ana.client.deleteMessage(message.id, { deleteForMe: true });
    const [event] = await ana.heard(['message.deleted'], room);
    expect(event).toMatchObject({ deleted_for_me: true, message_id: message.id });
    await bob.heardNothing(room);
    expect((await bob.client.getMessage(message.id)).message).toMatchObject({ type: 'regular', text: 'too much' });
  });

  story('for me: gone from the own sight alone, and not without end', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const ids: string[] = [];
    for (let at = 0; at < 101; at += 1) ids.push((await town.says(room, bob, `m${at}`)).id);
    for (const id of ids.slice(0, 100)) await ana.client.deleteMessage(id, { deleteForMe: true });
    await refuses(ana.client.deleteMessage(ids[100], { deleteForMe: true }), 4, 400, 'at most 100 messages');
    await ana.client.deleteMessage(ids[0], { deleteForMe: true });
    expect((await ana.client.getMessage(ids[0])).message).toMatchObject({ deleted_for_me: true, type: 'deleted', text: '', html: '', attachments: [] });
    expect((await bob.client.getMessage(ids[0])).message).toMatchObject({ type: 'regular', text: 'm0' });
    await bob.client.deleteMessage(ids[0], { deleteForMe: true });
    await refuses(ana.client._deleteMessage(ids[1], { hardDelete: true, deleteForMe: true }), 4, 400);
    await refuses(town.server.deleteMessage(ids[1], { deleteForMe: true }), 4, 400);
  });

  story('a pinned message that is deleted is no longer pinned', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const message = await ana.says(room, { text: 'x', pinned: true });
    await ana.client.deleteMessage(message.id);
    expect((await ana.in(room).query({})).pinned_messages).toEqual([]);
  });

  story('everybody deletes their own only', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const message = await ana.says(room, 'mine');
    await bob.settles(room);
    await refuses(bob.client.deleteMessage(message.id), 17, 403);
    await refuses(ana.client.deleteMessage('nothing'), 16, 404);
    await bob.heardNothing(room);
  });

  story('a quote shows that its message was deleted', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const first = await ana.says(room, 'first');
    const second = await bob.says(room, { text: 'second', quoted_message_id: first.id });
    await ana.client.deleteMessage(first.id);
    expect((await bob.client.getMessage(second.id)).message.quoted_message).toMatchObject({ id: first.id, type: 'deleted' });
  });
});
