/** Where somebody stands. It lives after the #, because every other path belongs to the protocol. */
export interface Route {
  /** The open conversation, `type:id`. */
  cid?: string;
  /** The message whose thread is open beside it. */
  thread?: string;
  /** The message that is to be brought into sight. */
  message?: string;
}

const cidPattern = /^[\w-]+:[\w!-]+$/;

export function parseRoute(hash: string): Route {
  const [place, cid, part, id] = hash.replace(/^#\/?/, "").split("/").map(decoded);
  if (place !== "c" || !cid || !cidPattern.test(cid)) return {};
  if (part === "t" && id) return { cid, thread: id };
  if (part === "m" && id) return { cid, message: id };
  return { cid };
}

export function formatRoute({ cid, thread, message }: Route): string {
  if (!cid) return "#/";
  const conversation = `#/c/${encodeURIComponent(cid).replace("%3A", ":")}`;
  if (thread) return `${conversation}/t/${encodeURIComponent(thread)}`;
  return message ? `${conversation}/m/${encodeURIComponent(message)}` : conversation;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
