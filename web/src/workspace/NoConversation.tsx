import type { OpenedChannel } from "../channels/useChannel";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Failed } from "../ui/Failed";
import { redirect } from "./useRoute";

/** Why no conversation is to be seen. */
export function NoConversation({ opened }: { opened: OpenedChannel }) {
  switch (opened.state) {
    case "opening":
      return (
        <div className="empty" role="status">
          <span className="ripple" aria-hidden="true" />
          <p>Opening…</p>
        </div>
      );
    case "missing":
      return (
        <Empty icon="chats" title="This conversation is not here">
          <p>It was deleted, or you are not one of its members.</p>
          <Button look="quiet" onClick={() => redirect({})}>
            Back to the list
          </Button>
        </Empty>
      );
    case "failed":
      return (
        <Failed
          title="The conversation could not be opened"
          problem={opened.problem}
          onAgain={opened.again}
        />
      );
    default:
      return (
        <Empty icon="chats" title="Nothing open">
          <p>Choose a conversation from the list, or start a new one.</p>
        </Empty>
      );
  }
}
