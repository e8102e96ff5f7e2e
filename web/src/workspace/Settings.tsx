import type { ComponentProps } from "react";
import { NotificationSettings } from "../notifications/NotificationSettings";
import { ProfileDialog } from "../profile/ProfileDialog";

type SettingsProps = Omit<ComponentProps<typeof ProfileDialog>, "children">;

/** What somebody sets up for themselves: who they are here, and what they hear of. */
export function Settings(props: SettingsProps) {
  return (
    <ProfileDialog {...props}>
      <section className="dialog-section">
        <h3>Notifications</h3>
        <NotificationSettings client={props.client} />
      </section>
    </ProfileDialog>
  );
}
