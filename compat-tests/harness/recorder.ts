// The SDK's own connection, with two windows: what the socket said, and a gate before a new socket.
import { StableWSConnection } from 'stream-chat';
import type { StreamChat } from 'stream-chat';

/** One text frame as it came over the socket, before the SDK touched it. */
export type Frame = { type: string; [key: string]: any };

export class RecordingConnection extends StableWSConnection {
  readonly closes: number[] = [];
  private gate: Promise<void> = Promise.resolve();
  private openGate = () => {};
  private deaf = false;

  constructor(record: (frame: Frame) => void) {
    super({ client: undefined as unknown as StreamChat });
    const { onmessage, onclose } = this;
    this.onmessage = (wsID, event) => {
      if (this.deaf) return;
      if (this.wsID === wsID && typeof event.data === 'string') record(JSON.parse(event.data));
      onmessage(wsID, event);
    };
    this.onclose = (wsID, event) => {
      if (this.wsID === wsID) this.closes.push(event.code);
      onclose(wsID, event);
    };
  }

  override async _connect() {
    await this.gate;
    return super._connect();
  }

  /** What comes from now on reaches nobody, so that the SDK begins nothing more. */
  goesDeaf() {
    this.deaf = true;
  }

  /** The cable is pulled: no close frame, and no new socket before `plug`. */
  unplug() {
    this.gate = new Promise((open) => {
      this.openGate = open;
    });
    this.ws?.terminate();
  }

  plug() {
    this.openGate();
    this.gate = Promise.resolve();
  }
}
