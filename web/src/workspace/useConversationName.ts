import type { Channel } from "stream-chat";
import { useChannelPreviewInfo } from "stream-chat-react";

/** What the list calls the conversation: its name, or the other person's. */
export function useConversationName(channel: Channel | undefined): string | undefined {
  const { displayTitle } = useChannelPreviewInfo({ channel });
  return channel && displayTitle;
}
