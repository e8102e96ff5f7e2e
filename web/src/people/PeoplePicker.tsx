import { useState } from "react";
import type { StreamChat } from "stream-chat";
import { SearchField } from "../ui/SearchField";
import { NoPeople } from "./NoPeople";
import { PeopleList } from "./PeopleList";
import { PersonRow } from "./PersonRow";
import type { Person } from "./person";
import { usePeople } from "./usePeople";

interface PeoplePickerProps {
  client: StreamChat;
  chosen: Person[];
  onChange: (chosen: Person[]) => void;
}

/** Chooses any number of people. Whoever was chosen stays so while one searches for the next. */
export function PeoplePicker({ client, chosen, onChange }: PeoplePickerProps) {
  const [words, setWords] = useState("");
  const found = usePeople(client, words);
  const isChosen = (person: Person) => chosen.some(({ id }) => id === person.id);
  const toggle = (person: Person) =>
    onChange(isChosen(person) ? chosen.filter(({ id }) => id !== person.id) : [...chosen, person]);

  return (
    <fieldset className="picker">
      <legend>
        Invite people
        <span className="picker-count" aria-live="polite">
          {chosen.length > 0 && ` · ${chosen.map(({ name }) => name).join(", ")}`}
        </span>
      </legend>
      <SearchField label="Search people" value={words} onChange={setWords} />
      <div className="picker-people">
        <PeopleList
          found={found}
          empty={<NoPeople circle="everyone" searching={words.trim() !== ""} />}
        >
          {(person) => (
            <label className="row person">
              <PersonRow person={person} />
              <input type="checkbox" checked={isChosen(person)} onChange={() => toggle(person)} />
            </label>
          )}
        </PeopleList>
      </div>
    </fieldset>
  );
}
