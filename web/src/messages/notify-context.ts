import { type ComponentType, createContext } from "react";
import type { Channel } from "stream-chat";

/** Notifications are another feature: the workspace brings their setting into the details. */
export const NotifyContext = createContext<ComponentType<{ channel: Channel }> | undefined>(
  undefined,
);
