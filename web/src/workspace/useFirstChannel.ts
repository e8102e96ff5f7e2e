import { useEffect, useRef } from "react";
import { useChatContext } from "stream-chat-react";
import { wideScreen } from "../config";
import { useMedia } from "../ui/useMedia";
import type { Route } from "./route";
import { redirect } from "./useRoute";

/** Beside a list there is room for a conversation: whoever comes without an address gets the newest one. */
export function useFirstChannel(route: Route): void {
  const { channel } = useChatContext();
  const wide = useMedia(wideScreen);
  const landed = useRef(false);

  useEffect(() => {
    if (route.cid) landed.current = true;
    if (landed.current || !wide || !channel) return;
    landed.current = true;
    redirect({ cid: channel.cid });
  }, [route.cid, wide, channel]);
}
