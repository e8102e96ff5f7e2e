import type { StreamChat, ThreadManagerState } from "stream-chat";
import { ThreadList, useStateStore, useThreadList } from "stream-chat-react";
import { NoThreads } from "./NoThreads";

const state = ({ ready, threads, unseenThreadIds }: ThreadManagerState) => ({
  none: ready && threads.length + unseenThreadIds.length === 0,
});

/** The threads that the signed-in person takes part in, those with the latest reply first. */
export function ThreadsPane({ client }: { client: StreamChat }) {
  const { none } = useStateStore(client.threads.state, state);
  return (
    <section className="threads" aria-label="Threads">
      {/* The SDK's empty list is a listbox without options, which a screen reader cannot make sense of. */}
      {none ? <WaitForThreads /> : <ThreadList />}
    </section>
  );
}

/** Asks for threads as the list itself would. */
function WaitForThreads() {
  useThreadList();
  return <NoThreads />;
}
