// Where every act happens: a channel with something of everything in it, and four people who hear of it differently.
import { asks, type Asked, type Person, type Room, type Town } from '../harness';
import { learns, starts } from './state';

export interface Stage {
  town: Town;
  room: Room;
  path: string;
  /** She acts, and watches. */
  ana: Person;
  /** A member whose devices do not watch. */
  bob: Person;
  /** A member who watches. */
  cleo: Person;
  /** Not in the channel. */
  dora: Person;
  /** By bob, with replies by cleo and ana. */
  first: string;
  /** By ana, with a reaction of cleo and one of ana. */
  second: string;
  reply: string;
  /** With votes of cleo and ana. */
  asked: Asked;
  vote: string;
}

export async function sets(town: Town): Promise<Stage> {
  const [ana, bob, cleo, dora] = await town.people('ana', 'bob', 'cleo', 'dora');
  for (const one of [ana, cleo]) starts(one);
  const room = await town.room({ name: 'Kitchen', members: [ana, bob, cleo], by: ana });
  await town.at(room).updatePartial({ set: { config_overrides: { shared_locations: true, user_message_reminders: true } } } as never);
  const first = await town.says(room, bob, 'first');
  const second = await town.says(room, ana, 'second');
  await town.says(room, cleo, 'a reply', { parent_id: first.id });
  const reply = await town.says(room, ana, 'another', { parent_id: first.id });
  await cleo.in(room).sendReaction(second.id, { type: 'like' });
  await ana.in(room).sendReaction(second.id, { type: 'love' });
  const asked = await asks(ana, room);
  await cleo.client.castPollVote(asked.message.id, asked.poll.id, { option_id: asked.options[0] });
  const { vote } = await ana.client.castPollVote(asked.message.id, asked.poll.id, { option_id: asked.options[1] });
  await town.says(room, bob, 'third');
  const path = `/channels/${room.type}/${room.id}`;
  return { town, room, path, ana, bob, cleo, dora, first: first.id, second: second.id, reply: reply.id, asked, vote: vote!.id };
}

/** Everybody knows what they can, and nothing heard yet counts. */
export async function begins({ room, ana, bob, cleo, dora }: Stage): Promise<void> {
  await Promise.all([ana, cleo].map((one) => learns(one, room.type, room.id, true)));
  for (const one of [ana, bob, cleo, dora]) await one.settles(room);
}
