// Who has what to read, told from the rules alone: nothing here is counted as it goes, everything is counted from history.
import type { Act } from './acts';

export interface Message {
  label: string;
  room: string;
  author: string;
  /** Its place among everything that happened. */
  order: number;
  parent?: string;
  /** In the channel's own list; a reply only when it was sent so. */
  shown: boolean;
  silent: boolean;
  /** Who sees it besides its author; absent: everybody. */
  seenBy?: string[];
  deleted: boolean;
}

export interface Member {
  /** Read up to here. */
  read: number;
  /** What lies before is not theirs to see. */
  from: number;
}

export interface Room {
  name: string;
  type: string;
  /** A channel of exactly two, in which blocking works. */
  direct: boolean;
  members: Map<string, Member>;
  bans: Map<string, 'ban' | 'shadow'>;
  cut: number;
}

export interface Numbers {
  unread: number;
  channels: number;
  threads: number;
  threadMessages: number;
}

const set = <T>(map: Map<string, Set<T>>, key: string) => map.get(key) ?? (map.set(key, new Set()), map.get(key)!);

export class Model {
  order = 0;
  readonly rooms = new Map<string, Room>();
  readonly messages = new Map<string, Message>();
  /** Parent → participant → read up to here. */
  readonly threads = new Map<string, Map<string, number>>();
  private readonly muted = new Map<string, Set<string>>();
  private readonly mutedRooms = new Map<string, Set<string>>();
  private readonly blocked = new Map<string, Set<string>>();
  /** `user room` → cleared up to here; it outlives membership. */
  private readonly cleared = new Map<string, number>();

  constructor(readonly people: string[]) {}

  room(name: string): Room {
    return this.rooms.get(name)!;
  }

  mutes = (user: string) => set(this.muted, user);
  roomMutes = (user: string) => set(this.mutedRooms, user);
  blocks = (user: string) => set(this.blocked, user);

  /** Messages of a channel's own list, oldest first. */
  listed(room: string): Message[] {
    return [...this.messages.values()].filter((one) => one.room === room && one.shown);
  }

  replies(parent: string): Message[] {
    return [...this.messages.values()].filter((one) => one.parent === parent);
  }

  sees(user: string, message: Message): boolean {
    const { from } = this.room(message.room).members.get(user) ?? { from: 0 };
    // Clearing empties a channel's own list; threads stay.
    const start = Math.max(from, (message.shown && this.cleared.get(`${user} ${message.room}`)) || 0);
    return message.order > start && (message.author === user || !message.seenBy || message.seenBy.includes(user));
  }

  /** Whether somebody who has not read a message counts it. */
  counts(user: string, message: Message): boolean {
    const unheard = this.mutes(user).has(message.author) || (this.room(message.room).direct && this.blocks(user).has(message.author));
    return message.author !== user && !message.silent && !message.seenBy && !unheard && this.sees(user, message);
  }

  knowsReading(room: string): boolean {
    return this.room(room).type !== 'livestream';
  }

  unread(user: string, room: string): number {
    const member = this.room(room).members.get(user);
    if (!member || !this.knowsReading(room)) return 0;
    return this.listed(room).filter((one) => one.order > member.read && this.counts(user, one)).length;
  }

  unreadReplies(user: string, parent: string): number {
    const read = this.threads.get(parent)?.get(user);
    if (read === undefined || !this.messages.has(parent) || !this.knowsReading(this.messages.get(parent)!.room)) return 0;
    return this.replies(parent).filter((one) => one.order > read && this.counts(user, one)).length;
  }

  numbers(user: string): Numbers {
    const rooms = [...this.rooms.keys()].filter((room) => !this.roomMutes(user).has(room));
    const unread = rooms.map((room) => this.unread(user, room)).filter((count) => count > 0);
    const threads = [...this.threads.keys()].map((parent) => this.unreadReplies(user, parent)).filter((count) => count > 0);
    const sum = (counts: number[]) => counts.reduce((all, one) => all + one, 0);
    return { unread: sum(unread), channels: unread.length, threads: threads.length, threadMessages: sum(threads) };
  }

  // What each act does. One method each, so that a planted fault is one method told differently.

  sends(act: Act) {
    const room = this.room(act.room);
    // What is said with a truncation comes from the server, whoever it names.
    const shadowed = act.kind !== 'truncateSaying' && room.bans.get(act.by) === 'shadow';
    const seenBy = shadowed ? [] : act.restricted;
    const message: Message = {
      label: act.label!,
      room: act.room,
      author: act.by,
      order: ++this.order,
      shown: !act.parent || act.shown === true,
      silent: act.silent === true,
      deleted: false,
      ...(act.parent ? { parent: act.parent } : {}),
      ...(seenBy ? { seenBy } : {}),
    };
    this.messages.set(message.label, message);
    const member = room.members.get(act.by);
    if (member && message.shown) member.read = message.order;
    if (act.parent) this.replied(message, act.mentions ?? []);
  }

  /** Authors, the parent's author and people mentioned take part; whoever is new has this reply to read. */
  replied(reply: Message, mentions: string[]) {
    const thread = this.threads.get(reply.parent!) ?? new Map<string, number>();
    this.threads.set(reply.parent!, thread);
    for (const user of [this.messages.get(reply.parent!)!.author, ...mentions]) {
      if (!thread.has(user) && this.room(reply.room).members.has(user)) thread.set(user, reply.order - 1);
    }
    thread.set(reply.author, reply.order);
  }

  deletes(label: string) {
    this.messages.get(label)!.deleted = true;
  }

  erases(label: string) {
    this.messages.delete(label);
    for (const reply of this.replies(label)) this.messages.delete(reply.label);
    this.threads.delete(label);
  }

  /** Everything goes, or what is older than a message. A thread ends with its parent. */
  truncates(room: string, before?: string) {
    const cut = before ? this.messages.get(before)!.order : ++this.order;
    this.room(room).cut = cut;
    for (const one of this.listed(room)) {
      if (one.order >= cut) continue;
      this.threads.delete(one.label);
      this.messages.delete(one.label);
    }
  }

  /** The newest message that the reader sees, or a given one; never back. */
  reads(user: string, room: string, upTo?: string) {
    const member = this.room(room).members.get(user)!;
    const limit = upTo ? this.messages.get(upTo)!.order : this.order;
    const newest = this.listed(room).filter((one) => one.order <= limit && this.sees(user, one)).at(-1);
    member.read = Math.max(member.read, newest?.order ?? 0);
  }

  unreads(user: string, room: string, from: string) {
    this.room(room).members.get(user)!.read = this.messages.get(from)!.order - 1;
  }

  readsThread(user: string, parent: string) {
    this.threads.get(parent)!.set(user, this.replies(parent).at(-1)!.order);
  }

  unreadsThread(user: string, parent: string) {
    if (this.replies(parent).some((one) => one.author !== user)) this.threads.get(parent)!.set(user, 0);
  }

  readsAll(user: string) {
    for (const [name, room] of this.rooms) if (room.members.has(user) && this.knowsReading(name)) this.reads(user, name);
  }

  joins(user: string, room: string, hideHistory: boolean) {
    const now = ++this.order;
    this.room(room).members.set(user, { read: now, from: hideHistory ? now : 0 });
  }

  leaves(user: string, room: string) {
    this.room(room).members.delete(user);
    for (const [parent, thread] of this.threads) if (this.messages.get(parent)?.room === room) thread.delete(user);
  }

  clears(user: string, room: string) {
    this.cleared.set(`${user} ${room}`, this.order);
  }
}
