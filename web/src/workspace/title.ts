import { appName } from "../config";

export function titleOf(conversation: string | undefined, unread: number): string {
  const place = conversation ? `${conversation} · ${appName}` : appName;
  return unread > 0 ? `(${unread > 99 ? "99+" : unread}) ${place}` : place;
}
