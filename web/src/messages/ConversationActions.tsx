import type { ComponentProps } from "react";
import {
  ChannelManagementView,
  defaultChannelManagementActionSet,
} from "stream-chat-react/channel-detail";
import { ArchiveAction } from "./ArchiveAction";
import { NotifyAction } from "./NotifyAction";
import { PinAction } from "./PinAction";

/** What one can do with a conversation: at first what only oneself notices. */
const actions = [
  { Component: PinAction, type: "pinChannel" as const },
  { Component: ArchiveAction, type: "archiveChannel" as const },
  { Component: NotifyAction, type: "notify" as const },
  ...defaultChannelManagementActionSet,
];

export function ConversationActions(props: ComponentProps<typeof ChannelManagementView>) {
  return <ChannelManagementView {...props} channelManagementActionSet={actions} />;
}
