import { useMemo } from "react";
import type { ChannelFilters, ChannelOptions, ChannelSort, StreamChat } from "stream-chat";
import { ChannelList } from "stream-chat-react";

const sort: ChannelSort = { last_message_at: -1 };
const options: ChannelOptions = { limit: 20, state: true, watch: true, presence: true };

interface ChannelsPaneProps {
  client: StreamChat;
  /** Whether to open the newest one when the list is there. */
  openFirst: boolean;
}

/** Every conversation of the signed-in person, the latest first. */
export function ChannelsPane({ client, openFirst }: ChannelsPaneProps) {
  const userId = client.userID ?? "";
  const filters = useMemo<ChannelFilters>(() => ({ members: { $in: [userId] } }), [userId]);
  return (
    <ChannelList
      filters={filters}
      sort={sort}
      options={options}
      setActiveChannelOnMount={openFirst}
    />
  );
}
