// Slash commands: acts that are written like messages, and what only their writer sees of them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, found, hosted, type Host, type Person, refuses, type Room, story, type Town } from '../harness';

const MODERATION = { config_overrides: { commands: ['moderation_set'] } };

const words = async (who: Person, room: Room) => (await who.in(room).query({ messages: { limit: 10 } })).messages.map((message) => message.text);

describe('commands about people', () => {
  story('a person is muted and unmuted; only the writer sees a word of it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const { message } = await ana.in(room).sendMessage({ text: `/mute @${bob.id}` });
    expect(message).toMatchObject({ type: 'ephemeral', command: 'mute', args: `@${bob.id}`, command_info: { name: 'Mute' }, text: `@${bob.id} is muted for you` });
    const [muted] = await ana.heard(['notification.mutes_updated'], room);
    expect(muted.me.mutes.map((mute: { target: { id: string } }) => mute.target.id)).toContain(bob.id);
    expect((await ana.says(room, `/unmute ${bob.id}`)).type).toBe('ephemeral');
    const [unmuted] = await ana.heard(['notification.mutes_updated'], room);
    expect(unmuted.me.mutes.map((mute: { target: { id: string } }) => mute.target.id)).not.toContain(bob.id);
    await bob.heardNothing(room);
    expect(await words(ana, room)).toEqual([]);
    await refuses(ana.client.getMessage(message.id), 16, 404);
  });

  story('a mention names the person as people know them', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const bella = await town.person('bella', { name: 'Bob Bell' });
    const { message } = await ana.in(room).sendMessage({ text: '/mute @Bob Bell', mentioned_users: [bob.id, bella.id] });
    expect(message.text).toBe('@Bob Bell is muted for you');
    const { me } = await ana.hears('notification.mutes_updated');
    const muted = me.mutes.map((mute: { target: { id: string } }) => mute.target.id);
    expect(muted).toContain(bella.id);
    expect(muted).not.toContain(bob.id);
  });

  story('a moderator bans, with a reason, and lifts it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching(MODERATION);
    await town.at(room).addModerators([ana.id]);
    await Promise.all([ana.settles(room), bob.settles(room)]);
    expect(await ana.says(room, `/ban @${bob.id} too loud`)).toMatchObject({ type: 'ephemeral', command: 'ban', command_info: { name: 'Ban' } });
    await bob.hears('user.banned', { cid: room.cid, reason: 'too loud', created_by: { id: ana.id }, user: { id: bob.id } });
    await refuses(bob.says(room, 'why?'), 17, 403);
    expect((await ana.says(room, `/unban @${bob.id}`)).type).toBe('ephemeral');
    await bob.hears('user.unbanned', { cid: room.cid, user: { id: bob.id } });
    expect((await bob.says(room, 'thanks')).type).toBe('regular');
    expect(await words(ana, room)).toEqual(['thanks']);
  });

  story('a person is flagged', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching(MODERATION);
    expect(await ana.says(room, `/flag @${bob.id} rude`)).toMatchObject({ type: 'ephemeral', command: 'flag', text: `@${bob.id} is flagged` });
    await bob.heardNothing(room);
  });

  story('what cannot be done is told to the writer, and changes nothing', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching(MODERATION);
    const refused: [string, RegExp][] = [
      [`/ban @${bob.id}`, /not allowed/],
      [`/unban @${bob.id}`, /not allowed/],
      ['/mute', /@username/],
      [`/mute @${ana.id}`, /yourself/],
      ['/mute @nobody-at-all', /@nobody-at-all is not a valid user/],
      ['/unmute !!', /not a valid user/],
      ['/flag @nobody-at-all', /not a valid user/],
      ['/dance', /^Sorry, command dance doesn't exist. Try posting your message without the starting \/$/],
      ['/giphy cats', /command giphy doesn't exist/],
    ];
    for (const [text, why] of refused) expect(await ana.says(room, text), text).toMatchObject({ type: 'error', text: expect.stringMatching(why), user: { id: ana.id } });
    await ana.heardNothing(room);
    await bob.heardNothing(room);
    expect(await words(bob, room)).toEqual([]);
    const unmoderated = await town.room({ members: [ana, bob] });
    expect((await ana.says(unmoderated, `/ban @${bob.id}`)).text).toMatch(/command ban doesn't exist/);
  });

  story('a slash alone makes no command, an edit neither', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    for (const text of ['/', '/etc/hosts', '//', ' /mute x', 'a /mute x']) expect((await ana.says(room, text)).type, text).toBe('regular');
    const { message } = await ana.in(room).sendMessage({ text: 'x' });
    expect((await ana.client.updateMessage({ id: message.id, text: `/mute ${bob.id}` })).message.text).toBe(`/mute ${bob.id}`);
    await bob.hears('message.updated', { message: { text: `/mute ${bob.id}` } });
  });

  story('whoever may not write here runs no command, a backend runs them for whom it names', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching(MODERATION);
    const cleo = await town.person('cleo');
    await refuses(cleo.says(room, `/mute @${bob.id}`), 17, 403);
    await town.at(room).banUser(ana.id, { banned_by_id: bob.id });
    await refuses(ana.says(room, `/mute @${bob.id}`), 17, 403);
    expect(await town.says(room, bob, `/ban @${cleo.id}`)).toMatchObject({ type: 'ephemeral', user: { id: bob.id } });
    const { bans } = await town.server.queryBannedUsers({ channel_cid: room.cid, user_id: cleo.id });
    expect(bans).toMatchObject([{ banned_by: { id: bob.id } }]);
  });

  story('a channel lists its commands, and none that do not exist', async ({ town }) => {
    const [ana] = await town.people('ana');
    const commands = async (room: Room) => found((await ana.client.channel(room.type, room.id).watch()).channel.config?.commands).map((command) => found(command).name);
    expect(await commands(await town.room({ members: [ana] }))).toEqual(['mute', 'unmute']);
    expect(await commands(await town.room({ type: 'livestream', members: [ana] }))).toEqual(['flag', 'ban', 'unban', 'mute', 'unmute']);
    expect(await commands(await town.room({ members: [ana], config_overrides: { commands: [] } }))).toEqual([]);
    expect(await commands(await town.room({ members: [ana], config_overrides: { commands: ['all'] } }))).toEqual(['flag', 'ban', 'unban', 'mute', 'unmute']);
    await refuses(town.room({ members: [ana], config_overrides: { commands: ['dance'] } }), 4, 400);
  });
});

