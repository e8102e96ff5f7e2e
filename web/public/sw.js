// Shows pushes while no window of Weir is looked at, and opens the conversation they are about.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/** What was pushed; a push without readable content is still shown. */
function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

/** The address of a conversation, or of a thread in it, as the app's own routes write it. */
function addressOf({ cid, parent_id: parent, message_id: message }) {
  if (typeof cid !== "string" || !/^[\w-]+:[\w!-]+$/.test(cid)) return "/#/";
  const conversation = `/#/c/${encodeURIComponent(cid).replace("%3A", ":")}`;
  if (parent) return `${conversation}/t/${encodeURIComponent(parent)}`;
  return message ? `${conversation}/m/${encodeURIComponent(message)}` : conversation;
}

const windows = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

self.addEventListener("push", (event) => {
  const note = read(event.data);
  const show = async () => {
    if ((await windows()).some((window) => window.focused)) return;
    await self.registration.showNotification(note.title || "Weir", {
      body: note.body || "Something new was written.",
      // One notification for each conversation; a new one says so again.
      tag: note.cid || "weir",
      renotify: true,
      data: addressOf(note),
    });
  };
  event.waitUntil(show());
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data || "/#/", self.location.origin);
  const open = async () => {
    const [window] = await windows();
    if (!window) return self.clients.openWindow(address.href);
    await window.focus();
    window.postMessage({ type: "weir.open", hash: address.hash });
  };
  event.waitUntil(open());
});
