import type { StreamChat } from "stream-chat";
import { Chat, Streami18n, WithComponents } from "stream-chat-react";
import type { Session } from "../client/session";
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
const words = new Streami18n({ language: "en" });

export function ChatRoom({ client, ...rest }: ChatRoomProps) {
  const { theme } = useTheme();
  return (
    <WithComponents overrides={components}>
      <Chat client={client} theme={`str-chat__theme-${theme}`} i18nInstance={words}>
        <Workspace client={client} {...rest} />
      </Chat>
    </WithComponents>
  );
}
