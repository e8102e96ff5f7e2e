import { type ChangeEvent, useRef, useState } from "react";
import type { StreamChat } from "stream-chat";
import { Avatar } from "stream-chat-react";
import { problemOf } from "../client/problem";
import { Alert } from "../ui/Alert";
import { Button } from "../ui/Button";
import { tintOf } from "../ui/tint";
import { uploadPicture } from "./upload-picture";

interface PictureFieldProps {
  client: StreamChat;
  name: string;
  image: string;
  onChange: (image: string) => void;
}

export function PictureField({ client, name, image, onChange }: PictureFieldProps) {
  const chooser = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const take = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = "";
    if (!file) return;
    setBusy(true);
    setProblem(undefined);
    try {
      onChange(await uploadPicture(client, file));
    } catch (error) {
      setProblem(problemOf(error).message);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="picture">
      <Avatar
        imageUrl={image || undefined}
        userName={name}
        size="2xl"
        className={tintOf(name)}
        aria-hidden="true"
      />
      <div className="picture-words">
        <div className="picture-buttons">
          <Button look="quiet" icon="image" busy={busy} onClick={() => chooser.current?.click()}>
            Choose a picture
          </Button>
          {image && (
            <Button look="quiet" onClick={() => onChange("")}>
              Remove
            </Button>
          )}
        </div>
        <Alert>{problem}</Alert>
        <input
          ref={chooser}
          type="file"
          accept="image/png,image/jpeg,image/webp,image/gif"
          aria-label="Picture file"
          hidden
          onChange={(event) => void take(event)}
        />
      </div>
    </div>
  );
}
