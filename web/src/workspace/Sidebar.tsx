import { lazy, Suspense, useState } from "react";
import type { StreamChat } from "stream-chat";
import { appName, wideScreen } from "../config";
import { PeoplePane } from "../people/PeoplePane";
import type { useReminders } from "../reminders/useReminders";
import { IconButton } from "../ui/IconButton";
import { Mark } from "../ui/Mark";
import { Skeleton } from "../ui/Skeleton";
import { useMedia } from "../ui/useMedia";
import { Chats } from "./Chats";
import { ListTabs } from "./ListTabs";
import type { List } from "./lists";
import { NewChannel } from "./NewChannel";
import { OwnCard } from "./OwnCard";
import { useDirectMessage } from "./useDirectMessage";
import { navigate } from "./useRoute";

const ThreadsPane = lazy(async () => ({
  default: (await import("../threads/ThreadsPane")).ThreadsPane,
}));
const SavedList = lazy(async () => ({ default: (await import("./SavedList")).SavedList }));

interface SidebarProps {
  client: StreamChat;
  openCid: string | undefined;
  online: boolean;
  reminders: ReturnType<typeof useReminders>;
  onProfile: () => void;
}

export function Sidebar({ client, openCid, online, reminders, onProfile }: SidebarProps) {
  const [list, setList] = useState<List>("chats");
  const [creating, setCreating] = useState(false);
  const wide = useMedia(wideScreen);
  // On a phone the list, when it is there, is all there is.
  const landmark = {
    role: wide || openCid ? "complementary" : "main",
    "aria-label": "Conversations and people",
  };
  const direct = useDirectMessage(client, (cid) => {
    setList("chats");
    navigate({ cid });
  });

  return (
    <div className="sidebar" {...landmark}>
      <div className="sidebar-head">
        <Mark />
        <h1>{appName}</h1>
        <IconButton icon="plus" label="New channel" onClick={() => setCreating(true)} />
      </div>
      <ListTabs
        client={client}
        chosen={list}
        due={reminders.groups?.due.length ?? 0}
        onChoose={setList}
      />
      {/* The list of chats stays alive behind the others: it keeps its place and its events. */}
      <div className="sidebar-body" hidden={list !== "chats"}>
        <Chats client={client} openFirst={wide && !openCid} />
      </div>
      {list !== "chats" && (
        <div className="sidebar-body">
          <Suspense fallback={<Skeleton rows={5} label="Loading" />}>
            {list === "threads" && <ThreadsPane client={client} />}
            {list === "saved" && <SavedList client={client} reminders={reminders} />}
            {list === "people" && (
              <PeoplePane
                client={client}
                onChoose={direct.open}
                problem={direct.problem?.message}
              />
            )}
          </Suspense>
        </div>
      )}
      <OwnCard client={client} online={online} onProfile={onProfile} />
      {creating && <NewChannel client={client} onClose={() => setCreating(false)} />}
    </div>
  );
}
