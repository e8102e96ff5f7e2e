import { useCallback, useEffect, useRef, useState } from "react";
import type { StreamChat } from "stream-chat";
import { type Problem, problemOf } from "./problem";
import type { Session } from "./session";
import { newClient, tokens } from "./stream";

export type Connection =
  | { state: "connecting" }
  | { state: "failed"; problem: Problem }
  | { state: "ready"; client: StreamChat };

/** Connects the signed-in person, and again when asked to. */
export function useConnection(session: Session, onSignedOut: () => void) {
  const [connection, setConnection] = useState<Connection>({ state: "connecting" });
  const [attempt, setAttempt] = useState(0);
  const latest = useRef({ session, onSignedOut });
  latest.current = { session, onSignedOut };
  const { api_key, user } = session;

  // A changed profile is a new session of the same person: it must not cut the connection.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only these three ask for a new connection
  useEffect(() => {
    let left = false;
    const client = newClient(latest.current.session);
    // The token of the session may be old by the second attempt.
    const first = attempt === 0 ? latest.current.session.token : undefined;
    const provider = tokens(first, () => latest.current.onSignedOut());
    setConnection({ state: "connecting" });
    const opened = client.connectUser({ id: user.id }, provider).then(
      () => !left && setConnection({ state: "ready", client }),
      (error: unknown) => !left && setConnection({ state: "failed", problem: problemOf(error) }),
    );
    return () => {
      left = true;
      void opened.then(() => client.disconnectUser());
    };
  }, [api_key, user.id, attempt]);

  const again = useCallback(() => setAttempt((count) => count + 1), []);
  return { connection, again };
}
