import type { DefaultChannelData } from "stream-chat-react";

declare module "stream-chat" {
  interface CustomChannelData extends DefaultChannelData {}

  interface CustomMessageData {
    /** An assistant wrote it. */
    ai_generated?: boolean;
  }
}
