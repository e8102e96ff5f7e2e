import type { ReactNode } from "react";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import type { Person } from "./person";
import type { usePeople } from "./usePeople";

interface PeopleListProps {
  found: ReturnType<typeof usePeople>;
  searching: boolean;
  children: (person: Person) => ReactNode;
}

/** The people, or why there are none to see. */
export function PeopleList({ found, searching, children }: PeopleListProps) {
  const { people, problem, again } = found;
  if (problem && !people) {
    return (
      <Empty icon="offline" title="People could not be loaded">
        <p role="alert">{problem.message}</p>
        <Button look="quiet" onClick={again}>
          Try again
        </Button>
      </Empty>
    );
  }
  if (!people) {
    return (
      <p className="people-wait" role="status">
        Looking…
      </p>
    );
  }
  if (people.length === 0) {
    return searching ? (
      <Empty icon="search" title="Nobody by that name" />
    ) : (
      <Empty icon="people" title="Nobody else is here yet">
        <p>Whoever registers on this server appears here.</p>
      </Empty>
    );
  }
  return (
    <ul className="people-list" aria-label="People">
      {people.map((person) => (
        <li key={person.id}>{children(person)}</li>
      ))}
    </ul>
  );
}
