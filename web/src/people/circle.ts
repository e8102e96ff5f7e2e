import type { Person } from "./person";

/** Which people are listed. */
export const circles = ["everyone", "muted", "blocked"] as const;
export type Circle = (typeof circles)[number];

export const circleNames: Record<Circle, string> = {
  everyone: "Everyone",
  muted: "Muted",
  blocked: "Blocked",
};

/** What a person is to oneself, in the words of a list. */
export function markOf(person: Person, muted: ReadonlySet<string>, blocked: ReadonlySet<string>) {
  if (blocked.has(person.id)) return "Blocked";
  return muted.has(person.id) ? "Muted" : undefined;
}
