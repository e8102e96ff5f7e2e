import { type FormEvent, useState } from "react";
import { changeProfile } from "../client/accounts";
import { type Problem, problemOf } from "../client/problem";
import type { Session } from "../client/session";
import { limits } from "../config";
import { Alert } from "../ui/Alert";
import { Button } from "../ui/Button";
import { PasswordField } from "../ui/PasswordField";

export function PasswordForm({ onSession }: { onSession: (session: Session) => void }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const fields = problem?.fields ?? {};

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setSaved(false);
    setProblem(undefined);
    try {
      onSession(await changeProfile({ current_password: current, password }));
      setCurrent("");
      setPassword("");
      setSaved(true);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <details className="dialog-section">
      <summary>Change the password</summary>
      <form className="form" onSubmit={save}>
        <Alert>{problem && Object.keys(fields).length === 0 ? problem.message : undefined}</Alert>
        <PasswordField
          label="Current password"
          autoComplete="current-password"
          required
          value={current}
          error={fields.current_password}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <PasswordField
          label="New password"
          autoComplete="new-password"
          required
          minLength={limits.passwordMin}
          maxLength={limits.passwordMax}
          value={password}
          error={fields.password}
          hint={`At least ${limits.passwordMin} characters.`}
          onChange={(event) => setPassword(event.target.value)}
        />
        <div className="form-end">
          <span className="saved" role="status">
            {saved && "Changed"}
          </span>
          <Button type="submit" look="quiet" busy={busy}>
            Change password
          </Button>
        </div>
      </form>
    </details>
  );
}
