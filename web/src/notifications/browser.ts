/** What stands between this browser and pushes to it. */
export type Ability = "able" | "insecure" | "unsupported" | "refused";

export function ability(): Ability {
  if (!window.isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window))
    return "unsupported";
  return Notification.permission === "denied" ? "refused" : "able";
}

/** Words for the person, and what helps. */
export const hindrances: Record<Exclude<Ability, "able">, string> = {
  insecure:
    "Browsers take notifications only from addresses with https. Ask whoever runs this server to set it up.",
  unsupported:
    "This browser takes no notifications. On an iPhone or iPad, add Weir to the home screen first and open it from there.",
  refused:
    "You refused notifications from this site. Allow them in the browser’s settings for this site, next to its address, and come back.",
};

/** The server's key, base64url, as bytes. */
export function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  const base64 = key.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

const worker = "/sw.js";

/** This browser's subscription, if it has one. Asks for nothing. */
export async function subscription(): Promise<PushSubscription | null> {
  if (ability() !== "able") return null;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Subscribes with the server's key; a subscription with another key is of no use and goes first. */
export async function subscribe(key: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register(worker, { scope: "/" });
  const { pushManager } = await navigator.serviceWorker.ready;
  const applicationServerKey = keyBytes(key);
  const before = await pushManager.getSubscription();
  if (before && !sameKey(before, applicationServerKey)) await before.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

function sameKey({ options }: PushSubscription, key: Uint8Array): boolean {
  if (!options.applicationServerKey) return false;
  const known = new Uint8Array(options.applicationServerKey);
  return known.length === key.length && known.every((byte, at) => byte === key[at]);
}
