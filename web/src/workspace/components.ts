import type { ComponentContextValue } from "stream-chat-react";
import { ChannelsFrame } from "../channels/ChannelsFrame";
import { ChannelsHeader } from "../channels/ChannelsHeader";
import { ListFailed } from "../channels/ListFailed";
import { NoChannels } from "../channels/NoChannels";
import { MessageAttachment } from "../location/MessageAttachment";
import { SharePlaceDialog } from "../location/SharePlaceDialog";
import { SpokenStatus } from "../messages/SpokenStatus";
import { StopButton } from "../messages/StopButton";
import { TintedAvatar } from "../people/TintedAvatar";
import { NoThreads } from "../threads/NoThreads";
import { BackToList } from "./BackToList";
import { ChannelRow } from "./ChannelRow";
import { ThreadRow } from "./ThreadRow";

/** The few parts of the SDK that Weir has its own of. */
export const components: Partial<ComponentContextValue> = {
  Attachment: MessageAttachment,
  Avatar: TintedAvatar,
  ChannelListHeader: ChannelsHeader,
  ChannelListItemUI: ChannelRow,
  ChannelListUI: ChannelsFrame,
  EmptyStateIndicator: NoChannels,
  HeaderStartContent: BackToList,
  LoadingErrorIndicator: ListFailed,
  MessageStatus: SpokenStatus,
  ShareLocationDialog: SharePlaceDialog,
  StopAIGenerationButton: StopButton,
  ThreadListEmptyPlaceholder: NoThreads,
  ThreadListItemUI: ThreadRow,
};
