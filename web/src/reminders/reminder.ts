import type { ReminderResponse } from "stream-chat";

/** A message that the signed-in person wants to come back to. */
export interface Saved {
  messageId: string;
  cid: string;
  /** The thread that the message is in. */
  parentId?: string;
  author: string;
  authorImage?: string;
  text: string;
  savedAt: number;
  /** When to be reminded; without it, just saved for later. */
  remindAt?: number;
}

export function savedOf(reminder: ReminderResponse): Saved {
  const { message } = reminder;
  return {
    messageId: reminder.message_id,
    cid: reminder.channel_cid,
    parentId: message?.parent_id,
    author: message?.user?.name || message?.user?.id || "Somebody",
    authorImage: message?.user?.image,
    text: wordsOf(message),
    savedAt: Date.parse(reminder.created_at),
    remindAt: reminder.remind_at ? Date.parse(reminder.remind_at) : undefined,
  };
}

function wordsOf(message: ReminderResponse["message"]): string {
  if (message?.text) return message.text;
  if (message?.poll) return "A poll";
  if (message?.shared_location) return "A place";
  return message?.attachments?.length ? "An attachment" : "A message";
}

export interface SavedGroups {
  due: Saved[];
  coming: Saved[];
  later: Saved[];
}

/** Due ones with the longest waiting first, coming ones with the next first, the rest latest first. */
export function grouped(saved: Iterable<Saved>, now: number): SavedGroups {
  const groups: SavedGroups = { due: [], coming: [], later: [] };
  for (const one of saved) {
    if (one.remindAt === undefined) groups.later.push(one);
    else groups[one.remindAt <= now ? "due" : "coming"].push(one);
  }
  const byMoment = (a: Saved, b: Saved) => (a.remindAt ?? 0) - (b.remindAt ?? 0);
  groups.due.sort(byMoment);
  groups.coming.sort(byMoment);
  groups.later.sort((a, b) => b.savedAt - a.savedAt);
  return groups;
}

/** The next moment at which something becomes due. */
export function nextMoment(saved: Iterable<Saved>, now: number): number | undefined {
  let next: number | undefined;
  for (const { remindAt } of saved) {
    if (remindAt !== undefined && remindAt > now && (next === undefined || remindAt < next))
      next = remindAt;
  }
  return next;
}
