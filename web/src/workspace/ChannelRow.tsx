import { ChannelListItemUI, type ChannelListItemUIProps } from "stream-chat-react";
import { navigate } from "./useRoute";

/** The stock row, but a choice goes through the address, so that "back" and a reload find it again. */
export function ChannelRow(props: ChannelListItemUIProps) {
  return <ChannelListItemUI {...props} onSelect={() => navigate({ cid: props.channel.cid })} />;
}
