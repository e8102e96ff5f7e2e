// A town per story: its people, its channels, a server that may do everything. Ids are never used twice.
import { StreamChat, type ChannelData, type UserResponse } from 'stream-chat';
import { KEY, SECRET } from './node';
import { Person, type Place, type Room, type Token } from './person';

export const random = () => crypto.randomUUID().replaceAll('-', '').slice(0, 10);

const capital = (word: string) => word[0].toUpperCase() + word.slice(1);

export interface RoomSettings extends Record<string, unknown> {
  type?: string;
  id?: string;
  members?: (Person | string | Record<string, unknown>)[];
  invites?: (Person | string)[];
  by?: Person | string;
}

export class Town {
  readonly server: StreamChat;
  readonly tag = random();
  private readonly connected: Person[] = [];
  private sockets = 0;

  constructor(readonly nodes: string[]) {
    this.server = this.serverOn(nodes[0]);
  }

  serverOn(url: string): StreamChat {
    return new StreamChat(KEY, SECRET, { baseURL: url, timeout: 15_000, disableCache: true });
  }

  name(word: string) {
    return `${word}-${this.tag}`;
  }

  token(id: string, expires?: number, issued?: number) {
    return this.server.createToken(id, expires, issued);
  }

  /** The next place: sockets take turns over the nodes; crossed runs send REST calls to the other node. */
  private nextPlace(): Place {
    const turn = this.sockets++;
    const at = (step: number) => this.nodes[(turn + step) % this.nodes.length];
    return { socket: at(0), rest: at(process.env.WEIR_CROSSED ? 1 : 0) };
  }

  /** Somebody with a client who has not connected yet. */
  stranger(word: string): Person {
    const person = new Person(this.name(word), this.nextPlace());
    this.connected.push(person);
    return person;
  }

  async person(word: string, details: Record<string, unknown> = {}): Promise<Person> {
    const person = this.stranger(word);
    await person.connects(this.token(person.id), { name: capital(word), ...details });
    return person;
  }

  /** Connected in this order, on alternating nodes. */
  async people(...words: string[]): Promise<Person[]> {
    const people = words.map((word) => this.stranger(word));
    await Promise.all(people.map((one, at) => one.connects(this.token(one.id), { name: capital(words[at]) })));
    return people;
  }

  /** One more connection of the same user, on the next node. */
  secondDevice(person: Person, token?: Token): Promise<Person> {
    return this.device(person, this.nextPlace(), token);
  }

  /** One more connection of the same user, on the same node. */
  tab(person: Person): Promise<Person> {
    return this.device(person, person.place);
  }

  private async device(person: Person, place: Place, token?: Token): Promise<Person> {
    const device = new Person(person.id, place);
    this.connected.push(device);
    await device.connects(token ?? this.token(person.id));
    return device;
  }

  /** Users that exist without ever having connected. */
  async users(...users: (string | Record<string, unknown>)[]): Promise<string[]> {
    const full = users.map((user) => {
      const details = typeof user === 'string' ? { id: user } : (user as { id: string });
      return { name: capital(details.id), ...details, id: this.name(details.id) } as UserResponse;
    });
    await this.server.upsertUsers(full);
    return full.map((user) => user.id);
  }

  /** A channel made by the server; nobody watches it yet. */
  async room(settings: RoomSettings = {}): Promise<Room> {
    const { type = 'messaging', id = random(), members = [], invites = [], by, ...data } = settings;
    const idOf = (one: Person | string | Record<string, unknown>) => (one instanceof Person ? one.id : one);
    const creator = by ?? members.find((one) => one instanceof Person || typeof one === 'string');
    const body = {
      ...data,
      created_by_id: creator ? idOf(creator as Person | string) : (await this.users('owner'))[0],
      ...(members.length ? { members: members.map(idOf) } : {}),
      ...(invites.length ? { invites: invites.map(idOf) } : {}),
    };
    await this.server.channel(type, id, body as ChannelData).create();
    return { type, id, cid: `${type}:${id}` };
  }

  /** Two connected members of a fresh channel, both settled: nothing heard yet counts. */
  async two(settings: RoomSettings = {}): Promise<[Person, Person, Room]> {
    const [ana, bob] = await this.people('ana', 'bob');
    const room = await this.room({ name: 'Kitchen', ...settings, members: [ana, bob, ...(settings.members ?? [])] });
    await Promise.all([ana.settles(room), bob.settles(room)]);
    return [ana, bob, room];
  }

  /** The same, both watching. */
  async twoWatching(settings: RoomSettings = {}): Promise<[Person, Person, Room]> {
    const [ana, bob, room] = await this.two(settings);
    await ana.watches(room);
    await bob.watches(room);
    await Promise.all([ana.settles(room), bob.settles(room)]);
    return [ana, bob, room];
  }

  async says(room: Room, user: Person | string, text: string, more: Record<string, unknown> = {}) {
    const user_id = typeof user === 'string' ? user : user.id;
    const answer = await this.server.channel(room.type, room.id).sendMessage({ text, user_id, ...more });
    return answer.message;
  }

  /** The server's channel object. */
  at(room: Room) {
    return this.server.channel(room.type, room.id);
  }

  async closes() {
    await Promise.allSettled(this.connected.map((person) => person.leaves()));
  }
}
