import { useEffect, useState } from "react";
import type { StreamChat } from "stream-chat";

/** How many messages wait in all conversations, as the server counts them. */
export function useUnreadTotal(client: StreamChat): number {
  const [total, setTotal] = useState(() => ownTotal(client));
  useEffect(() => {
    setTotal(ownTotal(client));
    const listener = client.on((event) => {
      const count = event.me?.total_unread_count ?? event.total_unread_count;
      if (typeof count === "number") setTotal(count);
    });
    return listener.unsubscribe;
  }, [client]);
  return total;
}

function ownTotal(client: StreamChat): number {
  const user = client.user;
  return user && "total_unread_count" in user ? Number(user.total_unread_count) || 0 : 0;
}
