// The judge is judged: what is right passes, and every planted fault is found.
import { describe, expect, test } from 'vitest';
import { type Act, draw, kinds } from './acts';
import { fits, hearsInOrder, recount, saidUnread, step, type Step, wantedUnread } from './check';
import { Dice } from './dice';
import { beginning, layout, PEOPLE } from './layout';
import { Model, type Numbers } from './model';
import { planted } from './planted';

const SEEDS = 60;
const ACTS = 32;

interface History {
  seed: number;
  acts: Act[];
  model: Model;
  steps: Step[];
}

function history(seed: number): History {
  const dice = new Dice(seed);
  const model = beginning(layout(dice));
  const acts: Act[] = [];
  const steps = [step(model)];
  for (let at = 0; at < ACTS; at += 1) {
    const act = draw(dice, model, at);
    acts.push(act);
    kinds[act.kind].does(model, act, () => steps.push(step(model)));
    steps.push(step(model, act.label));
  }
  return { seed, acts, model, steps };
}

const histories = Array.from({ length: SEEDS }, (_, seed) => history(seed));

/** The same acts, as another model understands them. */
function retold({ seed, acts }: History, Other: typeof Model): Model {
  const model = beginning(layout(new Dice(seed)), new Other(PEOPLE));
  for (const act of acts) if (kinds[act.kind].can(model, act)) kinds[act.kind].does(model, act, () => {});
  return model;
}

const differ = (one: Model, other: Model) =>
  PEOPLE.some((user) => JSON.stringify(wantedUnread(one, user)) !== JSON.stringify(wantedUnread(other, user)));

const frame = (numbers: Numbers, label?: string) => ({
  type: label ? 'message.new' : 'notification.mark_read',
  unread_count: numbers.unread,
  total_unread_count: numbers.unread,
  unread_channels: numbers.channels,
  unread_threads: numbers.threads,
  unread_thread_messages: numbers.threadMessages,
  ...(label ? { message: { id: label } } : {}),
});

const heard = (user: string, steps: Step[]) => steps.map(({ label, numbers }) => frame(numbers.get(user)!, label));
const changing = histories.flatMap(({ steps }) => PEOPLE.map((user) => ({ user, steps, frames: heard(user, steps) })));
const same = (id: string) => id;

describe('the judge', () => {
  test('says nothing of what is right', () => {
    for (const told of histories) expect(differ(told.model, retold(told, Model))).toBe(false);
    for (const { user, steps, frames } of changing) expect(hearsInOrder(user, frames, steps, same)).toEqual([]);
  });

  test.each(Object.entries(planted))('finds that %s', (_, Other) => {
    expect(histories.some((told) => differ(told.model, retold(told, Other)))).toBe(true);
  });

  test('finds a message that is told twice', () => {
    const lost = changing.filter(({ user, steps, frames }) => {
      const at = frames.findIndex((one) => one.message && one.unread_count > 0);
      const doubled = frames.map((one, index) => (index === at ? frame({ ...steps[at].numbers.get(user)!, unread: one.unread_count + 1 }, one.message!.id) : one));
      return at >= 0 && hearsInOrder(user, doubled, steps, same).length === 0;
    });
    expect(lost).toEqual([]);
  });

  test('finds numbers of before in the event of a message', () => {
    const late = changing.filter(({ user, steps, frames }) => {
      const at = frames.findIndex((one, index) => index > 0 && one.message && one.unread_count !== frames[index - 1].unread_count);
      const stale = frames.map((one, index) => (index === at ? frame(steps[at - 1].numbers.get(user)!, one.message!.id) : one));
      return at >= 0 && hearsInOrder(user, stale, steps, same).length === 0;
    });
    expect(late).toEqual([]);
  });

  test('finds two names of one number that differ', () => {
    const { user, steps, frames } = changing.find(({ frames }) => frames.some((one) => one.unread_count > 0))!;
    const numbers = steps[0].numbers.get(user)!;
    expect(fits(numbers, { ...frames[0], unread_count: numbers.unread + 1 })).toBe(false);
  });

  test('finds one number in the answer of GET /unread', () => {
    const answer = { total_unread_count: 2, total_unread_threads_count: 0, channels: [{ channel_id: 'a', unread_count: 2 }], channel_type: [], threads: [] };
    const told = saidUnread(answer, same, same);
    expect(told).toEqual({ unread: 2, threads: 0, channels: { a: 2 }, types: [], parents: {} });
    expect(saidUnread({ ...answer, channels: [{ channel_id: 'a', unread_count: 1 }] }, same, same)).not.toEqual(told);
  });

  test('counts anew what a channel lists', () => {
    const message = (created_at: string, author: string, more = {}) => ({ created_at, user: { id: author }, ...more });
    const state = {
      channel: { id: 'room' },
      members: [],
      read: [{ user: { id: 'ada' }, last_read: '2' }],
      messages: [message('1', 'bo'), message('2', 'bo'), message('3', 'bo'), message('4', 'ada'), message('5', 'bo', { silent: true }), message('6', 'cy'), message('7', 'bo', { shadowed: true })],
    };
    expect(recount(state, { mutes: [] }, 'ada')).toBe(2);
    expect(recount(state, { mutes: [{ target: { id: 'cy' } }] }, 'ada')).toBe(1);
  });
});
