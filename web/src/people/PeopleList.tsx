import type { ReactNode } from "react";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
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
    return (
      <Empty icon="offline" title="People could not be loaded">
        <p role="alert">{problem.message}</p>
        <Button look="quiet" onClick={again}>
          Try again
        </Button>
      </Empty>
    );
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
