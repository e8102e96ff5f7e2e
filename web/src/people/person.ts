import type { UserResponse } from "stream-chat";

export interface Person {
  id: string;
  name: string;
  image?: string;
  online: boolean;
  lastActive?: string;
}

export function personOf(user: UserResponse): Person {
  return {
    id: user.id,
    name: user.name || user.id,
    image: user.image,
    online: user.online === true,
    lastActive: user.last_active,
  };
}

/** Those who are here first, then by name. */
export function inOrder(people: Person[]): Person[] {
  return [...people].sort(
    (a, b) =>
      Number(b.online) - Number(a.online) ||
      a.name.localeCompare(b.name) ||
      a.id.localeCompare(b.id),
  );
}

const minute = 60_000;
const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 24 * 60 * minute],
  ["hour", 60 * minute],
  ["minute", minute],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "Online", or when the person was last here. */
export function presenceText(person: Person, now: number): string {
  if (person.online) return "Online";
  const past = person.lastActive ? now - Date.parse(person.lastActive) : Number.NaN;
  if (!Number.isFinite(past)) return "Offline";
  const unit = units.find(([, length]) => past >= length);
  if (!unit) return "Here a moment ago";
  if (past > 30 * 24 * 60 * minute) return "Offline";
  return `Here ${relative.format(-Math.floor(past / unit[1]), unit[0])}`;
}
