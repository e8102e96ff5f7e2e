import { type ReactNode, useState } from "react";
import type { StreamChat } from "stream-chat";
import { problemOf } from "../client/problem";
import type { Session } from "../client/session";
import { Alert } from "../ui/Alert";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ThemeSwitch } from "../ui/ThemeSwitch";
import { PasswordForm } from "./PasswordForm";
import { ProfileForm } from "./ProfileForm";

interface ProfileDialogProps {
  client: StreamChat;
  session: Session;
  onSession: (session: Session) => void;
  onSignOut: () => Promise<void>;
  onClose: () => void;
  /** The settings of other features. */
  children?: ReactNode;
}

export function ProfileDialog({
  client,
  session,
  onSession,
  onSignOut,
  onClose,
  children,
}: ProfileDialogProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const signOut = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await onSignOut();
    } catch (error) {
      setProblem(problemOf(error).message);
      setBusy(false);
    }
  };

  return (
    <Dialog title="Profile and settings" onClose={onClose}>
      <ProfileForm client={client} session={session} onSession={onSession} />
      <section className="dialog-section">
        <h3>Appearance</h3>
        <ThemeSwitch />
      </section>
      {children}
      <PasswordForm onSession={onSession} />
      <section className="dialog-section">
        <h3>This browser</h3>
        <p className="field-note">Signed in as {session.email}</p>
        <Alert>{problem}</Alert>
        <Button look="danger" icon="signOut" busy={busy} onClick={() => void signOut()}>
          Sign out
        </Button>
      </section>
    </Dialog>
  );
}
