// Chance that repeats: the same seed throws the same.
export class Dice {
  constructor(private state: number) {}

  /** A number from 0 up to `sides`, without it. */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  }

  /** True once in so many throws. */
  once(sides: number): boolean {
    return this.roll(sides) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.roll(from.length)];
  }

  some<T>(from: readonly T[], least: number): T[] {
    const chosen = from.filter(() => this.once(2));
    for (const one of from) if (chosen.length < least && !chosen.includes(one)) chosen.push(one);
    return from.filter((one) => chosen.includes(one));
  }
}
