import { useCallback, useEffect, useMemo, useState } from "react";
import type { Event, ReminderResponse, StreamChat } from "stream-chat";
import { type Problem, problemOf } from "../client/problem";
import { reminderPage } from "../config";
import { grouped, type Saved, savedOf } from "./reminder";
import { useNow } from "./useNow";

/** One person has at most 250 of them: the whole list is a few pages. */
async function loadAll(client: StreamChat): Promise<Map<string, Saved>> {
  const all = new Map<string, Saved>();
  let next: string | undefined;
  do {
    const page = await client.queryReminders({ limit: reminderPage, next });
    for (const reminder of page.reminders) all.set(reminder.message_id, savedOf(reminder));
    next = page.next;
  } while (next);
  return all;
}

/** What the signed-in person saved, on whatever device, and what of it is due. */
export function useReminders(client: StreamChat) {
  const [saved, setSaved] = useState<ReadonlyMap<string, Saved>>();
  const [problem, setProblem] = useState<Problem>();

  const load = useCallback(async () => {
    try {
      setSaved(await loadAll(client));
      setProblem(undefined);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }, [client]);

  useEffect(() => {
    void load();
    const change = (alter: (known: Map<string, Saved>) => void) =>
      setSaved((known) => {
        if (!known) return known;
        const next = new Map(known);
        alter(next);
        return next;
      });
    const keep = ({ reminder }: Event) => {
      if (reminder) change((known) => known.set(reminder.message_id, merged(known, reminder)));
    };
    const drop = ({ message_id }: Event) => {
      if (message_id) change((known) => known.delete(message_id));
    };
    const listeners = [
      client.on("reminder.created", keep),
      client.on("reminder.updated", keep),
      client.on("reminder.deleted", drop),
      client.on("notification.reminder_due", keep),
      client.on("connection.recovered", () => void load()),
    ];
    return () => {
      for (const listener of listeners) listener.unsubscribe();
    };
  }, [client, load]);

  const now = useNow(saved);
  const groups = useMemo(() => saved && grouped(saved.values(), now), [saved, now]);
  return { groups, now, problem, again: load };
}

/** Not every event brings the message along. */
function merged(known: ReadonlyMap<string, Saved>, reminder: ReminderResponse): Saved {
  const before = known.get(reminder.message_id);
  const after = savedOf(reminder);
  return reminder.message || !before
    ? after
    : { ...before, savedAt: after.savedAt, remindAt: after.remindAt };
}
