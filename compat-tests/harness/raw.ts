// Requests and sockets without an SDK: for what no well-behaved client would send.
import WebSocket from 'ws';
import { KEY, SECRET } from './node';
import { createHmac } from 'node:crypto';
import type { Frame } from './recorder';

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token with any content and any signature. */
export function token(payload: object, { secret = SECRET, header = { alg: 'HS256', typ: 'JWT' } as object } = {}) {
  const content = `${encode(header)}.${encode(payload)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

export interface RawRequest {
  method?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  token?: string;
  /** Sent as it is when it is text, otherwise as JSON. */
  body?: unknown;
}

export interface RawAnswer {
  status: number;
  headers: Headers;
  body: any;
}

export const serverToken = () => token({ server: true });

export async function request(base: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
  const url = new URL(base + path);
  for (const [key, value] of Object.entries({ api_key: KEY, ...options.query })) url.searchParams.set(key, value);
  const body = options.body === undefined || typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
  const response = await fetch(url, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      'stream-auth-type': 'jwt',
      Authorization: options.token ?? serverToken(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    body,
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

export interface Socket {
  socket: WebSocket;
  protocol: string;
  frames: Frame[];
  /** The close code, once closed. */
  closed: Promise<number>;
  next(within?: number): Promise<Frame>;
}

/** Opens `/connect` with exactly these parameters, and headers that a proxy would add. */
export function connect(base: string, params: Record<string, string>, headers: Record<string, string> = {}): Promise<Socket> {
  const url = new URL(`${base.replace('http', 'ws')}/connect`);
  for (const [key, value] of Object.entries(params)) url.searchParams.set(key, value);
  const socket = new WebSocket(url, { headers });
  const frames: Frame[] = [];
  const waiting: ((frame: Frame) => void)[] = [];
  let read = 0;
  socket.on('message', (data, binary) => {
    if (binary) return;
    frames.push(JSON.parse(data.toString()));
    waiting.shift()?.(frames[read++]);
  });
  const closed = new Promise<number>((done) => socket.once('close', (code) => done(code)));
  const next = (within = 6_000) =>
    new Promise<Frame>((heard, failed) => {
      if (read < frames.length) return heard(frames[read++]);
      const timer = setTimeout(() => failed(new Error(`no frame came within ${within} ms`)), within);
      waiting.push((frame) => {
        clearTimeout(timer);
        heard(frame);
      });
    });
  return new Promise((opened, failed) => {
    socket.once('error', failed);
    socket.once('open', () => opened({ socket, protocol: socket.protocol, frames, closed, next }));
  });
}

export const connectParams = (userId: string, jwt: string, details: object = {}) => ({
  json: JSON.stringify({ user_id: userId, user_details: { id: userId, ...details }, client_request_id: crypto.randomUUID() }),
  api_key: KEY,
  authorization: jwt,
  'stream-auth-type': 'jwt',
  'X-Stream-Client': 'weir-compat-tests',
});
