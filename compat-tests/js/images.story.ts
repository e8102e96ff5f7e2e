// Uploaded images in other sizes, files that are deleted, voices, and links that run out.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, form, found, hosted, picture, png, random, refuses, served, sizeOf, story, upload } from '../harness';

const sized = (link: string, query: string) => `${link}&${query}`;
const size = async (link: string, query: string) => {
  const answer = await served(sized(link, query));
  expect({ query, status: answer.status }).toEqual({ query, status: 200 });
  return sizeOf(answer.bytes).join('x');
};
const refusal = async (link: string, query: string) => {
  const answer = await served(sized(link, query));
  const { code, message } = JSON.parse(answer.bytes.toString());
  return `${answer.status} ${code} ${message}`;
};

const frame = '21f90400050000002c00000000010001000002024401003b';
/** A GIF that moves. */
const gif = Buffer.from(`47494638396101000100800000ff0000ffffff${frame.slice(0, -2)}${frame}`, 'hex');

describe('an image', () => {
  story('comes in the size that the link asks for', async ({ town }) => {
    const [ana, , room] = await town.two();
    const link = await picture(town, ana, room);
    for (const [query, expected] of Object.entries({
      'w=100&h=100': '100x50',
      'w=100': '100x50',
      'h=10': '20x10',
      'w=900&h=900': '200x100',
      'w=50&h=50&resize=clip': '50x25',
      'w=50&h=50&resize=crop': '50x50',
      'w=50&h=50&resize=crop&crop=top,left': '50x50',
      'w=30&h=90&resize=scale': '30x90',
      'w=120&h=120&resize=fill': '120x120',
      'w=99.6': '100x50',
      'resize=crop': '200x100',
    })) expect({ [query]: await size(link, query) }).toEqual({ [query]: expected });
    const answer = await served(sized(link, 'w=100'));
    expect(answer.type).toBe('image/png');
    for (const [name, value] of Object.entries({
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
    })) expect(answer.headers.get(name)).toBe(value);
    const tag = found(answer.headers.get('etag'));
    expect(tag).not.toBe((await served(link)).headers.get('etag'));
    expect((await served(sized(link, 'w=100'), { 'if-none-match': tag })).status).toBe(304);
    const part = await served(sized(link, 'w=100'), { range: 'bytes=0-7' });
    expect([part.status, part.bytes.subarray(1, 4).toString()]).toEqual([206, 'PNG']);
  });

  story('a hundred who ask at once all get it', async ({ town }) => {
    const [ana, , room] = await town.two();
    const link = await picture(town, ana, room, png(1000, 800));
    const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => served(sized(link, `w=${100 + (at % 3)}`))));
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map((answer) => sizeOf(answer.bytes)[0]))).toEqual(new Set([100, 101, 102]));
  });

  story('the sizes that an upload asks for are there', async ({ town }) => {
    const [ana, , room] = await town.two();
    const wanted = [{ width: 40, height: 40, resize: 'crop', crop: 'top' }, { width: 20 }];
    const data = form({ file: new Blob([png(80, 40)]), upload_sizes: JSON.stringify(wanted) }, 'cat.png');
    const { body } = await upload(ana.place.rest, `/channels/${room.type}/${room.id}/image`, town.token(ana.id), data);
    expect(body.upload_sizes).toMatchObject(wanted);
    const sizes = await Promise.all(body.upload_sizes.map(async ({ url }: { url: string }) => sizeOf((await served(url)).bytes).join('x')));
    expect(sizes).toEqual(['40x40', '20x10']);
  });

  story('sides from 1 to 4096, and words that mean something', async ({ town }) => {
    const [ana, , room] = await town.two();
    const link = await picture(town, ana, room);
    expect(await size(link, 'w=1&h=1')).toBe('1x1');
    expect(await size(link, 'w=4096&h=1&resize=scale')).toBe('4096x1');
    for (const query of ['w=0', 'w=4097', 'w=-1', 'w=NaN', 'w=1e99', 'w=%00', 'h=4097']) {
      expect(await refusal(link, query)).toMatch(/^400 4 .*[wh] must be a number from 1 to 4096/);
    }
    expect(await refusal(link, 'w=1&resize=bend')).toMatch(/^400 4 .*resize must be one of/);
    expect(await refusal(link, 'w=1&resize=crop&crop=middle')).toMatch(/^400 4 .*crop must be one of/);
  });

  story('a bomb is not decoded; what is just small enough is', async ({ town }) => {
    const [ana, , room] = await town.two();
    const edge = await picture(town, ana, room, png(4200, 4000));
    expect(edge).toContain('ow=4200');
    expect(await size(edge, 'w=42&h=42')).toBe('42x40');
    // A pixel row more, and one that claims nine hundred million pixels in a few hundred bytes.
    for (const [width, height] of [[4200, 4001], [30_000, 30_000]]) {
      const link = await picture(town, ana, room, png(width, height, 1));
      // Nothing invites clients to ask for another size.
      expect(link).not.toContain('ow=');
      expect(await refusal(`${link}?`, 'w=42&h=42')).toMatch(/^400 4 .*more than 16800000 pixels/);
      expect((await served(link)).status).toBe(200);
    }
    const broken = await picture(town, ana, room, png(64, 64).subarray(0, 60));
    expect(await refusal(broken, 'w=42')).toMatch(/^400 4 .*cannot be read/);
  }, 120_000);

  story('what moves goes on moving, and drawings stay drawings', async ({ town }) => {
    const [ana, , room] = await town.two();
    const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
    for (const [bytes, name] of [[gif, 'cat.gif'], [drawing, 'cat.svg']] as const) {
      const link = await picture(town, ana, room, bytes, name);
      const answer = await served(`${link}${link.includes('?') ? '&' : '?'}w=1&h=1`);
      expect([answer.status, answer.bytes.equals(bytes)]).toEqual([200, true]);
    }
  });

  hosted('that moves takes no more of the disk with every size that is asked for', async ({ host }) => {
    const folder = host.folder();
    const town = host.town(await host.node({ dataDir: folder }));
    const [ana, , room] = await town.two();
    const kept = () => readdirSync(join(folder, 'sizes'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
    const moving = await picture(town, ana, room, gif, 'cat.gif');
    for (let side = 1; side <= 20; side += 1) expect((await served(sized(moving, `w=${side}`))).bytes.equals(gif)).toBe(true);
    expect(kept()).toBe(1);
    const still = await picture(town, ana, room);
    for (const side of [10, 20, 20]) expect(await size(still, `w=${side}`)).toBe(`${side}x${side / 2}`);
    expect(kept()).toBe(3);
    await ana.in(room).deleteImage(moving);
    expect(kept()).toBe(2);
  });
});

