import { type Person, presenceText } from "./person";
import { TintedAvatar } from "./TintedAvatar";

interface PersonRowProps {
  person: Person;
  /** What is to be known of them first. */
  mark?: string;
}

export function PersonRow({ person, mark }: PersonRowProps) {
  return (
    <>
      <TintedAvatar
        imageUrl={person.image}
        userName={person.name}
        isOnline={person.online}
        size="lg"
        aria-hidden="true"
      />
      <span className="row-words">
        <span className="row-title">{person.name}</span>
        <span className={person.online ? "person-state person-online" : "person-state"}>
          {[mark, presenceText(person, Date.now())].filter(Boolean).join(" · ")}
        </span>
      </span>
    </>
  );
}
