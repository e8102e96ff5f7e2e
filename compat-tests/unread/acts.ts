// What people do: drawn by chance, told as plain data, possible or not in a given world.
import type { Dice } from './dice';
import { PAIR, ROOMS } from './layout';
import type { Message, Model } from './model';

export interface Act {
  kind: string;
  /** Which node it goes through. */
  node: number;
  by: string;
  room: string;
  /** The name of the message that it makes. */
  label?: string;
  /** The message that it is about. */
  message?: string;
  whom?: string;
  parent?: string;
  shown?: boolean;
  silent?: boolean;
  /** Sent by the server as a system message. */
  system?: boolean;
  restricted?: string[];
  mentions?: string[];
  clear?: boolean;
  hideHistory?: boolean;
  /** Channels that are marked read together, each up to a message. */
  upTo?: Record<string, string>;
}

/** How an act is drawn, whether it can be done now, and what it does. */
export interface Kind {
  weight: number;
  draw(dice: Dice, model: Model, act: Act): void;
  can(model: Model, act: Act): boolean;
  /** `step` tells of numbers that are seen on the way. */
  does(model: Model, act: Act, step: () => void): void;
}

const inside = (model: Model, act: Act) => model.room(act.room).members.has(act.by);
const about = (model: Model, act: Act): Message | undefined => model.messages.get(act.message ?? '');
const parents = (model: Model, room: string) => model.listed(room).filter((one) => !one.parent && !one.deleted);
const threads = (model: Model, room: string) =>
  [...model.threads.keys()].filter((parent) => model.messages.get(parent)?.room === room && model.replies(parent).length > 0);
const any = (dice: Dice, labels: string[]) => (labels.length ? dice.pick(labels) : undefined);
const labels = (messages: Message[]) => messages.map((one) => one.label);
const nothing = () => {};

/** Any message of the channel or of its threads. */
const drawMessage = (dice: Dice, model: Model, act: Act) => {
  act.message = any(dice, labels([...model.messages.values()].filter((one) => one.room === act.room)));
};
const drawListed = (dice: Dice, model: Model, act: Act) => {
  act.message = any(dice, labels(model.listed(act.room)));
};
const drawThread = (dice: Dice, model: Model, act: Act) => {
  act.message = any(dice, threads(model, act.room));
};
const drawOther = (dice: Dice, model: Model, act: Act) => {
  act.whom = dice.pick(model.people.filter((one) => one !== act.by));
};
/** Blocking means something between two who have a channel of their own. */
const drawPair = (dice: Dice, model: Model, act: Act) => {
  act.room = PAIR;
  [act.by, act.whom] = dice.once(2) ? [...model.room(PAIR).members.keys()] : [...model.room(PAIR).members.keys()].reverse();
};
const seesListed = (model: Model, act: Act) => {
  const message = about(model, act);
  return inside(model, act) && model.knowsReading(act.room) && !!message?.shown && model.sees(act.by, message);
};
const inThread = (model: Model, act: Act) => {
  const parent = about(model, act);
  return (
    inside(model, act) && model.knowsReading(act.room) && !!parent && model.sees(act.by, parent) && threads(model, act.room).includes(parent.label) && model.threads.get(parent.label)!.has(act.by)
  );
};

const send: Kind = {
  weight: 16,
  draw(dice, model, act) {
    act.silent = dice.once(8) || undefined;
    act.system = dice.once(8) || undefined;
    if (dice.once(12)) act.restricted = [dice.pick(model.people)];
  },
  can: (model, act) => inside(model, act) && model.room(act.room).bans.get(act.by) !== 'ban',
  does: (model, act) => model.sends(act),
};

const reply: Kind = {
  weight: 10,
  draw(dice, model, act) {
    act.parent = any(dice, labels(parents(model, act.room)));
    act.shown = dice.once(3) || undefined;
    act.silent = dice.once(8) || undefined;
    if (dice.once(3)) act.mentions = [dice.pick(model.people)];
  },
  can(model, act) {
    const parent = model.messages.get(act.parent ?? '');
    return send.can(model, act) && !!parent && !parent.deleted && model.sees(act.by, parent);
  },
  does: (model, act) => model.sends(act),
};