const rendition = (url: string) => ({ url, width: '200', height: '100', size: '5000', frames: '9' });
const gif = (name: string) => {
  const sizes = ['original', 'fixed_height', 'fixed_height_still', 'fixed_height_downsampled', 'fixed_width', 'fixed_width_still', 'fixed_width_downsampled'];
  return { id: name, title: `A ${name}`, url: `https://gifs.example/${name}`, images: Object.fromEntries(sizes.map((size) => [size, rendition(`https://gifs.example/${name}/${size}.gif`)])) };
};

/** A service with Giphy's API that notes what it is asked. */
async function gifs() {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://gifs');
    asked.push(url);
    const query = url.searchParams.get('q');
    if (query === 'broken') return void response.writeHead(500).end();
    if (query === 'moved') return void response.writeHead(302, { location: '/gifs/search?q=cats' }).end();
    if (query === 'endless') return void response.end('['.repeat(2_000_000));
    const data = query === 'nothing' ? [] : query === 'one' ? [gif('one')] : [gif('cat'), gif('dog')];
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/gifs`;
  return { asked, close, env: { WEIR_GIPHY_URL: url, WEIR_GIPHY_KEY: 'the-key' } };
}

/** Two nodes over one Redis that know the service; what is left on one is pressed on the other. */
async function withGifs(host: Host, tell: (town: Town, asked: URL[]) => Promise<void>) {
  const { asked, close, env } = await gifs();
  try {
    const { url: redisUrl } = await host.redis();
    const town = host.town(await host.node({ redisUrl, env }), await host.node({ redisUrl, env }));
    await tell(town, asked);
  } finally {
    await close();
  }
}

const picture = (message: { attachments?: { thumb_url?: string; actions?: unknown[] }[] }) => found(message.attachments?.[0], 'the picture');

describe('giphy', () => {
  hosted('a gif is looked at alone, shuffled, and sent', async ({ host }) => {
    await withGifs(host, async (town, asked) => {
      const [ana, bob, room] = await town.twoWatching();
      const there = (await town.secondDevice(ana)).in(room);
      const { message: shown } = await ana.in(room).sendMessage({ text: '/giphy good cats', id: `${ana.id}-gif` });
      expect(shown).toMatchObject({ id: `${ana.id}-gif`, type: 'ephemeral', command: 'giphy', args: 'good cats', command_info: { name: 'Giphy' } });
      const button = (text: string, value: string, style: string) => ({ name: 'image_action', text, value, style, type: 'button' });
      expect(shown.attachments).toMatchObject([
        { type: 'giphy', title: expect.stringMatching(/^A (cat|dog)$/), giphy: { original: { width: '200', frames: '9' }, fixed_width_downsampled: { height: '100' } }, actions: [button('Send', 'send', 'primary'), button('Shuffle', 'shuffle', 'default'), button('Cancel', 'cancel', 'default')] },
      ]);
      expect(asked.map((url) => `${url.pathname} ${url.searchParams.get('q')} ${url.searchParams.get('api_key')}`)).toEqual(['/gifs/search good cats the-key']);

      const { message: shuffled } = await there.sendAction(shown.id, { image_action: 'shuffle' });
      expect(shuffled).toMatchObject({ id: shown.id, type: 'ephemeral', args: 'good cats' });
      expect(picture(shuffled).thumb_url).not.toBe(picture(shown).thumb_url);
      await bob.heardNothing(room);

      const { message: sent } = await ana.in(room).sendAction(shown.id, { image_action: 'send' });
      expect(sent).toMatchObject({ id: shown.id, type: 'regular', text: '', command: 'giphy', args: 'good cats', command_info: { name: 'Giphy' } });
      expect(picture(sent)).toEqual({ ...picture(shuffled), actions: undefined });
      const [told] = await bob.heard(['message.new'], room);
      expect(told.message).toMatchObject({ id: shown.id, attachments: sent.attachments, command: 'giphy', user: { id: ana.id } });
      expect(picture(told.message)).not.toHaveProperty('actions');
      expect((await bob.in(room).query({ messages: { limit: 5 } })).messages).toMatchObject([{ id: shown.id, command: 'giphy', created_at: sent.created_at }]);
      expect((await there.sendAction(shown.id, { image_action: 'send' })).message, 'the same button again').toMatchObject({ id: shown.id, created_at: sent.created_at });
      await refuses(there.sendAction(shown.id, { image_action: 'shuffle' }), 4, 400, 'has no actions');
      await bob.heardNothing(room);
    });
  });

  hosted('one that is cancelled is gone; nobody presses the buttons of somebody else', async ({ host }) => {
    await withGifs(host, async (town) => {
      const [ana, bob, room] = await town.twoWatching();
      const shown = await ana.says(room, '/giphy cats');
      await refuses(bob.in(room).sendAction(shown.id, { image_action: 'send' }), 16, 404);
      await refuses(ana.in(room).sendAction(shown.id, { image_action: 'eat' }), 4, 400, 'form_data.image_action');
      await refuses(ana.in(room).sendAction(shown.id, {}), 4, 400, 'form_data.image_action');
      expect(await ana.in(room).sendAction(shown.id, { image_action: 'cancel' })).not.toHaveProperty('message');
      await refuses(ana.in(room).sendAction(shown.id, { image_action: 'send' }), 16, 404);
      await bob.heardNothing(room);
    });
  });

  hosted('in a thread it becomes a reply', async ({ host }) => {
    await withGifs(host, async (town) => {
      const [ana, bob, room] = await town.twoWatching();
      const parent = await bob.says(room, 'cats?');
      const shown = await ana.says(room, { text: '/giphy', parent_id: parent.id });
      expect(shown).toMatchObject({ type: 'ephemeral', parent_id: parent.id, args: '' });
      const { message } = await ana.in(room).sendAction(shown.id, { image_action: 'send' });
      expect(message).toMatchObject({ type: 'reply', parent_id: parent.id });
      await bob.hears('message.new', { message: { id: shown.id, parent_id: parent.id } });
    });
  });

  hosted('what stands in the way is told to the writer', async ({ host }) => {
    await withGifs(host, async (town) => {
      const [ana, bob, room] = await town.twoWatching();
      for (const query of ['nothing', 'broken', 'moved', 'endless']) expect(await ana.says(room, `/giphy ${query}`), query).toMatchObject({ type: 'error', text: expect.stringMatching(/^Sorry/) });
      const used = await ana.says(room, 'used');
      await refuses(ana.in(room).sendMessage({ text: '/giphy cats', id: used.id }), 4, 400, 'already exists');
      const shown = await ana.says(room, '/giphy one');
      expect(picture((await ana.in(room).sendAction(shown.id, { image_action: 'shuffle' })).message).thumb_url, 'there is no other').toBe(picture(shown).thumb_url);
      await town.at(room).banUser(ana.id, { banned_by_id: bob.id });
      await refuses(ana.in(room).sendAction(shown.id, { image_action: 'send' }), 17, 403);
      await town.at(room).unbanUser(ana.id);
      await town.at(room).updatePartial({ set: { frozen: true } });
      await refuses(ana.in(room).sendAction(shown.id, { image_action: 'send' }), 17, 403, 'frozen');
      await town.at(room).updatePartial({ set: { frozen: false } });
      expect((await ana.in(room).sendAction(shown.id, { image_action: 'send' })).message.type).toBe('regular');
    });
  });
});
