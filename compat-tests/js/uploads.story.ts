// Files and images: in by multipart, out by a safe link.
import { describe, expect, form, hosted, png, raw, refuses, story, upload } from '../harness';

describe('uploads', () => {
  story('a file comes back byte for byte, under its name, to anybody with the link', async ({ town }) => {
    const [ana, , room] = await town.two();
    const bytes = Buffer.from('line one\nline two — ünïcode\n'.repeat(1000));
    const answer = await ana.in(room).sendFile(bytes, 'notes of may.txt', 'text/plain');
    expect(answer).toMatchObject({ file: expect.stringMatching(/^https?:\/\/\S+$/), duration: expect.any(String) });
    expect(decodeURIComponent(answer.file)).toContain('notes of may.txt');
    const served = await fetch(answer.file);
    expect(served.status).toBe(200);
    expect(Buffer.from(await served.arrayBuffer()).equals(bytes)).toBe(true);
    expect(served.headers.get('access-control-allow-origin')).toBe('*');
    expect(served.headers.get('x-content-type-options')).toBe('nosniff');
    const part = await fetch(answer.file, { headers: { Range: 'bytes=5-7' } });
    expect([part.status, await part.text()]).toEqual([206, 'one']);
  });

  story('an image tells its size in the link', async ({ town }) => {
    const [ana, , room] = await town.two();
    const data = form({ file: new Blob([png(64, 32)], { type: 'image/png' }) }, 'cat.png');
    const answer = await upload(ana.place.rest, `/channels/${room.type}/${room.id}/image`, town.token(ana.id), data);
    expect(answer.status).toBe(201);
    const url = new URL(answer.body.file);
    expect(url.searchParams.get('ow')).toBe('64');
    expect(url.searchParams.get('oh')).toBe('32');
    const served = await fetch(url);
    expect([served.status, served.headers.get('content-type')]).toEqual([200, 'image/png']);
  });

  story('a picture in a message: the others see it', async ({ town }) => {
    const [ana, bob, room] = await town.twoWatching();
    const data = form({ file: new Blob([png(8, 8)], { type: 'image/png' }) }, 'dot.png');
    const { body } = await upload(ana.place.rest, `/channels/${room.type}/${room.id}/image`, town.token(ana.id), data);
    await ana.says(room, { text: '', attachments: [{ type: 'image', image_url: body.file, fallback: 'dot.png' }] });
    const [heard] = await bob.heard(['message.new'], room);
    const served = await fetch(heard.message.attachments[0].image_url);
    expect(served.status).toBe(200);
  });

  story('no script runs from an upload', async ({ town }) => {
    const [ana, , room] = await town.two();
    const page = '<!doctype html><script>alert(1)</script>';
    const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    for (const [content, name, type] of [[page, 'a.html', 'text/html'], [drawing, 'a.svg', 'image/svg+xml'], [page, 'a.png', 'image/png']]) {
      const answer = await ana.in(room).sendFile(Buffer.from(content), name, type).catch(() => undefined);
      if (!answer) continue;
      const served = await fetch(answer.file);
      const harmless = /attachment/.test(served.headers.get('content-disposition') ?? '') || /sandbox/.test(served.headers.get('content-security-policy') ?? '');
      const plain = !/html|svg|xml|javascript/.test(served.headers.get('content-type') ?? '');
      expect(harmless || plain, `${name}: ${JSON.stringify([...served.headers])}`).toBe(true);
      expect(served.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  story('what is no image is not taken as one', async ({ town }) => {
    const [ana, , room] = await town.two();
    const path = `/channels/${room.type}/${room.id}/image`;
    for (const content of ['', 'not an image', '<svg', '\x89PNG\r\n\x1a\nbroken']) {
      const answer = await upload(ana.place.rest, path, town.token(ana.id), form({ file: new Blob([content], { type: 'image/png' }) }, 'x.png'));
      expect({ status: answer.status, code: answer.body.code }, JSON.stringify(content)).toEqual({ status: 400, code: 4 });
    }
  });

  story('refusals', async ({ town }) => {
    const [ana, , room] = await town.two();
    const cleo = await town.person('cleo');
    const path = `/channels/${room.type}/${room.id}/file`;
    const token = town.token(ana.id);
    const file = () => form({ file: new Blob(['x']) }, 'x.txt');
    expect((await upload(ana.place.rest, path, token, form({ other: 'x' }))).body.code).toBe(4);
    expect((await upload(ana.place.rest, path, town.token(cleo.id), file())).body.code).toBe(17);
    expect((await upload(ana.place.rest, '/channels/messaging/nothing/file', token, file())).body.code).toBe(16);
    await refuses(ana.post(path, { file: 'x' }), 4, 400);
    const junk = form({ file: new Blob(['x']), user: 'undefined', upload_sizes: '[object Object]' }, 'x.txt');
    expect((await upload(ana.place.rest, path, token, junk)).status).toBe(201);
  });

  story('a name cannot lead out of the folder', async ({ town }) => {
    const [ana, , room] = await town.two();
    const answer = await ana.in(room).sendFile(Buffer.from('x'), '../../../etc/passwd', 'text/plain');
    expect(answer.file).not.toContain('..');
    expect((await fetch(answer.file)).status).toBe(200);
    for (const path of ['/files/../../etc/passwd', '/uploads/%2e%2e%2f%2e%2e%2fetc%2fpasswd']) {
      const served = await raw.request(ana.place.rest, path);
      expect(served.status).toBeGreaterThanOrEqual(400);
    }
  });

  story('a server uploads for somebody', async ({ town }) => {
    const [ana, , room] = await town.two();
    const answer = await town.at(room).sendFile(Buffer.from('from the server'), 'server.txt', 'text/plain', { id: ana.id });
    expect(await (await fetch(answer.file)).text()).toBe('from the server');
  });

  hosted('the app says which files it takes, and takes no others', async ({ host }) => {
    const town = host.town(await host.node());
    const [ana, , room] = await town.two();
    const sends = (bytes: Buffer, name: string) => ana.in(room).sendFile(bytes, name, 'text/plain');
    const rules = { allowed_file_extensions: ['.txt', '.Md'], blocked_mime_types: ['image/png'], size_limit: 1000 };
    await town.server.updateAppSettings({ file_upload_config: rules });
    const { app } = await ana.client.getAppSettings();
    expect(app?.file_upload_config).toEqual({ ...rules, blocked_file_extensions: [], allowed_mime_types: [] });
    expect(app?.image_upload_config).toMatchObject({ allowed_file_extensions: [], size_limit: 100 * 1024 * 1024 });
    await sends(Buffer.alloc(1000, 'a'), 'NOTES.MD');
    await refuses(sends(Buffer.alloc(1001, 'a'), 'notes.md'), 22, 413, '1000 bytes');
    await refuses(sends(Buffer.from('MZ'), 'notes.txt.exe'), 4, 400, 'name');
    await refuses(sends(png(8, 8), 'picture.txt'), 4, 400, 'image/png');
    await ana.in(room).sendImage(png(8, 8) as never, 'dot.png', 'image/png');
  });

  hosted('rules for files without sense are refused', async ({ host }) => {
    const town = host.town(await host.node());
    const sets = (rules: object) => town.server.updateAppSettings({ image_upload_config: rules });
    await refuses(sets({ allowed_file_extensions: ['.png'], blocked_file_extensions: ['.gif'] }), 4, 400, 'Cannot specify both allowed file extensions and blocked file extensions');
    await refuses(sets({ allowed_mime_types: ['image/png'], blocked_mime_types: ['image/gif'] }), 4, 400, 'Cannot specify both allowed mime types and blocked mime types');
    await refuses(sets({ size_limit: 104857601 }), 4, 400);
    await refuses(sets({ size_limit: -1 }), 4, 400);
    await refuses(sets({ allowed_file_extensions: ['png'] }), 4, 400, 'dot');
    await sets({ size_limit: 104857600, blocked_mime_types: Array(100).fill('image/gif') });
    await refuses(sets({ blocked_mime_types: Array(101).fill('image/gif') }), 4, 400);
  });
});
