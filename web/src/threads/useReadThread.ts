import { useEffect, useState } from "react";
import type { StreamChat, Thread } from "stream-chat";
import { useActiveThread } from "stream-chat-react";

/** Whoever has a thread open before their eyes has read it: the SDK's thread tells the server. */
export function useReadThread(client: StreamChat, threadId: string | undefined): void {
  const [activeThread, setActiveThread] = useState<Thread>();
  useActiveThread({ activeThread });

  useEffect(() => {
    if (!threadId) return;
    let left = false;
    let own: Thread | undefined;
    const listed = client.threads.threadsById[threadId];
    if (listed) {
      setActiveThread(listed);
    } else {
      client.getThread(threadId, { watch: false, reply_limit: 1, participant_limit: 1 }).then(
        (thread) => {
          if (left) return;
          own = thread;
          thread.registerSubscriptions();
          setActiveThread(thread);
        },
        () => {
          // A message that nobody answered yet has no thread, so there is nothing to be read.
        },
      );
    }
    return () => {
      left = true;
      own?.unregisterSubscriptions();
      setActiveThread(undefined);
    };
  }, [client, threadId]);
}
