// Proof of absence without waiting: a witness on the same node hears of the same channel *after* everything
// that was written to it before, so whatever had to reach a neighbour on that node has been handed to it.
import { StreamChat } from 'stream-chat';
import { KEY, SECRET } from './node';
import { type Frame, RecordingConnection } from './recorder';
import { Ear } from './ear';

const PREFIX = 'witness-';

/** Frames that the harness itself caused; stories never see them. */
export const isWitness = (user?: { id?: string }) => String(user?.id ?? '').startsWith(PREFIX);
export const isOfWitness = (frame: Frame) => isWitness(frame.user);

export class Witness {
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly id: string,
    private readonly client: StreamChat,
    private readonly ear: Ear,
  ) {}

  static async on(url: string): Promise<Witness> {
    const id = PREFIX + crypto.randomUUID().slice(0, 8);
    const server = new StreamChat(KEY, SECRET, { baseURL: url, timeout: 15_000 });
    await server.upsertUser({ id, role: 'admin' });
    const ear = new Ear(id, () => false);
    const wsConnection = new RecordingConnection((frame) => ear.record(frame));
    const client = new StreamChat(KEY, { baseURL: url, timeout: 15_000, allowServerSideConnect: true, wsConnection });
    await client.connectUser({ id }, server.createToken(id));
    return new Witness(id, client, ear);
  }

  /** Resolves when this node has told everything that was written to the channel before the call. */
  hasCaughtUp(cid: string): Promise<void> {
    const look = async () => {
      const path = `${this.client.baseURL}/channels/${cid.split(':').map(encodeURIComponent).join('/')}`;
      await this.client.post(`${path}/query`, { watch: true, state: false, data: {} });
      await this.ear.hears('user.watching.start', (frame) => frame.cid === cid && frame.user.id === this.id);
      await this.client.post(`${path}/stop-watching`, {});
    };
    const next = this.queue.then(look, look);
    this.queue = next;
    return next;
  }
}

const witnesses = new Map<string, Promise<Witness>>();

/** The witness of a node; one per node and worker, made when first needed. */
export function witnessOn(url: string): Promise<Witness> {
  const known = witnesses.get(url) ?? Witness.on(url);
  witnesses.set(url, known);
  return known;
}
