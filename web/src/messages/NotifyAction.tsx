import { useContext } from "react";
import { useChannelDetailContext } from "stream-chat-react/channel-detail";
import { NotifyContext } from "./notify-context";

/** Of what in this conversation one is notified. */
export function NotifyAction() {
  const { channel } = useChannelDetailContext();
  const Level = useContext(NotifyContext);
  return Level && <Level channel={channel} />;
}
