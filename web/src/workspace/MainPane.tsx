import { useEffect } from "react";
import type { OpenedChannel } from "../channels/useChannel";
import { DraftKeeper } from "../drafts/DraftKeeper";
import { Conversation } from "../messages/Conversation";
import { MessageRoute } from "./MessageRoute";
import { NoConversation } from "./NoConversation";
import type { Route } from "./route";
import { ThreadRoute } from "./ThreadRoute";
import { titleOf } from "./title";
import { useConversationName } from "./useConversationName";

interface MainPaneProps {
  opened: OpenedChannel;
  route: Route;
  unread: number;
}

export function MainPane({ opened, route, unread }: MainPaneProps) {
  const channel = opened.state === "open" ? opened.channel : undefined;
  const name = useConversationName(channel);

  // The tab says what is open and how much is unread.
  useEffect(() => {
    document.title = titleOf(name, unread);
  }, [name, unread]);

  return (
    <main className="main-pane" id="conversation" aria-label="Conversation" tabIndex={-1}>
      {name && <h1 className="visually-hidden">{name}</h1>}
      {channel ? (
        <Conversation channel={channel}>
          <ThreadRoute route={route} />
          <MessageRoute route={route} />
          <DraftKeeper />
        </Conversation>
      ) : (
        <NoConversation opened={opened} />
      )}
    </main>
  );
}
