import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { me } from "./client/accounts";
import { type Problem, problemOf } from "./client/problem";
import type { Session } from "./client/session";
import { SignIn } from "./sign-in/SignIn";
import { Notice } from "./ui/Notice";
import { Splash } from "./ui/Splash";

type Visitor =
  | { state: "unknown" }
  | { state: "unreachable"; problem: Problem }
  | { state: "signed-out"; notice?: string }
  | { state: "signed-in"; session: Session };

/** The chat itself is large, so the front door does not wait for it; it comes while somebody types. */
const loadSignedIn = () => import("./workspace/SignedIn");
const SignedIn = lazy(async () => ({ default: (await loadSignedIn()).SignedIn }));

const ended = "You have been signed out. Sign in to go on.";

/** Who is here: nobody yet, or somebody with a session. */
export function App() {
  const [visitor, setVisitor] = useState<Visitor>({ state: "unknown" });

  const lookWho = useCallback(async () => {
    setVisitor({ state: "unknown" });
    try {
      setVisitor({ state: "signed-in", session: await me() });
    } catch (error) {
      const problem = problemOf(error);
      setVisitor(problem.signedOut ? { state: "signed-out" } : { state: "unreachable", problem });
    }
  }, []);

  useEffect(() => {
    void lookWho();
    // Should this fail, the real need for it shows the error.
    loadSignedIn().catch(() => {});
  }, [lookWho]);

  const onSession = useCallback(
    (session: Session) => setVisitor({ state: "signed-in", session }),
    [],
  );
  const onEnded = useCallback(() => setVisitor({ state: "signed-out", notice: ended }), []);
  const onSignedOut = useCallback(() => setVisitor({ state: "signed-out" }), []);

  switch (visitor.state) {
    case "unknown":
      return <Splash text="Opening Weir…" />;
    case "unreachable":
      return (
        <Notice title="Weir does not answer" onRetry={lookWho}>
          {visitor.problem.message}
        </Notice>
      );
    case "signed-out":
      return <SignIn notice={visitor.notice} onSession={onSession} />;
    case "signed-in":
      return (
        <Suspense fallback={<Splash text="Opening Weir…" />}>
          <SignedIn
            session={visitor.session}
            onSession={onSession}
            onEnded={onEnded}
            onSignedOut={onSignedOut}
          />
        </Suspense>
      );
  }
}
