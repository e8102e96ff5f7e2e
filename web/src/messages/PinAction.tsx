import { IconPin, useChannelMembershipState } from "stream-chat-react";
import { useChannelDetailContext } from "stream-chat-react/channel-detail";
import { SwitchAction } from "./SwitchAction";

/** Keeps a conversation on top of one's own list. */
export function PinAction() {
  const { channel } = useChannelDetailContext();
  const pinned = Boolean(useChannelMembershipState(channel)?.pinned_at);
  return (
    <SwitchAction
      title="Keep on top"
      Icon={IconPin}
      on={pinned}
      toggle={() => (pinned ? channel.unpin() : channel.pin())}
    />
  );
}
