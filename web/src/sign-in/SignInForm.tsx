import { useState } from "react";
import { signIn } from "../client/accounts";
import type { Session } from "../client/session";
import { limits } from "../config";
import { Alert } from "../ui/Alert";
import { Button } from "../ui/Button";
import { PasswordField } from "../ui/PasswordField";
import { TextField } from "../ui/TextField";
import { useSubmit } from "./useSubmit";

export function SignInForm({ onSession }: { onSession: (session: Session) => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { busy, submit, fields, general } = useSubmit(
    () => signIn({ email: email.trim(), password }),
    onSession,
  );

  return (
    <form className="form" onSubmit={submit}>
      <Alert>{general}</Alert>
      <TextField
        label="E-mail"
        type="email"
        name="email"
        autoComplete="username"
        inputMode="email"
        required
        maxLength={limits.email}
        value={email}
        error={fields.email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        maxLength={limits.passwordMax}
        value={password}
        error={fields.password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button type="submit" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}
