import { useState } from "react";
import { register } from "../client/accounts";
import type { Session } from "../client/session";
import { limits } from "../config";
import { Alert } from "../ui/Alert";
import { Button } from "../ui/Button";
import { PasswordField } from "../ui/PasswordField";
import { TextField } from "../ui/TextField";
import { useSubmit } from "./useSubmit";

export function RegisterForm({ onSession }: { onSession: (session: Session) => void }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { busy, submit, fields, general } = useSubmit(
    () => register({ name: name.trim(), email: email.trim(), password }),
    onSession,
  );

  return (
    <form className="form" onSubmit={submit}>
      <Alert>{general}</Alert>
      <TextField
        label="Name"
        name="name"
        autoComplete="name"
        required
        maxLength={limits.name}
        value={name}
        error={fields.name}
        hint="How others will see you."
        onChange={(event) => setName(event.target.value)}
      />
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
        name="new-password"
        autoComplete="new-password"
        required
        minLength={limits.passwordMin}
        maxLength={limits.passwordMax}
        value={password}
        error={fields.password}
        hint={`At least ${limits.passwordMin} characters.`}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button type="submit" busy={busy}>
        Create account
      </Button>
    </form>
  );
}