describe('a file', () => {
  const gone = async (link: string) => {
    for (const each of [link, sized(link, 'w=10')]) expect((await served(each)).status).toBe(404);
  };

  story('is deleted by who uploaded it, by moderators and by servers, and is gone then, in all its sizes', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const cleo = await town.person('cleo');
    await town.at(room).addModerators([bob.id]);
    const link = () => picture(town, ana, room);
    const [first, second, third] = [await link(), await link(), await link()];
    for (const each of [first, second, third]) expect(await size(each, 'w=10')).toBe('10x5');
    await refuses(cleo.in(room).deleteImage(first), 17, 403);
    expect((await served(first)).status).toBe(200);
    await ana.in(room).deleteImage(sized(first, 'w=10'));
    await bob.in(room).deleteImage(second);
    await town.at(room).deleteFile(third);
    for (const each of [first, second, third]) await gone(each);
    // Once more is fine, and so is what never was.
    await ana.in(room).deleteImage(first);
    await ana.in(room).deleteFile('https://elsewhere.example/uploads/cat.png');
    await refuses(ana.delete(`/channels/${room.type}/${room.id}/file`), 4, 400, /url is a required field/);
  });

  story('of one channel is not deleted through another', async ({ town }) => {
    const [ana, bob, room] = await town.two();
    const link = await picture(town, ana, room);
    const other = await town.room({ members: [ana, bob] });
    await ana.in(other).deleteImage(link);
    expect((await served(link)).status).toBe(200);
    await refuses(bob.in(room).deleteImage(link), 17, 403);
  });

  story('without a channel is somebody’s own: others leave it alone, servers do not', async ({ town }) => {
    const [ana, bob] = await town.people('ana', 'bob');
    const link = async () => (await ana.client.uploadImage(png(20, 10) as never, 'me.png', 'image/png')).file;
    const [first, second] = [await link(), await link()];
    expect(await size(first, 'w=10')).toBe('10x5');
    await ana.client.partialUpdateUser({ id: ana.id, set: { image: first } });
    await refuses(bob.client.deleteImage(first), 17, 403);
    expect((await served(first)).status).toBe(200);
    await ana.client.deleteImage(first);
    await town.server.deleteImage(second);
    await gone(first);
    await gone(second);
    const notes = await ana.client.uploadFile(Buffer.from('notes'), 'notes.txt', 'text/plain');
    expect((await served(notes.file)).bytes.toString()).toBe('notes');
    await ana.client.deleteFile(notes.file);
    expect((await served(notes.file)).status).toBe(404);
  });
});

