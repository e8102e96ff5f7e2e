import type { ComponentContextValue } from "stream-chat-react";
import { ChannelsHeader } from "../channels/ChannelsHeader";
import { ListFailed } from "../channels/ListFailed";
import { NoChannels } from "../channels/NoChannels";
import { NoRowActions } from "../channels/NoRowActions";
import { SpokenStatus } from "../messages/SpokenStatus";
import { TintedAvatar } from "../people/TintedAvatar";
import { BackToList } from "./BackToList";
import { ChannelRow } from "./ChannelRow";

/** The few parts of the SDK that Weir has its own of. */
export const components: Partial<ComponentContextValue> = {
  Avatar: TintedAvatar,
  ChannelListHeader: ChannelsHeader,
  ChannelListItemActionButtons: NoRowActions,
  ChannelListItemUI: ChannelRow,
  EmptyStateIndicator: NoChannels,
  HeaderStartContent: BackToList,
  LoadingErrorIndicator: ListFailed,
  MessageStatus: SpokenStatus,
};
