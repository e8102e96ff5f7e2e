import { useCallback, useEffect, useMemo, useState } from "react";
import type { Event, StreamChat, UserFilters } from "stream-chat";
import { type Problem, problemOf } from "../client/problem";
import { peoplePage, searchPause } from "../config";
import { inOrder, type Person, personOf } from "./person";

function filterFor(words: string, among: string[] | undefined): UserFilters {
  const chosen: UserFilters = among ? { id: { $in: among } } : {};
  if (!words) return chosen;
  return {
    ...chosen,
    $or: [{ name: { $autocomplete: words } }, { id: { $autocomplete: words } }],
  };
}

/** The others on this server, or those among the given ids, who fit the words; their presence is kept up to date. */
export function usePeople(client: StreamChat, words: string, among?: string[]) {
  const [people, setPeople] = useState<Person[]>();
  const [problem, setProblem] = useState<Problem>();
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  const search = words.trim();
  const asked = among?.join(" ");

  // biome-ignore lint/correctness/useExhaustiveDependencies: attempt asks once more
  useEffect(() => {
    let left = false;
    const chosen = asked?.split(" ").filter(Boolean);
    if (chosen?.length === 0) return setPeople([]);
    const ask = async () => {
      try {
        const found = await client.queryUsers(
          filterFor(search, chosen),
          { last_active: -1 },
          { limit: peoplePage, presence: true },
        );
        if (left) return;
        setPeople(found.users.filter((user) => user.id !== client.userID).map(personOf));
        setProblem(undefined);
      } catch (error) {
        if (!left) setProblem(problemOf(error));
      }
    };
    const timer = setTimeout(() => void ask(), search ? searchPause : 0);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [client, search, asked, attempt]);

  useEffect(() => {
    const changed = ({ user }: Event) => {
      if (!user) return;
      setPeople((known) =>
        known?.map((person) => (person.id === user.id ? personOf(user) : person)),
      );
    };
    const listeners = [
      client.on("user.presence.changed", changed),
      client.on("user.updated", changed),
      // Whoever registers joins a channel that all are in.
      client.on("member.added", again),
      client.on("connection.recovered", again),
    ];
    return () => {
      for (const listener of listeners) listener.unsubscribe();
    };
  }, [client, again]);

  const ordered = useMemo(() => people && inOrder(people), [people]);
  return { people: ordered, problem, again };
}