describe('a voice', () => {
  story('is sound, in parts, and its waves come as they were sent', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const webm = Buffer.concat([Buffer.from('1a45dfa3934282847765626d', 'hex'), Buffer.alloc(2000, 7)]);
    const mp4 = Buffer.concat([Buffer.from('00000018', 'hex'), Buffer.from('ftypiso5'), Buffer.alloc(2000, 7)]);
    const wav = Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1'), Buffer.alloc(2000, 7)]);
    for (const [bytes, name, type, kind] of [
      [webm, 'voice.webm', 'audio/webm;codecs=opus', 'audio/webm'],
      [mp4, 'voice.mp4', 'audio/mp4', 'audio/mp4'],
      [wav, 'voice.wav', 'audio/wav', 'audio/x-wav'],
    ] as const) {
      // As a browser sends a recording: with its type.
      const data = form({ file: new Blob([bytes], { type }) }, name);
      const { file } = (await upload(ana.place.rest, `/channels/${room.type}/${room.id}/file`, town.token(ana.id), data)).body;
      const part = await served(file, { range: 'bytes=100-199' });
      expect([part.status, part.type, part.bytes.length]).toEqual([206, kind, 100]);
      expect(part.headers.get('content-disposition')).toMatch(/^inline/);
      const attachment = {
        type: 'voiceRecording',
        asset_url: file,
        title: name,
        duration: 12.5,
        file_size: bytes.length,
        mime_type: type,
        waveform_data: Array.from({ length: 100 }, (_, at) => Math.round(at * 73.1) / 10_000),
      };
      const { id } = await ana.says(room, { id: random(), text: '', attachments: [attachment] } as never);
      const event = await bob.hears('message.new', { message: { id } });
      expect(event.message.attachments).toEqual([attachment]);
      const { message } = await bob.client.getMessage(id);
      expect(message.attachments).toEqual([attachment]);
    }
  });
});

describe('signed links', () => {
  const without = (link: string, ...names: string[]) => {
    const url = new URL(link);
    for (const name of names) url.searchParams.delete(name);
    return url.href;
  };

  hosted('hold for a while, and reading signs them anew', async ({ host }) => {
    const redis = await host.redis();
    const [signed, folder] = [{ WEIR_UPLOAD_LINK_HOURS: '4' }, host.folder()];
    const settings = { redisUrl: redis.url, dataDir: folder };
    const open = await host.node(settings);
    const before = host.town(open);
    const early = await before.two();
    const old = await picture(before, early[0], early[2]);
    const town = host.town(await host.node({ ...settings, env: signed }), await host.node({ ...settings, env: signed }));
    const [ana, bob, room] = await town.two();
    const link = await picture(town, ana, room);
    const url = new URL(link);
    const expires = Number(url.searchParams.get('Expires'));
    expect(expires - Date.now() / 1000).toBeLessThanOrEqual(4 * 3600 + 5);
    expect(expires - Date.now() / 1000).toBeGreaterThan(3.6 * 3600);
    for (const node of town.nodes) {
      const answer = await served(node + url.pathname + url.search);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, max-age=3600']);
      expect(await size(node + url.pathname + url.search, 'w=10')).toBe('10x5');
    }
    const forged = new URL(link);
    forged.searchParams.set('Expires', String(expires + 1));
    for (const bad of [without(link, 'Signature'), without(link, 'Expires'), without(link, 'Expires', 'Signature'), forged]) {
      const answer = await served(bad);
      expect([answer.status, JSON.parse(answer.bytes.toString()).code]).toEqual([403, 17]);
    }
    // Pictures of people, and what was uploaded when links were open, stay open.
    const face = (await ana.client.uploadImage(png(2, 2) as never, 'me.png', 'image/png')).file;
    expect(face).not.toContain('Signature');
    expect([(await served(face)).status, (await served(found(town.nodes[0]) + new URL(old).pathname)).status]).toEqual([200, 200]);
    // Who reads the message gets a good link, also where a stale one was sent; elsewhere nobody does.
    const image = (at: string) => ({ text: 'cat', attachments: [{ type: 'image', image_url: at, title_link: at }] });
    const { id } = await ana.says(room, image(link));
    const read = (await bob.client.getMessage(id)).message.attachments?.[0];
    expect(read).toEqual(image(link).attachments[0]);
    expect((await served(found(read?.image_url))).status).toBe(200);
    const other = await town.room({ members: [bob] });
    const elsewhere = await bob.says(other, image(String(forged)));
    expect((await bob.client.getMessage(elsewhere.id)).message.attachments?.[0].image_url).toBe(String(forged));
    await ana.in(room).deleteImage(link);
    expect((await served(link)).status).toBe(404);
  });
});
