import type { OpenedChannel } from "../channels/useChannel";
import { Conversation } from "../messages/Conversation";
import { NoConversation } from "./NoConversation";
import type { Route } from "./route";
import { ThreadRoute } from "./ThreadRoute";
import { useDocumentTitle } from "./useDocumentTitle";

interface MainPaneProps {
  opened: OpenedChannel;
  route: Route;
  unread: number;
}

export function MainPane({ opened, route, unread }: MainPaneProps) {
  const channel = opened.state === "open" ? opened.channel : undefined;
  useDocumentTitle(channel, unread);

  return (
    <main className="main-pane" id="conversation" aria-label="Conversation" tabIndex={-1}>
      {channel ? (
        <Conversation channel={channel}>
          <ThreadRoute route={route} />
        </Conversation>
      ) : (
        <NoConversation opened={opened} />
      )}
    </main>
  );
}
