import { Button } from "../ui/Button";
import { pausesFrom, pauseText } from "./pauses";

interface PauseFieldProps {
  until: string | undefined;
  onPause: (until: Date) => void;
  onResume: () => void;
}

/** Quiet for a while, on all devices. */
export function PauseField({ until, onPause, onResume }: PauseFieldProps) {
  const now = Date.now();
  const paused = pauseText(until, now);
  return (
    <fieldset className="pause">
      <legend>Quiet for a while</legend>
      <p className="push-words" role="status">
        {paused}
      </p>
      <div className="pause-choices">
        {paused ? (
          <Button look="quiet" onClick={onResume}>
            Notify me again
          </Button>
        ) : (
          pausesFrom(now).map((pause) => (
            <Button key={pause.label} look="quiet" onClick={() => onPause(pause.until)}>
              {pause.label}
            </Button>
          ))
        )}
      </div>
    </fieldset>
  );
}
