import { useEffect, useState } from "react";
import type { StreamChat } from "stream-chat";
import { type Saved, savedOf } from "./reminder";

/** The reminder that became due just now, until it is put away. */
export function useDueNotice(client: StreamChat) {
  const [due, setDue] = useState<Saved>();
  useEffect(() => {
    const listeners = [
      client.on("notification.reminder_due", ({ reminder }) => {
        if (reminder) setDue(savedOf(reminder));
      }),
      client.on("reminder.deleted", ({ message_id }) =>
        setDue((shown) => (shown?.messageId === message_id ? undefined : shown)),
      ),
    ];
    return () => {
      for (const listener of listeners) listener.unsubscribe();
    };
  }, [client]);
  return { due, dismiss: () => setDue(undefined) };
}
