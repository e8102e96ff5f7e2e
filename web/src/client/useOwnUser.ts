import { useEffect, useState } from "react";
import type { StreamChat } from "stream-chat";

/** The signed-in person, as the last event described them. */
export function useOwnUser(client: StreamChat) {
  const [, setVersion] = useState(0);
  useEffect(() => {
    const changed = () => setVersion((version) => version + 1);
    const listeners = [client.on("user.updated", changed), client.on("health.check", changed)];
    return () => {
      for (const listener of listeners) listener.unsubscribe();
    };
  }, [client]);
  return client.user;
}
