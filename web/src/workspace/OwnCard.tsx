import type { StreamChat } from "stream-chat";
import { useOwnUser } from "../client/useOwnUser";
import { TintedAvatar } from "../people/TintedAvatar";

interface OwnCardProps {
  client: StreamChat;
  online: boolean;
  onProfile: () => void;
}

export function OwnCard({ client, online, onProfile }: OwnCardProps) {
  const user = useOwnUser(client);
  const name = user?.name ?? user?.id ?? "";
  return (
    <button type="button" className="own-card" onClick={onProfile}>
      <TintedAvatar
        imageUrl={user?.image}
        userName={name}
        isOnline={online}
        size="lg"
        aria-hidden="true"
      />
      <span className="own-words">
        <span className="own-name">{name}</span>
        <span className="own-state">{online ? "Online" : "Connecting…"}</span>
      </span>
      <span className="visually-hidden">Profile and settings</span>
    </button>
  );
}
