import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { IconButton } from "../ui/IconButton";
import type { Saved } from "./reminder";

interface DueNoticeProps {
  due: Saved | undefined;
  onOpen: (saved: Saved) => void;
  onDismiss: () => void;
}

/** Says that the moment has come. It stays until it is answered, and takes no focus. */
export function DueNotice({ due, onOpen, onDismiss }: DueNoticeProps) {
  return (
    <div className="due" role="status" aria-label="Reminders">
      {due && (
        <div className="due-card">
          <Icon name="bell" />
          <p className="due-words">
            <span className="due-title">You wanted to be reminded</span>
            <span className="due-text">{`${due.author}: ${due.text}`}</span>
          </p>
          <Button look="quiet" onClick={() => onOpen(due)}>
            Open
          </Button>
          <IconButton icon="close" label="Put the reminder away" onClick={onDismiss} />
        </div>
      )}
    </div>
  );
}
