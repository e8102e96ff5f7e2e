import { useEffect, useRef } from "react";
import { useChannelActionContext, useChannelStateContext } from "stream-chat-react";
import type { Route } from "./route";
import { redirect } from "./useRoute";

/** Brings the message that the address names into sight; then the address names the conversation alone. */
export function MessageRoute({ route }: { route: Route }) {
  const { channel, loading } = useChannelStateContext();
  const { jumpToMessage } = useChannelActionContext();
  const jump = useRef(jumpToMessage);
  jump.current = jumpToMessage;
  const { cid, message } = route;

  useEffect(() => {
    if (!message || loading || channel.cid !== cid) return;
    jump
      .current(message)
      // A message that is gone leaves its conversation; the SDK says so itself.
      .catch(() => {})
      .finally(() => redirect({ cid }));
  }, [message, cid, channel, loading]);

  return null;
}
