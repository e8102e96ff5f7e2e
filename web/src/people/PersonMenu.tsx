import { Menu } from "../ui/Menu";
import type { Person } from "./person";
import type { useRelations } from "./useRelations";

interface PersonMenuProps {
  person: Person;
  relations: ReturnType<typeof useRelations>;
  onWrite: () => void;
}

/** What one can do about somebody. */
export function PersonMenu({ person, relations, onWrite }: PersonMenuProps) {
  const { muted, blocked, mute, unmute, block, unblock } = relations;
  const { id } = person;
  return (
    <Menu
      label={`Options for ${person.name}`}
      choices={[
        { label: "Write a message", icon: "chats", onChoose: onWrite },
        muted.has(id)
          ? { label: "Unmute", icon: "bell", onChoose: () => unmute(id) }
          : { label: "Mute", icon: "bellOff", onChoose: () => mute(id) },
        blocked.has(id)
          ? { label: "Unblock", icon: "check", onChoose: () => unblock(id) }
          : { label: "Block", icon: "block", danger: true, onChoose: () => block(id) },
      ]}
    />
  );
}
