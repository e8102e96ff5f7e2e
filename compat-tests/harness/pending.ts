// What stories of messages that wait for their commit begin with.
import { execFileSync } from 'node:child_process';
import type { Message, MessageResponse, SendMessageOptions, StreamChat } from 'stream-chat';
import type { Redis } from './node';
import type { Person, Room } from './person';
import type { Town } from './town';

/** The server sends it in somebody's name, to wait. */
export const waits = (town: Town, room: Room, who: Person | string, message: string | Message, options: SendMessageOptions = {}) => {
  const written = typeof message === 'string' ? { text: message } : message;
  return town.at(room).sendMessage({ ...written, user_id: typeof who === 'string' ? who : who.id } as Message, { pending: true, ...options });
};

/** The SDK's type has the message at the root of the answer, which it hands on as it comes. */
export const commits = (server: StreamChat, id: string) => server.commitMessage(id) as unknown as Promise<{ message: MessageResponse }>;

/** What the state of the channel says of it for somebody. */
export const waiting = async (who: Person, room: Room) => (await who.in(room).query({ messages: { limit: 30 } })).pending_messages ?? [];

/** The texts of what everybody sees. */
export const texts = async (who: Person, room: Room) => (await who.in(room).query({ messages: { limit: 30 } })).messages.map((message) => message.text);

const PARTITIONS = 16;

/** The moment (µs) at which the message goes; another one, if that is named. */
export function ends(redis: Redis, room: Room, id: string, moment?: number): number {
  // Of a cluster's addresses the first is nobody's.
  const [address] = redis.url.split(',').slice(-1);
  const cli = (...words: string[]) => execFileSync('redis-cli', ['-c', '-u', address, ...words], { encoding: 'utf8' }).trim();
  const keys = Array.from({ length: PARTITIONS }, (_, at) => `weir:{${at}}:pending-ends`);
  const member = `${room.cid}\n${id}`;
  const key = keys.find((one) => cli('zscore', one, member) !== '');
  if (!key) return Number.NaN;
  if (moment !== undefined) cli('zadd', key, 'xx', String(moment), member);
  return Number(cli('zscore', key, member));
}
