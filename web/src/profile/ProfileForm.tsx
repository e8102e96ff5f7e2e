import { type FormEvent, useState } from "react";
import type { StreamChat } from "stream-chat";
import { changeProfile } from "../client/accounts";
import { type Problem, problemOf } from "../client/problem";
import type { Session } from "../client/session";
import { limits } from "../config";
import { Alert } from "../ui/Alert";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { PictureField } from "./PictureField";

interface ProfileFormProps {
  client: StreamChat;
  session: Session;
  onSession: (session: Session) => void;
}

export function ProfileForm({ client, session, onSession }: ProfileFormProps) {
  const [name, setName] = useState(session.user.name ?? "");
  const [image, setImage] = useState(session.user.image ?? "");
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setSaved(false);
    setProblem(undefined);
    try {
      onSession(await changeProfile({ name: name.trim(), image }));
      setSaved(true);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className="form" onSubmit={save}>
      <Alert>{problem && !problem.fields.name ? problem.message : undefined}</Alert>
      <PictureField client={client} name={name} image={image} onChange={setImage} />
      <TextField
        label="Name"
        name="name"
        autoComplete="name"
        required
        pattern=".*\S.*"
        maxLength={limits.name}
        value={name}
        error={problem?.fields.name}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="form-end">
        <span className="saved" role="status">
          {saved && "Saved"}
        </span>
        <Button type="submit" busy={busy}>
          Save
        </Button>
      </div>
    </form>
  );
}
