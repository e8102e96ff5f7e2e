import { useEffect, useRef } from "react";
import { useChannelActionContext, useChannelStateContext } from "stream-chat-react";
import type { Route } from "./route";
import { navigate, redirect } from "./useRoute";

/** Keeps the open thread and the address the same, so that "back" closes a thread on a phone. */
export function ThreadRoute({ route }: { route: Route }) {
  const { channel, thread } = useChannelStateContext();
  const { openThread, closeThread } = useChannelActionContext();
  const current = useRef({ openThread, closeThread, thread, route });
  current.current = { openThread, closeThread, thread, route };
  const shown = useRef<string | undefined>(undefined);

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

  // The address changed: the thread follows.
  useEffect(() => {
    const { openThread, closeThread, thread } = current.current;
    if (route.thread === thread?.id) return;
    if (!route.thread) {
      closeThread();
      return;
    }
    const parent = channel.state.findMessage(route.thread);
    if (parent) openThread(parent);
    else redirect({ cid: channel.cid });
  }, [route.thread, channel]);

  return null;
}
