// What one connection heard, in order, and how far the story has listened.
import type { Frame } from './recorder';

const HEAR_TIMEOUT_MS = 6_000;

// Sent in the background by the SDK or the server's clock; they may stand between any two frames of a story.
const BACKGROUND = new Set(['health.check', 'message.delivered']);

export type Where = Record<string, unknown> | ((frame: Frame) => boolean);

function holds(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(value, wanted);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(wanted).every(([key, part]) => holds((value as Record<string, unknown>)[key], part));
}

const matches = (frame: Frame, where?: Where) =>
  where === undefined || (typeof where === 'function' ? where(frame) : holds(frame, where));

export class Ear {
  readonly frames: Frame[] = [];
  private listened = 0;
  private waiting: (() => void)[] = [];

  constructor(
    readonly name: string,
    private readonly hidden: (frame: Frame) => boolean,
  ) {}

  record(frame: Frame) {
    if (this.hidden(frame)) return;
    this.frames.push(frame);
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** The next frame of this type (and shape) after those already listened to; passes over others. */
  async hears(type: string, where?: Where, within = HEAR_TIMEOUT_MS): Promise<Frame> {
    const deadline = Date.now() + within;
    for (let at = this.listened; ; ) {
      for (; at < this.frames.length; at += 1) {
        if (this.frames[at].type !== type || !matches(this.frames[at], where)) continue;
        this.listened = at + 1;
        return this.frames[at];
      }
      if (Date.now() >= deadline) throw this.silence(type, where);
      await this.stirs(deadline - Date.now());
    }
  }

  /** One frame of each of these types after those already listened to, in whichever order they come. */
  async hearsEach(...types: string[]): Promise<Frame[]> {
    const from = this.listened;
    const found: Frame[] = [];
    let furthest = from;
    for (const type of types) {
      this.listened = from;
      const earlier = found.slice();
      found.push(await this.hears(type, (frame) => !earlier.includes(frame)));
      furthest = Math.max(furthest, this.listened);
    }
    this.listened = furthest;
    return found;
  }

  /** Everything not yet listened to, without what runs in the background; listens to all of it. */
  rest(background: string[] = []): Frame[] {
    const rest = this.frames.slice(this.listened);
    this.listened = this.frames.length;
    return rest.filter((frame) => !BACKGROUND.has(frame.type) || background.includes(frame.type));
  }

  /** Forgets what came so far: the story begins here. */
  listens() {
    this.listened = this.frames.length;
  }

  stirs(within: number): Promise<void> {
    return new Promise((wake) => {
      const timer = setTimeout(wake, within);
      this.waiting.push(() => {
        clearTimeout(timer);
        wake();
      });
    });
  }

  private silence(type: string, where?: Where): Error {
    const wanted = where === undefined ? '' : ` with ${typeof where === 'function' ? where : JSON.stringify(where)}`;
    const heard = this.frames.slice(this.listened).map((frame) => `  ${JSON.stringify(frame).slice(0, 600)}`);
    const instead = heard.length ? `heard instead:\n${heard.join('\n')}` : 'heard nothing';
    const before = this.frames.slice(0, this.listened).map((frame) => frame.type);
    return new Error(`${this.name} did not hear ${type}${wanted}; ${instead}\nbefore that: ${before.join(', ')}`);
  }
}
