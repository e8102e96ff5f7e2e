import { createContext } from "react";
import type { ChannelFilters } from "stream-chat";

/** Which of the conversations are listed. */
export const shownSorts = ["all", "unread", "archived"] as const;
export type Shown = (typeof shownSorts)[number];

export const shownNames: Record<Shown, string> = {
  all: "All",
  unread: "Unread",
  archived: "Archived",
};

export function filtersFor(shown: Shown, userId: string): ChannelFilters {
  const mine: ChannelFilters = { members: { $in: [userId] }, archived: shown === "archived" };
  return shown === "unread" ? { ...mine, has_unread: true } : mine;
}

/** For the parts of the list that the SDK renders by itself. */
export const ShownContext = createContext<Shown>("all");
