import type { StreamChat } from "stream-chat";
import { subscription } from "./browser";

/** Tells the server where this browser hears pushes. May be repeated. */
export async function register(client: StreamChat, found: PushSubscription): Promise<void> {
  const { endpoint, keys } = found.toJSON();
  await client.post(`${client.baseURL}/devices`, { id: endpoint, push_provider: "webpush", keys });
}

/** No more pushes to this browser: whoever signs in next must not read them. */
export async function forget(client: StreamChat): Promise<void> {
  const found = await subscription();
  if (!found) return;
  // First the browser: should the server not answer, nothing arrives all the same.
  await found.unsubscribe();
  await client.removeDevice(found.endpoint);
}
