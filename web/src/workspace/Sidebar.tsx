import { useState } from "react";
import type { StreamChat } from "stream-chat";
import { ChannelsPane } from "../channels/ChannelsPane";
import { appName, wideScreen } from "../config";
import { PeoplePane } from "../people/PeoplePane";
import { IconButton } from "../ui/IconButton";
import { Mark } from "../ui/Mark";
import { useMedia } from "../ui/useMedia";
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
  const wide = useMedia(wideScreen);
  // On a phone the list, when it is there, is all there is.
  const landmark = {
    role: wide || openCid ? "complementary" : "main",
    "aria-label": "Conversations and people",
  };
  const direct = useDirectMessage(client, (cid) => {
    setTab("chats");
    navigate({ cid });
  });

  return (
    <div className="sidebar" {...landmark}>
      <div className="sidebar-head">
        <Mark />
        <h1>{appName}</h1>
        <IconButton icon="plus" label="New channel" onClick={() => setCreating(true)} />
      </div>
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
        <ChannelsPane client={client} openFirst={wide && !openCid} />
      </div>
      {tab === "people" && (
        <div className="sidebar-body">
          <PeoplePane client={client} onChoose={direct.open} problem={direct.problem?.message} />
        </div>
      )}
      <OwnCard client={client} online={online} onProfile={onProfile} />
      {creating && <NewChannel client={client} onClose={() => setCreating(false)} />}
    </div>
  );
}
