// A history on two real nodes: its people, its channels, a socket for each person, every act a request.
import { raw } from '../harness';
import type { Frame } from '../harness';
import { calls, type Call, type Names } from './calls';
import type { Act } from './acts';
import { BELL, type Layout, PAIR, PEOPLE } from './layout';

const HEAR_MS = 10_000;
const SETTLE_MS = 8_000;

export type Answer = any;

/** One person's ear: the frames of a socket in order. */
export class Ear {
  private wake = () => {};

  constructor(readonly socket: raw.Socket) {
    socket.socket.on('message', () => this.wake());
  }

  get frames(): Frame[] {
    return this.socket.frames;
  }

  async hears(wanted: (frame: Frame) => boolean, from = 0): Promise<number> {
    const deadline = Date.now() + HEAR_MS;
    for (let at = from; ; at += 1) {
      while (at >= this.frames.length) {
        if (Date.now() > deadline) throw new Error(`not heard; the last: ${this.frames.slice(-3).map((one) => JSON.stringify(one).slice(0, 200)).join('\n')}`);
        await this.stirs(deadline - Date.now());
      }
      if (wanted(this.frames[at])) return at;
    }
  }

  private stirs(within: number): Promise<void> {
    return new Promise((stirred) => {
      const timer = setTimeout(stirred, within);
      this.wake = () => {
        clearTimeout(timer);
        stirred();
      };
    });
  }
}

export class World implements Names {
  readonly tag = crypto.randomUUID().slice(0, 8);
  readonly ears = new Map<string, Ear>();
  private readonly cids = new Map<string, string>();
  private readonly moments = new Map<string, string>();
  private readonly tokens = new Map<string, string>();

  constructor(private readonly nodes: string[]) {}

  user = (name: string) => `${name}-${this.tag}`;
  message = (label: string) => `${label}-${this.tag}`;
  cid = (room: string) => this.cids.get(room) ?? `no-${room}`;
  path = (room: string) => `/channels/${this.cid(room).replace(':', '/')}`;
  moment = (label: string) => this.moments.get(label) ?? '';
  names = (id: string) => id.replace(`-${this.tag}`, '');

  token(user: string): string {
    const known = this.tokens.get(user) ?? raw.token({ user_id: this.user(user) });
    this.tokens.set(user, known);
    return known;
  }

  async asks(node: number, call: Call, by: string): Promise<Answer> {
    const token = call.server ? raw.serverToken() : this.token(by);
    const { path, ...rest } = call;
    const answer = await raw.request(this.nodes[node], path, { ...rest, token });
    if (answer.status >= 300) throw new Error(`${call.method ?? 'POST'} ${path} by ${by}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** People, channels and sockets, as they were laid out. */
  async opens({ rooms, places, watches }: Layout): Promise<void> {
    const users = ['owner', ...PEOPLE].map((name) => [this.user(name), { id: this.user(name), name }]);
    await this.asks(0, { path: '/users', body: { users: Object.fromEntries(users) }, server: true }, 'owner');
    const made = rooms.map(async ({ name, type, members }, at) => {
      const path = name === PAIR ? `/channels/${type}/query` : `/channels/${type}/${name}-${this.tag}/query`;
      const data = { created_by_id: this.user('owner'), members: members.map(this.user) };
      const answer = await this.asks(at % 2, { path, body: { data }, server: true }, 'owner');
      this.cids.set(name, answer.channel.cid);
    });
    const heard = PEOPLE.map(async (name, at) => this.ears.set(name, new Ear(await this.connects(places[at], name))));
    await Promise.all([...made, ...heard]);
    await Promise.all(watches.map(({ user, room, node }) => this.watches(user, room, node)));
  }

  private async watches(user: string, room: string, node: number) {
    const [{ connection_id }] = this.ears.get(user)!.frames;
    await this.asks(node, { path: `${this.path(room)}/query`, query: { connection_id }, body: { watch: true, state: false, data: {} } }, user);
  }

  async connects(node: number, user: string): Promise<raw.Socket> {
    const socket = await raw.connect(this.nodes[node], raw.connectParams(this.user(user), this.token(user)));
    await socket.next(HEAR_MS);
    return socket;
  }

  async does(act: Act): Promise<void> {
    const answer = await this.asks(act.node, calls[act.kind](act, this), act.by);
    const message = act.label ? answer.message : undefined;
    if (act.label && message?.id !== this.message(act.label)) throw new Error(`${act.kind} was answered with ${JSON.stringify(message)}`);
    if (act.label) this.moments.set(act.label, message.created_at);
  }

  /** Rings the bell for one person alone: the event that answers a read of theirs, with all of their numbers. */
  async numbersTold(user: string, node: number): Promise<Frame> {
    const ear = this.ears.get(user)!;
    const from = ear.frames.length;
    await this.asks(node, { path: `${this.path(BELL)}/read`, body: {} }, user);
    const at = await ear.hears((frame) => frame.type === 'notification.mark_read' && frame.cid === this.cid(BELL), from);
    return ear.frames[at];
  }

  /** The numbers told once they are as wanted; the last ones if they never are. A node loads what changed mutes mean in its own time. */
  async numbersSettled(user: string, wanted: (frame: Frame) => boolean): Promise<Frame> {
    const deadline = Date.now() + SETTLE_MS;
    for (let node = 0; ; node = 1 - node) {
      const frame = await this.numbersTold(user, node);
      if (wanted(frame) || Date.now() > deadline) return frame;
    }
  }

  ends() {
    for (const { socket } of this.ears.values()) socket.socket.terminate();
  }
}
