import { type Person, presenceText } from "./person";
import { TintedAvatar } from "./TintedAvatar";

export function PersonRow({ person }: { person: Person }) {
  return (
    <>
      <TintedAvatar
        imageUrl={person.image}
        userName={person.name}
        isOnline={person.online}
        size="lg"
        aria-hidden="true"
      />
      <span className="person-words">
        <span className="person-name">{person.name}</span>
        <span className={person.online ? "person-state person-online" : "person-state"}>
          {presenceText(person, Date.now())}
        </span>
      </span>
    </>
  );
}
