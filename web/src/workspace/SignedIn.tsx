import "stream-chat-react/dist/css/index.css";
import "stream-chat-react/dist/css/channel-detail.css";
import "../styles/layout.css";
import "../styles/lists.css";
import "../styles/menu.css";
import "../styles/drafts.css";
import "../styles/location.css";
import "../styles/notifications.css";
import "../styles/people.css";
import "../styles/reminders.css";
import "../styles/search.css";
import "../styles/threads.css";
import "../styles/stream.css";
import { signOut } from "../client/accounts";
import type { Session } from "../client/session";
import { useConnection } from "../client/useConnection";
import { forget } from "../notifications/device";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Splash } from "../ui/Splash";
import { ChatRoom } from "./ChatRoom";
import { redirect } from "./useRoute";

interface SignedInProps {
  session: Session;
  /** The profile was changed. */
  onSession: (session: Session) => void;
  /** The server no longer knows this session. */
  onEnded: () => void;
  onSignedOut: () => void;
}

/** Somebody with a session: connect, then open the workspace. */
export function SignedIn({ session, onSession, onEnded, onSignedOut }: SignedInProps) {
  const { connection, again } = useConnection(session, onEnded);

  const leave = async () => {
    // Whoever uses this browser next must not hear what is written to somebody else.
    if (connection.state === "ready") await forget(connection.client).catch(() => {});
    await signOut();
    redirect({});
    onSignedOut();
  };

  switch (connection.state) {
    case "connecting":
      return <Splash text="Connecting…" />;
    case "failed":
      return (
        <Notice
          title="Not connected"
          onRetry={again}
          action={
            <Button look="quiet" onClick={() => void leave().catch(onSignedOut)}>
              Sign out
            </Button>
          }
        >
          {connection.problem.message}
        </Notice>
      );
    case "ready":
      return (
        <ChatRoom
          client={connection.client}
          session={session}
          onSession={onSession}
          onSignOut={leave}
        />
      );
  }
}
