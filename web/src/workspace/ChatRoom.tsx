import { useMemo } from "react";
import type { LocalMessage, StreamChat } from "stream-chat";
import { Chat, Streami18n, WithComponents } from "stream-chat-react";
import type { Session } from "../client/session";
import { DraftsProvider } from "../drafts/DraftsProvider";
import { enableDrafts } from "../drafts/enable-drafts";
import { NotifyContext } from "../messages/notify-context";
import { ChannelLevel } from "../notifications/ChannelLevel";
import { useTheme } from "../ui/theme-context";
import { components } from "./components";
import { Workspace } from "./Workspace";

interface ChatRoomProps {
  client: StreamChat;
  session: Session;
  onSession: (session: Session) => void;
  onSignOut: () => Promise<void>;
}

/** The words around the SDK's are English, so its own are too. */
const words = new Streami18n({
  language: "en",
  // The SDK has these two the wrong way round: it would tell a screen reader the opposite of what it shows.
  translationsForLanguage: {
    "aria/Remind Me Message": "Remove reminder",
    "aria/Remove Reminder": "Remind me",
  },
});

/** An assistant's text grows before one's eyes. */
const isByAssistant = (message: LocalMessage) => message.ai_generated === true;

export function ChatRoom({ client, ...rest }: ChatRoomProps) {
  const { theme } = useTheme();
  // Before the first conversation is there: each takes its own set-up along.
  useMemo(() => enableDrafts(client), [client]);
  return (
    <WithComponents overrides={components}>
      <Chat
        client={client}
        theme={`str-chat__theme-${theme}`}
        i18nInstance={words}
        isMessageAIGenerated={isByAssistant}
      >
        <DraftsProvider client={client}>
          <NotifyContext value={ChannelLevel}>
            <Workspace client={client} {...rest} />
          </NotifyContext>
        </DraftsProvider>
      </Chat>
    </WithComponents>
  );
}
