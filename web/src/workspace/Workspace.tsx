import { lazy, Suspense, useEffect, useState } from "react";
import type { StreamChat } from "stream-chat";
import { SkipNavigation, useChatContext, useLiveLocationSharingManager } from "stream-chat-react";
import { useChannel } from "../channels/useChannel";
import { useUnreadTotal } from "../channels/useUnreadTotal";
import type { Session } from "../client/session";
import { useOnline } from "../client/useOnline";
import { watchPlace } from "../location/watch-place";
import { DueNotice } from "../reminders/DueNotice";
import { useDueNotice } from "../reminders/useDueNotice";
import { useReminders } from "../reminders/useReminders";
import { useTheme } from "../ui/theme-context";
import { MainPane } from "./MainPane";
import { OfflineBanner } from "./OfflineBanner";
import { placeOf } from "./place-of";
import { Sidebar } from "./Sidebar";
import { useFirstChannel } from "./useFirstChannel";
import { useLeftChannel } from "./useLeftChannel";
import { useNotificationClicks } from "./useNotificationClicks";
import { navigate, useRoute } from "./useRoute";

const Settings = lazy(async () => ({ default: (await import("./Settings")).Settings }));

interface WorkspaceProps {
  client: StreamChat;
  session: Session;
  onSession: (session: Session) => void;
  onSignOut: () => Promise<void>;
}

/** The list on one side, the open conversation on the other; on a phone, one of the two. */
export function Workspace({ client, session, onSession, onSignOut }: WorkspaceProps) {
  const { theme } = useTheme();
  const { setActiveChannel } = useChatContext();
  const [profileOpen, setProfileOpen] = useState(false);
  const route = useRoute();
  const online = useOnline(client);
  const unread = useUnreadTotal(client);
  const opened = useChannel(client, route.cid);
  const reminders = useReminders(client);
  const notice = useDueNotice(client);

  useLiveLocationSharingManager({ client, watchLocation: watchPlace });
  useNotificationClicks();
  useFirstChannel(route);
  useLeftChannel(client, route);

  // The list marks the row of the conversation that the address names.
  const channel = opened.state === "open" ? opened.channel : undefined;
  useEffect(() => {
    setActiveChannel(channel);
  }, [channel, setActiveChannel]);

  return (
    <div
      className={`workspace str-chat str-chat__theme-${theme}`}
      data-view={route.cid ? "conversation" : "list"}
    >
      <SkipNavigation
        targetIds={["conversation"]}
        getLinkLabel={() => "Skip to the conversation"}
      />
      {!online && <OfflineBanner />}
      <Sidebar
        client={client}
        openCid={route.cid}
        online={online}
        reminders={reminders}
        onProfile={() => setProfileOpen(true)}
      />
      <MainPane opened={opened} route={route} unread={unread} />
      <DueNotice
        due={notice.due}
        onOpen={(due) => {
          notice.dismiss();
          navigate(placeOf(due));
        }}
        onDismiss={notice.dismiss}
      />
      {profileOpen && (
        <Suspense>
          <Settings
            client={client}
            session={session}
            onSession={onSession}
            onSignOut={onSignOut}
            onClose={() => setProfileOpen(false)}
          />
        </Suspense>
      )}
    </div>
  );
}
