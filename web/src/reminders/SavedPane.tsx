import { useState } from "react";
import type { StreamChat } from "stream-chat";
import { problemOf } from "../client/problem";
import { Alert } from "../ui/Alert";
import { Empty } from "../ui/Empty";
import { Failed } from "../ui/Failed";
import { Skeleton } from "../ui/Skeleton";
import type { Saved, SavedGroups } from "./reminder";
import { SavedRow } from "./SavedRow";
import type { useReminders } from "./useReminders";

interface SavedPaneProps {
  client: StreamChat;
  reminders: ReturnType<typeof useReminders>;
  /** What a conversation is called. */
  nameOf: (cid: string) => string;
  onOpen: (saved: Saved) => void;
}

const headings: Record<keyof SavedGroups, string> = {
  due: "Due",
  coming: "Coming up",
  later: "Saved for later",
};
const order = ["due", "coming", "later"] as const;

/** Messages to come back to: those due, those with a moment, and the rest. */
export function SavedPane({ client, reminders, nameOf, onOpen }: SavedPaneProps) {
  const { groups, now, problem, again } = reminders;
  const [failed, setFailed] = useState<string>();

  const act = (what: Promise<unknown>) => {
    setFailed(undefined);
    what.catch((error: unknown) => setFailed(problemOf(error).message));
  };

  if (!groups) {
    if (!problem) return <Skeleton rows={4} label="Loading what you saved" />;
    return (
      <Failed
        title="What you saved could not be loaded"
        problem={problem}
        onAgain={() => void again()}
      />
    );
  }
  const shown = order.filter((group) => groups[group].length > 0);
  return (
    <section className="saved-pane" aria-label="Saved messages">
      <Alert>{failed}</Alert>
      {shown.length === 0 && (
        <Empty icon="bookmark" title="Nothing saved">
          <p>Open the menu of a message to save it for later or to be reminded of it.</p>
        </Empty>
      )}
      {shown.map((group) => (
        <section key={group} aria-label={headings[group]}>
          <h2 className="list-heading">{headings[group]}</h2>
          <ul>
            {groups[group].map((saved) => (
              <SavedRow
                key={saved.messageId}
                saved={saved}
                place={nameOf(saved.cid)}
                now={now}
                onOpen={() => onOpen(saved)}
                onDone={() => act(client.reminders.deleteReminder(saved.messageId))}
                onLater={(at) =>
                  act(
                    client.reminders.upsertReminder({
                      messageId: saved.messageId,
                      remind_at: at.toISOString(),
                    }),
                  )
                }
              />
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}