export const kinds: Record<string, Kind> = {
  send,
  reply,
  delete: {
    weight: 3,
    draw: drawMessage,
    can: (model, act) => about(model, act)?.deleted === false,
    does: (model, act) => model.deletes(act.message!),
  },
  erase: { weight: 3, draw: drawMessage, can: (model, act) => !!about(model, act), does: (model, act) => model.erases(act.message!) },
  truncate: { weight: 1, draw: nothing, can: () => true, does: (model, act) => model.truncates(act.room) },
  truncateSaying: {
    weight: 1,
    draw: nothing,
    can: send.can,
    does(model, act, step) {
      model.truncates(act.room);
      step();
      model.sends(act);
      // It stands at the moment of the cut.
      model.room(act.room).cut = model.order;
    },
  },
  truncateBefore: {
    weight: 1,
    draw: drawListed,
    can: (model, act) => !!about(model, act)?.shown && about(model, act)!.order > model.room(act.room).cut,
    does: (model, act) => model.truncates(act.room, act.message),
  },
  read: {
    weight: 6,
    draw(dice, model, act) {
      if (dice.once(2)) drawListed(dice, model, act);
    },
    can: (model, act) => (act.message ? seesListed(model, act) : inside(model, act) && model.knowsReading(act.room)),
    does: (model, act) => model.reads(act.by, act.room, act.message),
  },
  unread: { weight: 5, draw: drawListed, can: seesListed, does: (model, act) => model.unreads(act.by, act.room, act.message!) },
  unreadSince: { weight: 2, draw: drawListed, can: seesListed, does: (model, act) => model.unreads(act.by, act.room, act.message!) },
  readThread: { weight: 4, draw: drawThread, can: inThread, does: (model, act) => model.readsThread(act.by, act.message!) },
  unreadThread: { weight: 4, draw: drawThread, can: inThread, does: (model, act) => model.unreadsThread(act.by, act.message!) },
  readAll: { weight: 2, draw: nothing, can: () => true, does: (model, act) => model.readsAll(act.by) },
  readSome: {
    weight: 1,
    draw(dice, model, act) {
      const rooms = ROOMS.filter((room) => model.knowsReading(room) && model.listed(room).length > 0);
      act.upTo = Object.fromEntries(rooms.map((room) => [room, dice.pick(model.listed(room)).label]));
    },
    // An empty list would mean all channels.
    can: (model, act) => Object.keys(act.upTo!).length > 0 && Object.entries(act.upTo!).every(([room, message]) => seesListed(model, { ...act, room, message })),
    does(model, act, step) {
      for (const [room, message] of Object.entries(act.upTo!)) {
        model.reads(act.by, room, message);
        step();
      }
    },
  },
  muteRoom: {
    weight: 2,
    draw: nothing,
    can: (model, act) => inside(model, act) && !model.roomMutes(act.by).has(act.room),
    does: (model, act) => model.roomMutes(act.by).add(act.room),
  },
  unmuteRoom: {
    weight: 2,
    draw: nothing,
    can: (model, act) => inside(model, act) && model.roomMutes(act.by).has(act.room),
    does: (model, act) => model.roomMutes(act.by).delete(act.room),
  },
  mute: { weight: 2, draw: drawOther, can: (model, act) => !model.mutes(act.by).has(act.whom!), does: (model, act) => model.mutes(act.by).add(act.whom!) },
  unmute: { weight: 2, draw: drawOther, can: (model, act) => model.mutes(act.by).has(act.whom!), does: (model, act) => model.mutes(act.by).delete(act.whom!) },
  block: { weight: 2, draw: drawPair, can: (model, act) => !model.blocks(act.by).has(act.whom!), does: (model, act) => model.blocks(act.by).add(act.whom!) },
  unblock: { weight: 1, draw: drawPair, can: (model, act) => model.blocks(act.by).has(act.whom!), does: (model, act) => model.blocks(act.by).delete(act.whom!) },
  hide: {
    weight: 3,
    draw(dice, _, act) {
      act.clear = !dice.once(3) || undefined;
    },
    // What becomes of the threads of a cleared channel is not settled yet.
    can: (model, act) => inside(model, act) && !(act.clear && [...model.messages.values()].some((one) => one.room === act.room && one.parent)),
    does: (model, act) => act.clear && model.clears(act.by, act.room),
  },
  show: { weight: 1, draw: nothing, can: inside, does: nothing },
  ban: { weight: 1, draw: drawOther, can: (model, act) => !model.room(act.room).bans.has(act.whom!), does: (model, act) => model.room(act.room).bans.set(act.whom!, 'ban') },
  shadowBan: { weight: 2, draw: drawOther, can: (model, act) => !model.room(act.room).bans.has(act.whom!), does: (model, act) => model.room(act.room).bans.set(act.whom!, 'shadow') },
  unban: { weight: 2, draw: drawOther, can: (model, act) => model.room(act.room).bans.has(act.whom!), does: (model, act) => model.room(act.room).bans.delete(act.whom!) },
  leave: { weight: 2, draw: nothing, can: (model, act) => inside(model, act) && !model.room(act.room).direct && model.room(act.room).type === 'messaging', does: (model, act) => model.leaves(act.by, act.room) },
  remove: { weight: 1, draw: nothing, can: (model, act) => inside(model, act) && !model.room(act.room).direct, does: (model, act) => model.leaves(act.by, act.room) },
  join: {
    weight: 5,
    draw(dice, _, act) {
      act.hideHistory = dice.once(2) || undefined;
    },
    can: (model, act) => !inside(model, act) && !model.room(act.room).direct,
    does: (model, act) => model.joins(act.by, act.room, act.hideHistory === true),
  },
  edit: { weight: 1, draw: drawMessage, can: (model, act) => about(model, act)?.deleted === false, does: nothing },
  react: { weight: 1, draw: drawListed, can: (model, act) => seesListed(model, act) && !about(model, act)!.deleted && !model.room(act.room).bans.has(act.by), does: nothing },
};

const names = Object.entries(kinds).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));

/** How often an act of one kind is looked for before another kind is. */
const TRIES = 30;

/** The next act that is possible; `number` names the message it may make. */
export function draw(dice: Dice, model: Model, number: number): Act {
  for (;;) {
    const kind = dice.pick(names);
    for (let at = 0; at < TRIES; at += 1) {
      const act: Act = { kind, node: dice.roll(2), by: dice.pick(model.people), room: dice.pick(ROOMS) };
      if (['send', 'reply', 'truncateSaying'].includes(kind)) act.label = `m${number}`;
      if (kind === 'truncateSaying') act.system = true;
      kinds[kind].draw(dice, model, act);
      if (kinds[kind].can(model, act)) return act;
    }
  }
}
