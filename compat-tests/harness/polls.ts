// A poll as stories tell it: made by somebody, shown by a message of theirs.
import type { MessageResponse, PollResponse } from 'stream-chat';
import type { Person, Room } from './person';

export interface Asked {
  poll: PollResponse;
  message: MessageResponse;
  /** Ids of the options, in order. */
  options: string[];
}

/** Asks "Lunch?" with soup, bread and rice, unless `more` says otherwise. */
export async function asks(who: Person, room: Room, more: Record<string, unknown> = {}): Promise<Asked> {
  const options = ['Soup', 'Bread', 'Rice'].map((text) => ({ text }));
  const { poll } = await who.client.createPoll({ name: 'Lunch?', options, ...more });
  const message = await who.says(room, { poll_id: poll.id });
  return { poll, message, options: poll.options.map(({ id }) => id) };
}

/** Votes for an option, or answers. */
export const votes = (who: Person, { message, poll }: Asked, vote: { option_id: string } | { answer_text: string }, as?: string) =>
  who.client.castPollVote(message.id, poll.id, vote, as);
