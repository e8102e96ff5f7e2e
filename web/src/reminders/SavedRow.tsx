import { Avatar as StockAvatar, useComponentContext } from "stream-chat-react";
import { IconButton } from "../ui/IconButton";
import { Menu } from "../ui/Menu";
import { laterChoices } from "./later";
import type { Saved } from "./reminder";
import { whenText } from "./when";

interface SavedRowProps {
  saved: Saved;
  place: string;
  now: number;
  onOpen: () => void;
  onDone: () => void;
  onLater: (remindAt: Date) => void;
}

export function SavedRow({ saved, place, now, onOpen, onDone, onLater }: SavedRowProps) {
  const { Avatar = StockAvatar } = useComponentContext();
  const due = saved.remindAt !== undefined && saved.remindAt <= now;
  return (
    <li className={due ? "row-line saved-due" : "row-line"}>
      <button type="button" className="row saved" onClick={onOpen}>
        <Avatar imageUrl={saved.authorImage} userName={saved.author} size="lg" aria-hidden="true" />
        <span className="row-words">
          <span className="saved-head">
            <span className="row-title">{saved.author}</span>
            <span className="row-note">{` in ${place}`}</span>
          </span>
          <span className="row-text">{saved.text}</span>
          {saved.remindAt !== undefined && (
            <span className="saved-when">{whenText(saved.remindAt, now)}</span>
          )}
        </span>
      </button>
      <Menu
        icon="clock"
        label={`Remind me of this later: ${saved.text}`}
        choices={laterChoices(now).map(({ label, at }) => ({ label, onChoose: () => onLater(at) }))}
      />
      <IconButton icon="check" label={`Done: ${saved.text}`} onClick={onDone} />
    </li>
  );
}
