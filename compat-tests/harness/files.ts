// Files to upload, and the plain requests that take them.
import { deflateSync } from 'node:zlib';
import { KEY } from './node';
import type { Person, Room } from './person';
import type { Town } from './town';

function chunk(type: string, data: Buffer) {
  const body = Buffer.concat([Buffer.from(type), data]);
  let crc = ~0;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(~crc >>> 0, body.length + 4);
  return out;
}

/** A black PNG that says it has this size, and has it unless `rows` says that its pixels are not worth the room. */
export function png(width: number, height: number, rows = height) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc((width + 1) * rows));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

export function form(parts: Record<string, string | Blob>, fileName = 'file') {
  const data = new FormData();
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'string') data.append(name, part);
    else data.append(name, part, fileName);
  }
  return data;
}

export async function upload(base: string, path: string, token: string, data: FormData) {
  const headers = { Authorization: token, 'stream-auth-type': 'jwt' };
  const response = await fetch(`${base}${path}?api_key=${KEY}`, { method: 'POST', headers, body: data });
  return { status: response.status, body: await response.json() };
}

/** The size of a PNG or JPEG. */
export function sizeOf(image: Buffer): [number, number] {
  if (image.subarray(1, 4).toString('latin1') === 'PNG') return [image.readUInt32BE(16), image.readUInt32BE(20)];
  for (let at = 2; at < image.length; at += 2 + image.readUInt16BE(at + 2)) {
    const marker = image[at + 1];
    if (marker >= 0xc0 && marker <= 0xc2) return [image.readUInt16BE(at + 7), image.readUInt16BE(at + 5)];
  }
  throw new Error('no size is in it');
}

/** Uploads a PNG to the channel; hands back its link. */
export async function picture(town: Town, person: Person, room: Room, image = png(200, 100), name = 'cat.png'): Promise<string> {
  const data = form({ file: new Blob([image], { type: 'image/png' }) }, name);
  const answer = await upload(person.place.rest, `/channels/${room.type}/${room.id}/image`, town.token(person.id), data);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body.file;
}

/** The file behind a link. */
export async function served(link: string | URL, headers: Record<string, string> = {}) {
  const answer = await fetch(link, { headers });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, type: answer.headers.get('content-type'), bytes };
}
