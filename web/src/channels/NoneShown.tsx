import { Empty } from "../ui/Empty";
import type { Shown } from "./shown";

/** Why the list of conversations is empty. */
export function NoneShown({ shown }: { shown: Shown }) {
  switch (shown) {
    case "unread":
      return (
        <Empty icon="check" title="All read">
          <p>Conversations with something new appear here.</p>
        </Empty>
      );
    case "archived":
      return (
        <Empty icon="archive" title="Nothing archived">
          <p>Archive a conversation in its details to keep it out of the way.</p>
        </Empty>
      );
    default:
      return (
        <Empty icon="chats" title="No conversations yet">
          <p>Find somebody under People, or make a channel with the plus.</p>
        </Empty>
      );
  }
}
