// A person with one connected device: the official client, the frames it heard, and short verbs for stories.
import { expect } from 'vitest';
import { StreamChat, type Channel, type ChannelQueryOptions, type Message, type MessageResponse } from 'stream-chat';
import { Ear } from './ear';
import { KEY } from './node';
import { type Frame, RecordingConnection } from './recorder';
import { Requests } from './requests';
import { isOfWitness, isWitness, witnessOn } from './witness';

const FENCE_TIMEOUT_MS = 8_000;

/** A channel as stories name it. */
export interface Room {
  type: string;
  id: string;
  cid: string;
}

export interface Place {
  /** The node of the socket. */
  socket: string;
  /** The node of the REST calls. */
  rest: string;
}

export type Token = string | (() => Promise<string>);

type Answer = any;

export class Person extends Ear {
  readonly client: StreamChat;
  readonly connection: RecordingConnection;
  private readonly fences = new Map<number, () => void>();
  private readonly fencesHeard = new Set<string>();
  private readonly requests: Requests;

  constructor(
    readonly id: string,
    readonly place: Place,
  ) {
    super(id, (frame) => isOfWitness(frame) || this.isFence(frame));
    this.connection = new RecordingConnection((frame) => this.record(frame));
    this.client = new StreamChat(KEY, {
      baseURL: place.rest,
      timeout: 15_000,
      allowServerSideConnect: true,
      wsConnection: this.connection,
    });
    this.client.wsBaseURL = place.socket.replace('http', 'ws');
    this.requests = new Requests(this.client);
  }

  async connects(token: Token, details: Record<string, unknown> = {}): Promise<Frame> {
    return (await this.client.connectUser({ id: this.id, ...details }, token)) as Frame;
  }

  /** The SDK's channel object, without any request. */
  in(room: Room): Channel {
    const channel = this.client.channel(room.type, room.id);
    channel.initialized = true;
    return channel;
  }

  watches(room: Room, options?: ChannelQueryOptions) {
    return this.client.channel(room.type, room.id).watch(options);
  }

  async says(room: Room, message: string | Message): Promise<MessageResponse> {
    const answer = await this.in(room).sendMessage(typeof message === 'string' ? { text: message } : message);
    return answer.message;
  }

  reads(room: Room, body: object = {}): Promise<Answer> {
    return this.post(`/channels/${room.type}/${room.id}/read`, body);
  }

  get(path: string, params?: object): Promise<Answer> {
    return this.client.get(this.client.baseURL + path, params);
  }

  post(path: string, body: object = {}): Promise<Answer> {
    return this.client.post(this.client.baseURL + path, body);
  }

  put(path: string, body: object = {}): Promise<Answer> {
    return this.client.put(this.client.baseURL + path, body);
  }

  patch(path: string, body: object = {}): Promise<Answer> {
    return this.client.patch(this.client.baseURL + path, body);
  }

  delete(path: string, params: object = {}): Promise<Answer> {
    return this.client.delete(this.client.baseURL + path, params);
  }

  /**
   * Everything heard since the last listening, exactly and in this order, once all that was written before to
   * `rooms` and to this person has surely arrived. Nothing more may have come.
   */
  async heard(types: string[], ...rooms: Room[]): Promise<Frame[]> {
    await this.fence(...rooms);
    const frames = this.rest(types);
    expect(frames.map((frame) => frame.type), `${this.id} heard`).toEqual(types);
    return frames;
  }

  heardNothing(...rooms: Room[]): Promise<Frame[]> {
    return this.heard([], ...rooms);
  }

  /** Catches up, then forgets: the story begins here. */
  async settles(...rooms: Room[]) {
    await this.fence(...rooms);
    this.listens();
  }

  /** What the SDK asks for by itself (a query after a change of `frozen`) would fail on a client that is gone: it ends first. */
  async leaves() {
    this.connection.goesDeaf();
    await this.requests.end();
    await this.client.disconnectUser(500);
  }

  // The last word is a mute of the witness: it travels through this person's own log and reaches all their
  // connections. Its odd duration tells it from every other.
  private async fence(...rooms: Room[]) {
    const witness = await witnessOn(this.place.socket);
    for (const room of rooms) await witness.hasCaughtUp(room.cid);
    const minutes = 100_000 + Math.floor(Math.random() * 900_000);
    const passed = this.passes(minutes);
    await this.post('/moderation/mute', { target_id: witness.id, timeout: minutes });
    await passed;
  }

  private passes(minutes: number): Promise<void> {
    return new Promise((passed, failed) => {
      const late = () => failed(new Error(`${this.id} did not hear of their own mute (the fence of the harness)`));
      const timer = setTimeout(late, FENCE_TIMEOUT_MS);
      this.fences.set(minutes, () => {
        clearTimeout(timer);
        passed();
      });
    });
  }

  private isFence(frame: Frame): boolean {
    const mutes: Frame[] = frame.me?.mutes?.filter((one: Frame) => isWitness(one.target)) ?? [];
    const fresh = mutes.map((mute) => mute.expires).filter((expires) => !this.fencesHeard.has(expires));
    for (const expires of fresh) this.fencesHeard.add(expires);
    if (frame.type !== 'notification.mutes_updated' || fresh.length === 0) return false;
    for (const expires of fresh) {
      const minutes = (Date.parse(expires) - Date.now()) / 60_000;
      for (const [mark, pass] of this.fences) if (Math.abs(mark - minutes) < 1) pass();
    }
    return true;
  }
}
