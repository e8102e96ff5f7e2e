import { Avatar, ChannelAvatar, type ChannelAvatarProps } from "stream-chat-react";
import { tintOf } from "../ui/tint";

/** The stock picture of a group, or of a person, who has a colour of their own without a picture. */
export function TintedAvatar(props: ChannelAvatarProps) {
  const { displayMembers = [], imageUrl, userName = "", className, ...rest } = props;
  if (!imageUrl && displayMembers.length > 1) return <ChannelAvatar {...props} />;
  return (
    <Avatar
      {...rest}
      imageUrl={imageUrl}
      userName={userName}
      className={`${className ?? ""} ${tintOf(userName)}`}
    />
  );
}
