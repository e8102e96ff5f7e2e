// Previews of links: asked for while typing, and added to what was sent.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, hosted, refuses } from '../harness';

const PREVIEWS = { WEIR_LINK_PREVIEWS: 'on', WEIR_PRIVATE_LINKS: '127.0.0.1' };

interface Site {
  url: string;
  asked: string[];
  close(): Promise<void>;
}

const html = (head: string) => ({ 'content-type': 'text/html; charset=utf-8', body: `<html><head>${head}</head><body>…</body></html>` });
const pages: Record<string, Record<string, string>> = {
  '/river': html('<title>River</title><meta property="og:title" content="The River"><meta property="og:description" content="It flows."><meta property="og:image" content="/pic.png"><meta property="og:site_name" content="Waters">'),
  '/lake': html('<title>The Lake</title>'),
  '/empty': html(''),
  '/pic.png': { 'content-type': 'image/png', body: 'x' },
  '/data.bin': { 'content-type': 'application/octet-stream', body: 'x' },
  '/moved': { location: '/river' },
  '/inside': { location: 'http://127.0.0.2/secret' },
  '/around': { location: '/around' },
  '/large': { 'content-type': 'text/html', body: `<title>Large</title>${'x'.repeat(4_000_000)}` },
};

/** A site on this machine that notes what it is asked for, and never answers below `/slow`. */
async function site(): Promise<Site> {
  const asked: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    asked.push(request.url ?? '');
    if (request.url?.startsWith('/slow')) return;
    const { body, ...headers } = pages[request.url ?? ''] ?? {};
    response.writeHead(headers.location ? 302 : headers['content-type'] ? 200 : 404, headers).end(body);
  };
  const server: Server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}

describe.skipIf(process.env.WEIR_NODES === '2')('link previews', () => {
  hosted('a page says of itself what it is', async ({ host }) => {
    const { url, asked, close } = await site();
    try {
      const town = host.town(await host.node({ env: PREVIEWS }));
      const { client } = await town.person('ana');
      const river = { title: 'The River', text: 'It flows.', image_url: `${url}/pic.png`, thumb_url: `${url}/pic.png`, author_name: 'Waters', type: 'image' };
      expect(await client.enrichURL(`${url}/river`)).toMatchObject({ ...river, og_scrape_url: `${url}/river`, title_link: `${url}/river` });
      expect(await client.enrichURL(`${url}/moved`)).toMatchObject({ ...river, og_scrape_url: `${url}/moved` });
      expect(await client.enrichURL(`${url}/lake`)).toMatchObject({ title: 'The Lake', type: 'article' });
      expect(await client.enrichURL(`${url}/pic.png`)).toMatchObject({ type: 'image', image_url: `${url}/pic.png` });
      expect(await client.enrichURL(`${url}/large`)).toMatchObject({ title: 'Large' });
      const before = asked.length;
      await client.enrichURL(`${url}/river`);
      expect(asked.length, 'it is remembered').toBe(before);
      for (const path of ['/empty', '/missing', '/data.bin', '/around', '/inside']) await refuses(client.enrichURL(`${url}${path}`), 4, 400);
    } finally {
      await close();
    }
  });

  hosted('nobody reaches into private networks, nor beyond the web', async ({ host }) => {
    const town = host.town(await host.node({ env: PREVIEWS }));
    const { client } = await town.person('ana');
    const places = ['http://127.0.0.2/', 'http://localhost/', 'http://[::1]/', 'http://10.0.0.1/', 'http://169.254.169.254/latest/meta-data/', 'http://2130706434/', 'http://0.0.0.0/', 'file:///etc/passwd', 'ftp://127.0.0.1/', 'http://ana:secret@127.0.0.1/', 'river', ''];
    for (const place of places) await refuses(client.enrichURL(place), 4, 400);
    await refuses(client.enrichURL(`http://127.0.0.1/${'x'.repeat(2048)}`), 4, 400);
  });

  hosted('what was sent gets the previews of its first links by an update, and an edit those of its own', async ({ host }) => {
    const { url, close } = await site();
    try {
      const town = host.town(await host.node({ env: PREVIEWS }));
      const [ana, bob, room] = await town.twoWatching();
      const sent = await ana.says(room, `look: ${url}/river, (${url}/lake) ${url}/missing ${url}/pic.png`);
      expect(sent.attachments).toEqual([]);
      for (const one of [ana, bob]) {
        const { message } = await one.hears('message.updated', { message: { id: sent.id } });
        expect(message.attachments.map((attachment: { title: string }) => attachment.title)).toEqual(['The River', 'The Lake']);
        expect(message).not.toHaveProperty('message_text_updated_at');
      }
      await ana.client.updateMessage({ id: sent.id, text: `rather ${url}/lake` });
      await bob.hears('message.updated', { message: { attachments: [] } });
      const { message } = await bob.hears('message.updated', { message: { id: sent.id, attachments: [{ title: 'The Lake', og_scrape_url: `${url}/lake` }] } });
      expect((await bob.client.getMessage(sent.id)).message.attachments).toEqual(message.attachments);
    } finally {
      await close();
    }
  });

  hosted('who names many pages that never come keeps nobody waiting, and nothing piles up', async ({ host }) => {
    const { url, asked, close } = await site();
    try {
      const town = host.town(await host.node({ env: PREVIEWS }));
      const [ana, bob, room] = await town.twoWatching();
      const slow = (at: number) => [1, 2, 3].map((link) => `${url}/slow/${at}/${link}`).join(' ');
      await Promise.all(Array.from({ length: 80 }, (_, at) => ana.says(room, slow(at))));
      const start = Date.now();
      const late = await ana.says(room, `${url}/lake`);
      await refuses(bob.client.enrichURL(`${url}/slow`), 4, 400);
      expect(Date.now() - start).toBeLessThan(9_000);
      expect((await bob.client.getMessage(late.id)).message.attachments).toEqual([]);
      expect(asked).not.toContain('/lake');
      const sent = await ana.says(room, `${url}/river`);
      await bob.hears('message.updated', { message: { id: sent.id, attachments: [{ title: 'The River' }] } });
    } finally {
      await close();
    }
  });

  hosted('only where it is wanted', async ({ host }) => {
    const { url, asked, close } = await site();
    try {
      const town = host.town(await host.node({ env: PREVIEWS }));
      const [ana, bob, room] = await town.twoWatching();
      await ana.in(room).sendMessage({ text: `${url}/river` }, { skip_enrich_url: true });
      const live = await town.room({ type: 'livestream', members: [] });
      await town.says(live, ana, `${url}/river`);
      await ana.says(room, 'no link');
      await bob.hears('message.new', { message: { text: 'no link' } });
      await ana.client.enrichURL(`${url}/lake`);
      expect(asked).toEqual(['/lake']);
      const off = host.town(await host.node({ env: { WEIR_LINK_PREVIEWS: 'off' } }));
      const cleo = await off.person('cleo');
      await refuses(cleo.client.enrichURL(`${url}/lake`), 19, 400);
    } finally {
      await close();
    }
  });
});
