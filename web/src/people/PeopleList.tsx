import type { ReactNode } from "react";
import { Failed } from "../ui/Failed";
import { Skeleton } from "../ui/Skeleton";
import type { Person } from "./person";
import type { usePeople } from "./usePeople";

interface PeopleListProps {
  found: ReturnType<typeof usePeople>;
  /** What stands there when nobody does. */
  empty: ReactNode;
  children: (person: Person) => ReactNode;
}

/** The people, or why there are none to see. */
export function PeopleList({ found, empty, children }: PeopleListProps) {
  const { people, problem, again } = found;
  if (problem && !people) {
    return <Failed title="People could not be loaded" problem={problem} onAgain={again} />;
  }
  if (!people) return <Skeleton rows={5} label="Looking for people" />;
  if (people.length === 0) return empty;
  return (
    <ul className="people-list" aria-label="People">
      {people.map((person) => (
        <li key={person.id}>{children(person)}</li>
      ))}
    </ul>
  );
}
