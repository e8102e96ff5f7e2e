import { useEffect } from "react";
import type { Event, StreamChat } from "stream-chat";
import type { Route } from "./route";
import { redirect } from "./useRoute";

const endings = [
  "channel.deleted",
  "channel.hidden",
  "notification.channel_deleted",
  "notification.removed_from_channel",
] as const;

/** Goes home when the open conversation is no longer ours. */
export function useLeftChannel(client: StreamChat, { cid }: Route): void {
  useEffect(() => {
    if (!cid) return;
    const onEnding = (event: Event) => {
      if ((event.cid ?? event.channel?.cid) === cid) redirect({});
    };
    const listeners = endings.map((ending) => client.on(ending, onEnding));
    return () => {
      for (const listener of listeners) listener.unsubscribe();
    };
  }, [client, cid]);
}
