import { useEffect, useRef } from "react";
import { useChannelActionContext, useChannelStateContext, useChatContext } from "stream-chat-react";
import { useReadThread } from "../threads/useReadThread";
import type { Route } from "./route";
import { navigate, redirect } from "./useRoute";

/** Keeps the open thread and the address the same, so that "back" closes a thread on a phone. */
export function ThreadRoute({ route }: { route: Route }) {
  const { client } = useChatContext();
  const { channel, thread } = useChannelStateContext();
  const { openThread, closeThread } = useChannelActionContext();
  const current = useRef({ openThread, closeThread, thread, route });
  current.current = { openThread, closeThread, thread, route };
  const shown = useRef<string | undefined>(undefined);
  useReadThread(client, thread?.id);

  // The thread changed: the address follows.
  useEffect(() => {
    if (shown.current === thread?.id) return;
    shown.current = thread?.id;
    const { route } = current.current;
    if (route.thread === thread?.id) return;
    const next = { cid: channel.cid, thread: thread?.id };
    if (thread) navigate(next);
    else redirect(next);
  }, [thread?.id, channel.cid, thread]);

  // The address changed: the thread follows. It may be older than what was loaded.
  useEffect(() => {
    const { closeThread, thread } = current.current;
    const wanted = route.thread;
    if (wanted === thread?.id) return;
    if (!wanted) {
      closeThread();
      return;
    }
    const known = channel.state.findMessage(wanted);
    if (known) {
      current.current.openThread(known);
      return;
    }
    let left = false;
    client.getMessage(wanted).then(
      ({ message }) => !left && current.current.openThread(channel.state.formatMessage(message)),
      () => !left && redirect({ cid: channel.cid }),
    );
    return () => {
      left = true;
    };
  }, [client, route.thread, channel]);

  return null;
}
