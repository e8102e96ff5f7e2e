import type { StreamChat } from "stream-chat";
import type { Saved } from "../reminders/reminder";
import { SavedPane } from "../reminders/SavedPane";
import type { useReminders } from "../reminders/useReminders";
import { nameOfChannel } from "./channel-name";
import { placeOf } from "./place-of";
import { navigate } from "./useRoute";

interface SavedListProps {
  client: StreamChat;
  reminders: ReturnType<typeof useReminders>;
}

/** What was saved, with the names of the conversations it was said in. */
export function SavedList({ client, reminders }: SavedListProps) {
  return (
    <SavedPane
      client={client}
      reminders={reminders}
      nameOf={(cid) => nameOfChannel(client, cid)}
      onOpen={(saved: Saved) => navigate(placeOf(saved))}
    />
  );
}
