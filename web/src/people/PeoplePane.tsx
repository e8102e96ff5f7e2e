import { useState } from "react";
import type { StreamChat } from "stream-chat";
import { Alert } from "../ui/Alert";
import { SearchField } from "../ui/SearchField";
import { PeopleList } from "./PeopleList";
import { PersonRow } from "./PersonRow";
import { usePeople } from "./usePeople";

interface PeoplePaneProps {
  client: StreamChat;
  onChoose: (userId: string) => void;
  /** Why the last choice did not work. */
  problem?: string;
}

/** Who is on this server, and who is here now. A choice opens the conversation with them. */
export function PeoplePane({ client, onChoose, problem }: PeoplePaneProps) {
  const [words, setWords] = useState("");
  const found = usePeople(client, words);
  const online = found.people?.filter((person) => person.online).length ?? 0;

  return (
    <section className="people" aria-labelledby="people-head">
      <h2 id="people-head" className="visually-hidden">
        People
      </h2>
      <SearchField label="Search people" value={words} onChange={setWords} />
      <Alert>{problem}</Alert>
      {found.people && found.people.length > 0 && (
        <p className="people-count">
          {online === 0 ? "Nobody else is online" : `${online} online`}
        </p>
      )}
      <PeopleList found={found} searching={words.trim() !== ""}>
        {(person) => (
          <button type="button" className="person" onClick={() => onChoose(person.id)}>
            <PersonRow person={person} />
          </button>
        )}
      </PeopleList>
    </section>
  );
}
