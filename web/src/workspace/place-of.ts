import type { Route } from "./route";

interface Said {
  cid: string;
  messageId: string;
  parentId?: string;
}

/** Where a message is seen: in its conversation, or in its thread. */
export function placeOf({ cid, messageId, parentId }: Said): Route {
  return parentId ? { cid, thread: parentId } : { cid, message: messageId };
}
