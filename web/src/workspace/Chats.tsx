import { lazy, Suspense, useState } from "react";
import type { StreamChat } from "stream-chat";
import { ChannelsPane } from "../channels/ChannelsPane";
import { Alert } from "../ui/Alert";
import { SearchField } from "../ui/SearchField";
import { Skeleton } from "../ui/Skeleton";
import { nameOfChannel } from "./channel-name";
import { placeOf } from "./place-of";
import { useDirectMessage } from "./useDirectMessage";
import { navigate } from "./useRoute";

const SearchResults = lazy(async () => ({
  default: (await import("../search/SearchResults")).SearchResults,
}));

interface ChatsProps {
  client: StreamChat;
  /** Whether to open the newest one when the list is there. */
  openFirst: boolean;
}

/** The conversations; while somebody searches, what was found in their place. */
export function Chats({ client, openFirst }: ChatsProps) {
  const [words, setWords] = useState("");
  const searching = words.trim() !== "";
  const direct = useDirectMessage(client, (cid) => navigate({ cid }));

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere in here ends the search
    <div
      className="chats"
      onKeyDown={(event) => {
        if (event.key === "Escape" && words) setWords("");
        if (event.key === "ArrowDown" && event.target instanceof HTMLInputElement)
          event.currentTarget.querySelector<HTMLElement>(".hit, [role=option]")?.focus();
      }}
    >
      <SearchField
        label="Search messages, people, channels"
        placeholder="Search"
        value={words}
        onChange={setWords}
      />
      <Alert>{direct.problem?.message}</Alert>
      {searching && (
        <Suspense fallback={<Skeleton rows={6} label="Searching" />}>
          <SearchResults
            client={client}
            words={words}
            nameOf={(cid) => nameOfChannel(client, cid)}
            onPerson={(user) => void direct.open(user.id)}
            onChannel={(channel) => navigate({ cid: channel.cid })}
            onMessage={({ id, cid = "", parent_id }) =>
              navigate(placeOf({ cid, messageId: id, parentId: parent_id }))
            }
          />
        </Suspense>
      )}
      {/* The list stays alive behind the results: it keeps its place and its events. */}
      <div className="chats-list" hidden={searching}>
        <ChannelsPane client={client} openFirst={openFirst} />
      </div>
    </div>
  );
}
