// Where a history begins: who is in which channel, whose socket is where and watches what.
import type { Dice } from './dice';
import { Model } from './model';

export const PEOPLE = ['ada', 'bo', 'cy', 'di'];
/** Channels in which things happen. The pair is a channel of exactly two, the show one that knows no reading. */
export const PAIR = 'pair';
export const ROOMS = ['hall', 'yard', PAIR, 'show'];
/** Everybody is in it and nothing happens there: reading it tells a person their numbers. */
export const BELL = 'bell';

export interface Layout {
  rooms: { name: string; type: string; members: string[] }[];
  /** The node of each person's socket. */
  places: number[];
  watches: { user: string; room: string; node: number }[];
}

export function layout(dice: Dice): Layout {
  const rooms = [
    { name: 'hall', type: 'messaging', members: dice.some(PEOPLE, 2) },
    { name: 'yard', type: 'messaging', members: dice.some(PEOPLE, 2) },
    { name: PAIR, type: 'messaging', members: PEOPLE.slice(0, 2) },
    { name: 'show', type: 'livestream', members: dice.some(PEOPLE, 1) },
  ];
  const watches = rooms.flatMap(({ name, members }) =>
    members.filter(() => dice.once(2)).map((user) => ({ user, room: name, node: dice.roll(2) })),
  );
  const places = PEOPLE.map(() => dice.roll(2));
  return { rooms: [...rooms, { name: BELL, type: 'messaging', members: PEOPLE }], places, watches };
}

/** A model at the beginning. */
export function beginning({ rooms }: Layout, model = new Model(PEOPLE)): Model {
  for (const { name, type, members } of rooms) {
    model.rooms.set(name, { name, type, direct: name === PAIR, members: new Map(), bans: new Map(), cut: 0 });
    for (const member of members) model.joins(member, name, false);
  }
  return model;
}
