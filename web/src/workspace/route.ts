/** Where somebody stands. It lives after the #, because every other path belongs to the protocol. */
export interface Route {
  /** The open conversation, `type:id`. */
  cid?: string;
  /** The message whose thread is open beside it. */
  thread?: string;
}

const cidPattern = /^[\w-]+:[\w!-]+$/;

export function parseRoute(hash: string): Route {
  const [place, cid, part, thread] = hash.replace(/^#\/?/, "").split("/").map(decoded);
  if (place !== "c" || !cid || !cidPattern.test(cid)) return {};
  return part === "t" && thread ? { cid, thread } : { cid };
}

export function formatRoute({ cid, thread }: Route): string {
  if (!cid) return "#/";
  const conversation = `#/c/${encodeURIComponent(cid).replace("%3A", ":")}`;
  return thread ? `${conversation}/t/${encodeURIComponent(thread)}` : conversation;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
