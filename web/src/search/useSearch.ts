import { useCallback, useEffect, useRef, useState } from "react";
import type { Channel, MessageResponse, StreamChat, UserResponse } from "stream-chat";
import { type Problem, problemOf } from "../client/problem";
import { searchPage, searchPause } from "../config";

export interface Found {
  /** What these were found for. */
  words: string;
  people: UserResponse[];
  channels: Channel[];
  messages: MessageResponse[];
  /** Where the next page of messages begins. */
  next?: string;
}

const mine = (client: StreamChat) => ({ members: { $in: [client.userID ?? ""] } });

function messages(client: StreamChat, words: string, next?: string) {
  const options = next ? { limit: searchPage.messages, next } : { limit: searchPage.messages };
  return client.search(mine(client), words, options);
}

async function look(client: StreamChat, words: string): Promise<Found> {
  const [people, channels, said] = await Promise.all([
    client.queryUsers(
      { $or: [{ name: { $autocomplete: words } }, { id: { $autocomplete: words } }] },
      { last_active: -1 },
      { limit: searchPage.people, presence: true },
    ),
    client.queryChannels(
      { ...mine(client), name: { $autocomplete: words } },
      { last_message_at: -1 },
      { limit: searchPage.channels, watch: false, state: true },
    ),
    messages(client, words),
  ]);
  return {
    words,
    people: people.users.filter((user) => user.id !== client.userID),
    channels,
    messages: said.results.map(({ message }) => message),
    next: said.next,
  };
}

/** People, channels and messages that fit the words; the last words asked for win. */
export function useSearch(client: StreamChat, text: string) {
  const words = text.trim();
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState<Problem>();
  const [attempt, setAttempt] = useState(0);
  const [loadingMore, setLoadingMore] = useState(false);
  const wanted = useRef(words);
  wanted.current = words;

  // biome-ignore lint/correctness/useExhaustiveDependencies: attempt asks once more
  useEffect(() => {
    if (!words) return setFound(undefined);
    const timer = setTimeout(() => {
      look(client, words).then(
        (answer) => {
          if (wanted.current !== words) return;
          setFound(answer);
          setProblem(undefined);
        },
        (error: unknown) => wanted.current === words && setProblem(problemOf(error)),
      );
    }, searchPause);
    return () => clearTimeout(timer);
  }, [client, words, attempt]);

  const more = useCallback(async () => {
    if (!found?.next) return;
    setLoadingMore(true);
    try {
      const page = await messages(client, found.words, found.next);
      const added = page.results.map(({ message }) => message);
      setFound((known) =>
        known && known.next === found.next
          ? { ...known, messages: [...known.messages, ...added], next: page.next }
          : known,
      );
      setProblem(undefined);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setLoadingMore(false);
    }
  }, [client, found]);

  const again = useCallback(() => setAttempt((count) => count + 1), []);
  return { found, problem, again, more, loadingMore };
}
