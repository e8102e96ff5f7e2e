import type { IconName } from "../ui/Icon";

/** What the sidebar can list. */
export const lists = ["chats", "threads", "saved", "people"] as const;
export type List = (typeof lists)[number];

export const listNames: Record<List, { label: string; icon: IconName }> = {
  chats: { label: "Chats", icon: "chats" },
  threads: { label: "Threads", icon: "thread" },
  saved: { label: "Saved", icon: "bookmark" },
  people: { label: "People", icon: "people" },
};
