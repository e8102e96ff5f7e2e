// What the service says everywhere, beside what the model says.
import type { Frame } from '../harness';
import type { Model, Numbers } from './model';
import { BELL, PEOPLE } from './layout';
import type { Answer, World } from './world';

/** The numbers of everybody after some step of the history; `label`: the message that the step made. */
export interface Step {
  label?: string;
  numbers: Map<string, Numbers>;
}

export const step = (model: Model, label?: string): Step => ({
  ...(label ? { label } : {}),
  numbers: new Map(model.people.map((user) => [user, model.numbers(user)])),
});

/** A number that is not what the rules say. */
export interface Fault {
  where: string;
  user: string;
  said: unknown;
  wanted: unknown;
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** What an event tells a person, of what it tells at all. */
export function told(frame: Frame): Partial<Numbers> {
  const fields: [keyof Numbers, unknown][] = [
    ['unread', frame.total_unread_count],
    ['channels', frame.unread_channels],
    ['threads', frame.unread_threads],
    ['threadMessages', frame.unread_thread_messages],
  ];
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

export const fits = (numbers: Numbers, frame: Frame) =>
  Object.entries(told(frame)).every(([key, value]) => numbers[key as keyof Numbers] === value) &&
  (frame.unread_count === undefined || frame.unread_count === frame.total_unread_count);

/** Every event's numbers are those of a step, in the order of the steps; those of a message, of the step that made it. */
export function hearsInOrder(user: string, frames: Frame[], steps: Step[], label: (id: string) => string): Fault[] {
  let from = 0;
  for (const frame of frames) {
    // Reading all at once is told in the reader's partition, beside what it does to each channel in theirs: its numbers may be
    // those of a moment before or after.
    if (frame.type === 'health.check' || frame.type === 'notification.mark_read' || Object.keys(told(frame)).length === 0) continue;
    const made = ['message.new', 'notification.message_new', 'notification.thread_message_new'].includes(frame.type)
      ? steps.findIndex((one) => one.label === label(frame.message.id))
      : -1;
    const at = made >= 0 ? made : steps.findIndex((one, index) => index >= from && fits(one.numbers.get(user)!, frame));
    if (at < 0 || !fits(steps[at].numbers.get(user)!, frame)) {
      const wanted = steps.slice(from, made >= 0 ? made + 1 : undefined).map((one) => one.numbers.get(user)!);
      return [{ where: `${frame.type} ${frame.message ? label(frame.message.id) : ''}`, user, said: told(frame), wanted: made >= 0 ? wanted.at(-1) : wanted }];
    }
    from = Math.max(from, at);
  }
  return [];
}

/** What `GET /unread` is to say. */
export function wantedUnread(model: Model, user: string) {
  const { unread, threads } = model.numbers(user);
  const rooms = [...model.rooms.keys()].filter((room) => !model.roomMutes(user).has(room) && model.unread(user, room) > 0);
  const parents = [...model.threads.keys()].filter((parent) => model.unreadReplies(user, parent) > 0);
  const types = [...new Set(rooms.map((room) => model.room(room).type))].map((type) => {
    const of = rooms.filter((room) => model.room(room).type === type);
    return { type, channels: of.length, unread: of.reduce((sum, room) => sum + model.unread(user, room), 0) };
  });
  return {
    unread,
    threads,
    channels: Object.fromEntries(rooms.sort().map((room) => [room, model.unread(user, room)])),
    types,
    parents: Object.fromEntries(parents.sort().map((parent) => [parent, model.unreadReplies(user, parent)])),
  };
}

/** The same, as it was answered. */
export function saidUnread(answer: Answer, room: (cid: string) => string, label: (id: string) => string) {
  const sorted = (entries: [string, number][]) => Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    unread: answer.total_unread_count,
    threads: answer.total_unread_threads_count,
    channels: sorted(answer.channels.map((one: Answer) => [room(one.channel_id), one.unread_count])),
    types: answer.channel_type.map((one: Answer) => ({ type: one.channel_type, channels: one.channel_count, unread: one.unread_count })),
    parents: sorted(answer.threads.map((one: Answer) => [label(one.parent_message_id), one.unread_count])),
  };
}

/** Counts a channel anew from what it lists for its reader and from the pointer it shows him. */
export function recount(state: Answer, own: Answer, user: string): number {
  const mine = state.read.find((one: Answer) => one.user.id === user);
  const unheard = (author: string) =>
    own.mutes.some((one: Answer) => one.target.id === author) || (state.members.length === 2 && state.channel.id.startsWith('!members') && own.blocked_user_ids?.includes(author));
  const counts = (message: Answer) =>
    !message.silent && !message.shadowed && !message.restricted_visibility?.length && message.user.id !== user && !unheard(message.user.id);
  return state.messages.filter((one: Answer) => one.created_at > mine.last_read && counts(one)).length;
}

/** All that can be asked about one person, through a node of its own for each question. */
export async function looks(world: World, model: Model, user: string, turn: number): Promise<Fault[]> {
  const faults: Fault[] = [];
  const judge = (where: string, said: unknown, wanted: unknown) => {
    if (!same(said, wanted)) faults.push({ where, user, said, wanted });
  };
  const room = (cid: string) => [...model.rooms.keys()].find((name) => world.cid(name) === cid) ?? cid;
  const socket = await world.connects(turn % 2, user);
  socket.socket.terminate();
  const { me } = socket.frames[0];
  const numbers = model.numbers(user);
  judge('me of a new connection', [me.total_unread_count, me.unread_count, me.unread_channels, me.unread_threads], [numbers.unread, numbers.unread, numbers.channels, numbers.threads]);
  const unread = await world.asks((turn + 1) % 2, { method: 'GET', path: '/unread' }, user);
  judge('GET /unread', saidUnread(unread, room, world.names), wantedUnread(model, user));
  const inside = [...model.rooms.values()].filter((one) => one.name !== BELL && one.members.has(user) && model.knowsReading(one.name));
  const states = inside.map(async ({ name }, at) => {
    const body = { state: true, watch: false, data: {}, messages: { limit: 100 } };
    const state = await world.asks((turn + at) % 2, { path: `${world.path(name)}/query`, body }, user);
    const said = state.read.find((one: Answer) => one.user.id === world.user(user))?.unread_messages;
    judge(`read of ${name}`, said, model.roomMutes(user).has(name) ? 0 : model.unread(user, name));
    if (!model.roomMutes(user).has(name)) judge(`read of ${name}, counted anew`, recount(state, me, world.user(user)), said);
  });
  await Promise.all(states);
  const { threads } = await world.asks(turn % 2, { path: '/threads', body: { limit: 50, watch: false } }, user);
  for (const thread of threads) {
    const said = thread.read?.find((one: Answer) => one.user.id === world.user(user))?.unread_messages ?? 0;
    judge(`read of the thread of ${world.names(thread.parent_message_id)}`, said, model.unreadReplies(user, world.names(thread.parent_message_id)));
  }
  return faults;
}

/** Everything about everybody, at the end. */
export async function looksAtAll(world: World, model: Model, steps: Step[]): Promise<Fault[]> {
  const faults = await Promise.all(
    PEOPLE.map(async (user, turn) => {
      const wanted = model.numbers(user);
      const last = await world.numbersTold(user, turn % 2);
      const at = fits(wanted, last) ? [] : [{ where: 'the last event', user, said: told(last), wanted }];
      const asked = await looks(world, model, user, turn);
      return [...asked, ...at, ...hearsInOrder(user, world.ears.get(user)!.frames, steps, world.names)];
    }),
  );
  return faults.flat();
}
