import { IconArchive, useChannelMembershipState } from "stream-chat-react";
import { useChannelDetailContext } from "stream-chat-react/channel-detail";
import { SwitchAction } from "./SwitchAction";

/** Takes a conversation out of one's own list, to the archived ones. */
export function ArchiveAction() {
  const { channel } = useChannelDetailContext();
  const archived = Boolean(useChannelMembershipState(channel)?.archived_at);
  return (
    <SwitchAction
      title="Archive"
      Icon={IconArchive}
      on={archived}
      toggle={() => (archived ? channel.unarchive() : channel.archive())}
    />
  );
}
