import { useState } from "react";
import type { StreamChat } from "stream-chat";
import { ChannelsPane } from "../channels/ChannelsPane";
import { appName } from "../config";
import { PeoplePane } from "../people/PeoplePane";
import { IconButton } from "../ui/IconButton";
import { Mark } from "../ui/Mark";
import { NewChannel } from "./NewChannel";
import { OwnCard } from "./OwnCard";
import { TabButton } from "./TabButton";
import { useDirectMessage } from "./useDirectMessage";
import { navigate } from "./useRoute";

interface SidebarProps {
  client: StreamChat;
  openCid: string | undefined;
  online: boolean;
  onProfile: () => void;
}

type Tab = "chats" | "people";

export function Sidebar({ client, openCid, online, onProfile }: SidebarProps) {
  const [tab, setTab] = useState<Tab>("chats");
  const [creating, setCreating] = useState(false);
  const direct = useDirectMessage(client, (cid) => {
    setTab("chats");
    navigate({ cid });
  });

  return (
    <aside className="sidebar" aria-label="Conversations and people">
      <header className="sidebar-head">
        <Mark />
        <h1>{appName}</h1>
        <IconButton icon="plus" label="New channel" onClick={() => setCreating(true)} />
      </header>
      <nav className="tabs" aria-label="Lists">
        <TabButton
          icon="chats"
          label="Chats"
          chosen={tab === "chats"}
          onChoose={() => setTab("chats")}
        />
        <TabButton
          icon="people"
          label="People"
          chosen={tab === "people"}
          onChoose={() => setTab("people")}
        />
      </nav>
      {/* The list of chats stays alive behind the people: it keeps its place and its events. */}
      <div className="sidebar-body" hidden={tab !== "chats"}>
        <ChannelsPane client={client} openCid={openCid} />
      </div>
      {tab === "people" && (
        <div className="sidebar-body">
          <PeoplePane client={client} onChoose={direct.open} problem={direct.problem?.message} />
        </div>
      )}
      <OwnCard client={client} online={online} onProfile={onProfile} />
      {creating && <NewChannel client={client} onClose={() => setCreating(false)} />}
    </aside>
  );
}
