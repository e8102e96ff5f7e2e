import type { PropsWithChildren } from "react";
import { ChannelListUI, type ChannelListUIProps, useChannelListContext } from "stream-chat-react";

/** The SDK's list; an empty one is no listbox, which would be one without options for a screen reader. */
export function ChannelsFrame(props: PropsWithChildren<ChannelListUIProps>) {
  const { channels } = useChannelListContext();
  const none = !props.loading && !props.error && channels.length === 0;
  return none ? props.children : <ChannelListUI {...props} />;
}
