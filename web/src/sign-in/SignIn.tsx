import { useEffect, useState } from "react";
import { info } from "../client/accounts";
import type { Session } from "../client/session";
import { appName } from "../config";
import { Mark } from "../ui/Mark";
import { ThemeSwitch } from "../ui/ThemeSwitch";
import { RegisterForm } from "./RegisterForm";
import { SignInForm } from "./SignInForm";
import { Water } from "./Water";

interface SignInProps {
  notice?: string;
  onSession: (session: Session) => void;
}

/** The front door: sign in, or register. A server without accounts asks for the first one. */
export function SignIn({ notice, onSession }: SignInProps) {
  const [registering, setRegistering] = useState(false);
  const [first, setFirst] = useState(false);

  useEffect(() => {
    let left = false;
    const look = async () => {
      const { accounts } = await info();
      if (left || accounts) return;
      setFirst(true);
      setRegistering(true);
    };
    // Without an answer the page offers both ways, as it does on a server that is in use.
    look().catch(() => {});
    return () => {
      left = true;
    };
  }, []);

  useEffect(() => {
    document.title = registering ? `Register · ${appName}` : `Sign in · ${appName}`;
  }, [registering]);

  return (
    <div className="door">
      <Water />
      <main className="door-card">
        <header className="door-head">
          <Mark />
          <h1>{registering ? "Create your account" : "Welcome back"}</h1>
          <p>{subtitle(registering, first)}</p>
        </header>
        {notice && (
          <p className="door-notice" role="status">
            {notice}
          </p>
        )}
        {registering ? (
          <RegisterForm onSession={onSession} />
        ) : (
          <SignInForm onSession={onSession} />
        )}
        <p className="door-other">
          {registering ? "Already registered?" : "New here?"}{" "}
          <button type="button" className="link" onClick={() => setRegistering(!registering)}>
            {registering ? "Sign in instead" : "Create an account"}
          </button>
        </p>
      </main>
      <footer className="door-foot">
        <ThemeSwitch />
      </footer>
    </div>
  );
}

function subtitle(registering: boolean, first: boolean): string {
  if (!registering) return "Sign in to your conversations.";
  if (first) return "Yours is the first account here, so it will look after this server.";
  return "It takes a name, an e-mail and a password.";
}
