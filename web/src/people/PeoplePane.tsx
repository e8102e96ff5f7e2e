import { useState } from "react";
import type { StreamChat } from "stream-chat";
import { Alert } from "../ui/Alert";
import { SearchField } from "../ui/SearchField";
import { CircleSwitch } from "./CircleSwitch";
import { type Circle, markOf } from "./circle";
import { NoPeople } from "./NoPeople";
import { PeopleList } from "./PeopleList";
import { PersonMenu } from "./PersonMenu";
import { PersonRow } from "./PersonRow";
import { usePeople } from "./usePeople";
import { useRelations } from "./useRelations";

interface PeoplePaneProps {
  client: StreamChat;
  onChoose: (userId: string) => void;
  /** Why the last choice did not work. */
  problem?: string;
}

/** Who is on this server, and who is here now. A choice opens the conversation with them. */
export function PeoplePane({ client, onChoose, problem }: PeoplePaneProps) {
  const [words, setWords] = useState("");
  const [circle, setCircle] = useState<Circle>("everyone");
  const relations = useRelations(client);
  const among = circle === "everyone" ? undefined : [...relations[circle]];
  const found = usePeople(client, words, among);
  const online = found.people?.filter((person) => person.online).length ?? 0;
  const searching = words.trim() !== "";

  return (
    <section className="people" aria-labelledby="people-head">
      <h2 id="people-head" className="visually-hidden">
        People
      </h2>
      <SearchField label="Search people" value={words} onChange={setWords} />
      <CircleSwitch circle={circle} onChange={setCircle} />
      <Alert>{problem ?? relations.problem?.message}</Alert>
      {circle === "everyone" && found.people && found.people.length > 0 && (
        <p className="people-count">
          {online === 0 ? "Nobody else is online" : `${online} online`}
        </p>
      )}
      <PeopleList found={found} empty={<NoPeople circle={circle} searching={searching} />}>
        {(person) => (
          <div className="row-line">
            <button type="button" className="row person" onClick={() => onChoose(person.id)}>
              <PersonRow
                person={person}
                mark={markOf(person, relations.muted, relations.blocked)}
              />
            </button>
            <PersonMenu person={person} relations={relations} onWrite={() => onChoose(person.id)} />
          </div>
        )}
      </PeopleList>
    </section>
  );
}
