import type { ReactNode } from "react";
import type { Channel as ChannelOfStream } from "stream-chat";
import {
  AIStateIndicator,
  Channel,
  ChannelHeader,
  ChatViewContext,
  MessageComposer,
  MessageList,
  Thread,
  Window,
  WithDragAndDropUpload,
} from "stream-chat-react";
import { wideScreen } from "../config";
import { useMedia } from "../ui/useMedia";
import { ConversationAvatar } from "./ConversationAvatar";

interface ConversationProps {
  channel: ChannelOfStream;
  /** What else needs to know the channel's state. */
  children?: ReactNode;
}

/** The SDK would write the unread count into the title; the workspace does that for all channels. */
const titleIsOurs = () => {};

/** There is no list of threads here, and a thread's header asks which list is shown. */
const channelsOnly = { activeChatView: "channels", setActiveChatView: () => {} } as const;

export function Conversation({ channel, children }: ConversationProps) {
  // On a phone a focused field opens the keyboard over half of the conversation.
  const wide = useMedia(wideScreen);
  return (
    <Channel channel={channel} activeUnreadHandler={titleIsOurs}>
      <WithDragAndDropUpload>
        <Window>
          <ChannelHeader Avatar={ConversationAvatar} />
          <MessageList />
          <div role="status">
            <AIStateIndicator />
          </div>
          <MessageComposer focus={wide} />
        </Window>
      </WithDragAndDropUpload>
      <ChatViewContext value={channelsOnly}>
        <Thread autoFocus={wide} />
      </ChatViewContext>
      {children}
    </Channel>
  );
}
