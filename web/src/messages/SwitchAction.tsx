import { type ComponentType, useState } from "react";
import { ListItemLayout, Switch, useNotificationApi } from "stream-chat-react";
import { problemOf } from "../client/problem";

interface SwitchActionProps {
  title: string;
  Icon: ComponentType<{ className?: string }>;
  on: boolean;
  /** Asks the server; the state follows by its event. */
  toggle: () => Promise<unknown>;
}

/** A switch among the SDK's actions, with their looks. */
export function SwitchAction({ title, Icon, on, toggle }: SwitchActionProps) {
  const { addNotification } = useNotificationApi();
  const [busy, setBusy] = useState(false);

  const change = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await toggle();
    } catch (error) {
      addNotification({
        emitter: "ConversationActions",
        message: problemOf(error).message,
        severity: "error",
        type: "api:channel:member:failed",
      });
    } finally {
      setBusy(false);
    }
  };

  return (
    <ListItemLayout
      LeadingIcon={() => <Icon className="str-chat__channel-detail__action-icon" />}
      RootElement="button"
      rootProps={{
        "aria-pressed": on,
        "aria-busy": busy || undefined,
        className: "str-chat__form__switch-field str-chat__channel-management-view-action",
        onClick: () => void change(),
      }}
      title={title}
      TrailingSlot={() => <Switch on={on} presentation />}
    />
  );
}
