import { Button } from "../ui/Button";
import { hindrances } from "./browser";
import type { PushState } from "./usePush";

interface PushSwitchProps {
  push: PushState;
  busy: boolean;
  turnOn: (key: string) => Promise<void>;
  turnOff: (key: string) => Promise<void>;
}

/** Notifications in this browser, also while Weir is closed; or why there are none. */
export function PushSwitch({ push, busy, turnOn, turnOff }: PushSwitchProps) {
  switch (push.state) {
    case "looking":
      return <p className="push-words">Looking whether this browser can be notified…</p>;
    case "none":
      return (
        <p className="push-words">
          This server sends no notifications to browsers. Whoever runs it can turn them on.
        </p>
      );
    case "hindered":
      return <p className="push-words">{hindrances[push.why]}</p>;
    case "off":
      return (
        <div className="push">
          <p className="push-words">This browser is not notified while Weir is closed.</p>
          <Button look="quiet" icon="bell" busy={busy} onClick={() => void turnOn(push.key)}>
            Turn on notifications
          </Button>
        </div>
      );
    case "on":
      return (
        <div className="push">
          <p className="push-words" role="status">
            This browser is notified, also while Weir is closed.
          </p>
          <Button look="quiet" icon="bellOff" busy={busy} onClick={() => void turnOff(push.key)}>
            Turn off notifications
          </Button>
        </div>
      );
  }
}
