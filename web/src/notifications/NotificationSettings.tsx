import type { StreamChat } from "stream-chat";
import { Alert } from "../ui/Alert";
import { LevelField } from "./LevelField";
import { levelOf } from "./level";
import { PauseField } from "./PauseField";
import { PushSwitch } from "./PushSwitch";
import { usePreferences } from "./usePreferences";
import { usePush } from "./usePush";

/** Whether, of what, and when not. */
export function NotificationSettings({ client }: { client: StreamChat }) {
  const { push, busy, problem, turnOn, turnOff } = usePush(client);
  const wishes = usePreferences(client);
  return (
    <div className="notifications">
      <Alert>{problem?.message ?? wishes.problem?.message}</Alert>
      <PushSwitch push={push} busy={busy} turnOn={turnOn} turnOff={turnOff} />
      <LevelField
        label="Notify me of"
        level={levelOf(wishes.preferences.chat_level) ?? "all"}
        busy={wishes.busy}
        onChange={(level) => void wishes.change({ chat_level: level ?? "default" })}
      />
      <PauseField
        until={wishes.preferences.disabled_until}
        onPause={(until) => void wishes.change({ disabled_until: until.toISOString() })}
        onResume={() => void wishes.change({ remove_disable: true })}
      />
      <p className="field-note">
        These hold for all your devices. Single conversations can differ: open their details.
      </p>
    </div>
  );
}
