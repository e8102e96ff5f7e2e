import { type FormEvent, type ReactNode, useState } from "react";
import type { StreamChat } from "stream-chat";
import { type Problem, problemOf } from "../client/problem";
import { limits } from "../config";
import { Alert } from "../ui/Alert";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { channelId } from "./channel-id";

interface NewChannelDialogProps {
  client: StreamChat;
  /** Ids of the people who are to be in it from the start. */
  invited: string[];
  onClose: () => void;
  onCreated: (cid: string) => void;
  /** Where people are chosen. */
  children: ReactNode;
}

export function NewChannelDialog({
  client,
  invited,
  onClose,
  onCreated,
  children,
}: NewChannelDialogProps) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  const create = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || !client.userID) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const channel = client.channel("team", channelId(name), {
        name: name.trim(),
        members: [client.userID, ...invited],
      });
      await channel.watch();
      onCreated(channel.cid);
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };

  return (
    <Dialog title="New channel" onClose={onClose}>
      <form className="form" onSubmit={create}>
        <Alert>{problem?.message}</Alert>
        <TextField
          label="Name"
          name="channel-name"
          autoComplete="off"
          required
          autoFocus
          pattern=".*\S.*"
          maxLength={limits.channelName}
          value={name}
          hint="What it is about, like “Ideas” or “House rules”."
          onChange={(event) => setName(event.target.value)}
        />
        {children}
        <div className="form-end">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={busy}>
            Create channel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
