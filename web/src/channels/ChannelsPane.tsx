import { useMemo, useState } from "react";
import type { ChannelOptions, ChannelSort, StreamChat } from "stream-chat";
import { ChannelList } from "stream-chat-react";
import { NoChannels } from "./NoChannels";
import { ShownSwitch } from "./ShownSwitch";
import { filtersFor, type Shown, ShownContext } from "./shown";

/** Pinned ones stay on top, the latest first among them as well. */
const sort: ChannelSort = [{ pinned_at: -1 }, { last_message_at: -1 }];
const options: ChannelOptions = { limit: 20, state: true, watch: true, presence: true };

interface ChannelsPaneProps {
  client: StreamChat;
  /** Whether to open the newest one when the list is there. */
  openFirst: boolean;
}

/** The conversations of the signed-in person, the latest first. */
export function ChannelsPane({ client, openFirst }: ChannelsPaneProps) {
  const [shown, setShown] = useState<Shown>("all");
  const userId = client.userID ?? "";
  const filters = useMemo(() => filtersFor(shown, userId), [shown, userId]);
  return (
    <ShownContext value={shown}>
      <ShownSwitch shown={shown} onChange={setShown} />
      <ChannelList
        filters={filters}
        sort={sort}
        options={options}
        EmptyStateIndicator={NoChannels}
        // A new message in another conversation does not bring it among the archived ones.
        allowNewMessagesFromUnfilteredChannels={shown !== "archived"}
        setActiveChannelOnMount={openFirst && shown === "all"}
      />
    </ShownContext>
  );
}
