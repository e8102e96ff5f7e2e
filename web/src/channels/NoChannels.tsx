import { useContext } from "react";
import type { EmptyStateIndicatorProps } from "stream-chat-react";
import { Empty } from "../ui/Empty";
import { NoneShown } from "./NoneShown";
import { ShownContext } from "./shown";

/** What an empty list and an empty conversation say. */
export function NoChannels({ listType }: EmptyStateIndicatorProps) {
  const shown = useContext(ShownContext);
  switch (listType) {
    case "channel":
      return <NoneShown shown={shown} />;
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
