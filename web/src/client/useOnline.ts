import { useEffect, useState } from "react";
import type { StreamChat } from "stream-chat";

/** Whether the live connection stands; the SDK says so itself. */
export function useOnline(client: StreamChat): boolean {
  const [online, setOnline] = useState(true);
  useEffect(() => {
    const listener = client.on("connection.changed", (event) => setOnline(event.online === true));
    return listener.unsubscribe;
  }, [client]);
  return online;
}
