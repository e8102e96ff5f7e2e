import { useEffect } from "react";
import type { Channel } from "stream-chat";
import { useChannelPreviewInfo } from "stream-chat-react";
import { titleOf } from "./title";

/** The tab says what is open and how much is unread elsewhere. */
export function useDocumentTitle(channel: Channel | undefined, unread: number): void {
  const { displayTitle } = useChannelPreviewInfo({ channel });
  const name = channel && displayTitle;
  useEffect(() => {
    document.title = titleOf(name, unread);
  }, [name, unread]);
}
