import type { ComponentContextValue } from "stream-chat-react";
import { ChannelsHeader } from "../channels/ChannelsHeader";
import { ListFailed } from "../channels/ListFailed";
import { NoChannels } from "../channels/NoChannels";
import { SpokenStatus } from "../messages/SpokenStatus";
import { TintedAvatar } from "../people/TintedAvatar";
import { NoThreads } from "../threads/NoThreads";
import { BackToList } from "./BackToList";
import { ChannelRow } from "./ChannelRow";
import { ThreadRow } from "./ThreadRow";

/** The few parts of the SDK that Weir has its own of. */
export const components: Partial<ComponentContextValue> = {
  Avatar: TintedAvatar,
  ChannelListHeader: ChannelsHeader,
  ChannelListItemUI: ChannelRow,
  EmptyStateIndicator: NoChannels,
  HeaderStartContent: BackToList,
  LoadingErrorIndicator: ListFailed,
  MessageStatus: SpokenStatus,
  ThreadListEmptyPlaceholder: NoThreads,
  ThreadListItemUI: ThreadRow,
};
