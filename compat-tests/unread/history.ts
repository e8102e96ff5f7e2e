// A random history, told on real nodes; and, should it end in a fault, a shorter one that ends in the same.
import { type Act, draw, kinds } from './acts';
import { type Fault, fits, looksAtAll, type Step, step, told } from './check';
import { Dice } from './dice';
import { beginning, layout } from './layout';
import type { Model } from './model';
import { World } from './world';

const ACTS = 32;
/** How many shorter histories are tried. */
const TRIES = 60;
/** Shortening one history takes no longer, and no more than a few histories are shortened: a server at fault fails many. */
const SHORTEN_MS = 20_000;
let shortenings = 3;

/** A node learns of these in its own time: what its user has to read is loaded anew. */
const LOADS_ANEW = new Set(['mute', 'unmute', 'muteRoom', 'unmuteRoom', 'block', 'unblock', 'truncateBefore']);

export interface Told {
  acts: Act[];
  faults: Fault[];
}

/** Begins as the seed says, then does the given acts, or as many of its own. */
export async function tell(nodes: string[], seed: number, given?: Act[]): Promise<Told> {
  const dice = new Dice(seed);
  const plan = layout(dice);
  const model = beginning(plan);
  const world = new World(nodes);
  const acts: Act[] = [];
  const steps: Step[] = [step(model)];
  try {
    await world.opens(plan);
    for (let at = 0; at < (given?.length ?? ACTS); at += 1) {
      const act = given?.[at] ?? draw(dice, model, at);
      // What a shorter history leaves out may make another act impossible.
      if (!kinds[act.kind].can(model, act)) continue;
      acts.push(act);
      const refusal = await world.does(act).catch((error: unknown) => String(error));
      if (refusal) return { acts, faults: [{ where: 'the answer', user: act.by, said: refusal, wanted: 'a success' }] };
      kinds[act.kind].does(model, act, () => steps.push(step(model)));
      steps.push(step(model, act.label));
      const loads = LOADS_ANEW.has(act.kind) ? (act.kind === 'truncateBefore' ? model.people : [act.by]) : [];
      const faults = await settled(world, model, loads);
      if (faults.length) return { acts, faults };
    }
    return { acts, faults: await looksAtAll(world, model, steps) };
  } finally {
    world.ends();
  }
}

async function settled(world: World, model: Model, people: string[]): Promise<Fault[]> {
  const faults = people.map(async (user) => {
    const wanted = model.numbers(user);
    const frame = await world.numbersSettled(user, (one) => fits(wanted, one));
    return fits(wanted, frame) ? [] : [{ where: 'an event some time later', user, said: told(frame), wanted }];
  });
  return (await Promise.all(faults)).flat();
}

/** Leaves out what it can without losing the fault: halves first, then single acts. */
export async function shortened(nodes: string[], seed: number, first: Told): Promise<Told> {
  if (shortenings === 0) return first;
  shortenings -= 1;
  let best = first;
  let tries = TRIES;
  const deadline = Date.now() + SHORTEN_MS;
  for (let size = Math.ceil(best.acts.length / 2); size > 0 && tries > 0 && Date.now() < deadline; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let from = best.acts.length - size; from > -size && tries > 0 && Date.now() < deadline; from -= size, tries -= 1) {
      const start = Math.max(from, 0);
      const told = await tell(nodes, seed, best.acts.toSpliced(start, from + size - start));
      if (told.faults.length) best = told;
    }
  }
  return best;
}

/** A history and its faults, to be read by a person. */
export function report(seed: number, { acts, faults }: Told): string {
  const { rooms, places } = layout(new Dice(seed));
  const lines = [
    `seed ${seed} (WEIR_SEED=${seed} tells it again); shortened to:`,
    ...rooms.map(({ name, members }) => `  ${name}: ${members.join(', ')}`),
    `  sockets on nodes ${places.join(', ')}`,
    ...acts.map((act, at) => `  ${at + 1}. ${JSON.stringify(act)}`),
    ...faults.slice(0, 6).map(({ where, user, said, wanted }) => `  ${user}, ${where}: ${JSON.stringify(said)}, not ${JSON.stringify(wanted)}`),
  ];
  return lines.join('\n');
}
