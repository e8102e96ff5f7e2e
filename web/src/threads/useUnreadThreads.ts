import type { StreamChat, ThreadManagerState } from "stream-chat";
import { useStateStore } from "stream-chat-react";

const unread = ({ unreadThreadCount }: ThreadManagerState) => ({ unreadThreadCount });

/** In how many threads something waits, as the server counts them. */
export function useUnreadThreads(client: StreamChat): number {
  return useStateStore(client.threads.state, unread).unreadThreadCount;
}
