// What stories of reminders begin with.
import type { Person, Room } from './person';
import type { Town } from './town';

export const MINUTE = 60_000;

export const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE).toISOString();

/** Two members of a channel in which messages can be remembered. */
export async function reminding(town: Town): Promise<[Person, Person, Room]> {
  const [ana, bob, room] = await town.twoWatching();
  await town.at(room).updatePartial({ set: { config_overrides: { user_message_reminders: true } } } as never);
  await Promise.all([ana.settles(room), bob.settles(room)]);
  return [ana, bob, room];
}

export const create = (person: Person, messageId: string, remind_at?: string | null) => person.client.createReminder({ messageId, remind_at });
