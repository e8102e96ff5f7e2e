import type { StreamChat } from "stream-chat";
import { useUnreadThreads } from "../threads/useUnreadThreads";
import { type List, listNames, lists } from "./lists";
import { TabButton } from "./TabButton";

interface ListTabsProps {
  client: StreamChat;
  chosen: List;
  /** How many reminders are due. */
  due: number;
  onChoose: (list: List) => void;
}

/** Chooses what the sidebar lists, and says where something waits. */
export function ListTabs({ client, chosen, due, onChoose }: ListTabsProps) {
  const unreadThreads = useUnreadThreads(client);
  const waiting: Partial<Record<List, { count: number; words: string }>> = {
    threads: { count: unreadThreads, words: "unread" },
    saved: { count: due, words: "due" },
  };
  return (
    <nav className="tabs" aria-label="Lists">
      {lists.map((list) => (
        <TabButton
          key={list}
          {...listNames[list]}
          {...waiting[list]}
          chosen={chosen === list}
          onChoose={() => onChoose(list)}
        />
      ))}
    </nav>
  );
}
