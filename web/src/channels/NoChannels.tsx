import type { EmptyStateIndicatorProps } from "stream-chat-react";
import { Empty } from "../ui/Empty";

/** What an empty list and an empty conversation say. */
export function NoChannels({ listType }: EmptyStateIndicatorProps) {
  switch (listType) {
    case "channel":
      return (
        <Empty icon="chats" title="No conversations yet">
          <p>Find somebody under People, or make a channel with the plus.</p>
        </Empty>
      );
    case "message":
      return (
        <Empty icon="chats" title="Nothing said yet">
          <p>Write the first message below.</p>
        </Empty>
      );
    default:
      return null;
  }
}
