import type { ChannelAvatarProps } from "stream-chat-react";
import { AvatarWithChannelDetail } from "stream-chat-react/channel-detail";
import { ConversationDetail } from "./ConversationDetail";

/** The picture in the header is the door to the details: members, adding people, muting, leaving. */
export function ConversationAvatar(props: ChannelAvatarProps) {
  return <AvatarWithChannelDetail {...props} ChannelDetail={ConversationDetail} />;
}
