import {
  ThreadListItemUI,
  type ThreadListItemUIProps,
  useThreadListItemContext,
} from "stream-chat-react";
import { navigate, useRoute } from "./useRoute";

/** The stock row, but a choice goes through the address: the thread opens beside its conversation. */
export function ThreadRow(props: ThreadListItemUIProps) {
  const thread = useThreadListItemContext();
  const route = useRoute();
  if (!thread) return null;
  return (
    <ThreadListItemUI
      {...props}
      aria-selected={route.thread === thread.id}
      onClick={() => navigate({ cid: thread.channel.cid, thread: thread.id })}
    />
  );
}
