import { useState } from "react";
import type { StreamChat } from "stream-chat";
import { NewChannelDialog } from "../channels/NewChannelDialog";
import { PeoplePicker } from "../people/PeoplePicker";
import type { Person } from "../people/person";
import { navigate } from "./useRoute";

/** A channel needs people, and the two features do not know each other: here they meet. */
export function NewChannel({ client, onClose }: { client: StreamChat; onClose: () => void }) {
  const [invited, setInvited] = useState<Person[]>([]);
  return (
    <NewChannelDialog
      client={client}
      invited={invited.map((person) => person.id)}
      onClose={onClose}
      onCreated={(cid) => {
        onClose();
        navigate({ cid });
      }}
    >
      <PeoplePicker client={client} chosen={invited} onChange={setInvited} />
    </NewChannelDialog>
  );
}
