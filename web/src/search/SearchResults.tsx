import { type ReactNode, useRef } from "react";
import type { Channel, MessageResponse, StreamChat, UserResponse } from "stream-chat";
import { Alert } from "../ui/Alert";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Failed } from "../ui/Failed";
import { Skeleton } from "../ui/Skeleton";
import { useArrowKeys } from "../ui/useArrowKeys";
import { Hit } from "./Hit";
import { Marked } from "./Marked";
import { summary } from "./summary";
import { useSearch } from "./useSearch";

interface SearchResultsProps {
  client: StreamChat;
  words: string;
  /** What a conversation is called. */
  nameOf: (cid: string) => string;
  onPerson: (user: UserResponse) => void;
  onChannel: (channel: Channel) => void;
  onMessage: (message: MessageResponse) => void;
}

const dated = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "2-digit" });

/** People, channels and messages in one place. */
export function SearchResults(props: SearchResultsProps) {
  const { client, words, nameOf, onPerson, onChannel, onMessage } = props;
  const { found, problem, again, more, loadingMore } = useSearch(client, words);
  const place = useRef<HTMLDivElement>(null);
  const onKeyDown = useArrowKeys(place, ".hit");

  if (problem && !found) {
    return <Failed title="The search did not work" problem={problem} onAgain={again} />;
  }
  if (!found) return <Skeleton rows={6} label="Searching" />;
  const { people, channels, messages } = found;
  const nothing = people.length + channels.length + messages.length === 0;

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside are what one acts on
    <div className="results" ref={place} onKeyDown={onKeyDown}>
      <p className="visually-hidden" role="status">
        {summary(people.length, channels.length, messages.length, found.next !== undefined)}
      </p>
      <Alert>{problem?.message}</Alert>
      {nothing && (
        <Empty icon="search" title="Nothing found">
          <p>{`No person, channel or message fits “${found.words}”.`}</p>
        </Empty>
      )}
      <Group heading="People" size={people.length}>
        {people.map((user) => (
          <Hit
            key={user.id}
            name={user.name || user.id}
            image={user.image}
            online={user.online}
            title={<Marked text={user.name || user.id} words={found.words} />}
            onChoose={() => onPerson(user)}
          />
        ))}
      </Group>
      <Group heading="Channels" size={channels.length}>
        {channels.map((channel) => (
          <Hit
            key={channel.cid}
            name={nameOf(channel.cid)}
            image={channel.data?.image}
            title={<Marked text={nameOf(channel.cid)} words={found.words} />}
            onChoose={() => onChannel(channel)}
          />
        ))}
      </Group>
      <Group heading="Messages" size={messages.length}>
        {messages.map((message) => (
          <Hit
            key={message.id}
            name={message.user?.name || message.user?.id || ""}
            image={message.user?.image}
            title={message.user?.name || message.user?.id}
            note={`${nameOf(message.cid ?? "")} · ${dated.format(new Date(message.created_at ?? 0))}`}
            onChoose={() => onMessage(message)}
          >
            <Marked text={message.text ?? ""} words={found.words} />
          </Hit>
        ))}
      </Group>
      {found.next && (
        <div className="results-more">
          <Button look="quiet" busy={loadingMore} onClick={() => void more()}>
            More messages
          </Button>
        </div>
      )}
    </div>
  );
}

function Group({
  heading,
  size,
  children,
}: {
  heading: string;
  size: number;
  children: ReactNode;
}) {
  if (size === 0) return null;
  return (
    <section aria-label={heading}>
      <h2 className="list-heading">{heading}</h2>
      <ul>{children}</ul>
    </section>
  );
}
