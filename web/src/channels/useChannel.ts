import { useCallback, useEffect, useState } from "react";
import type { Channel, StreamChat } from "stream-chat";
import { type Problem, problemOf } from "../client/problem";

export type OpenedChannel =
  | { state: "none" }
  | { state: "opening" }
  | { state: "missing" }
  | { state: "failed"; problem: Problem; again: () => void }
  | { state: "open"; channel: Channel };

/**
 * The channel that an address names. It is searched for and not just watched, because watching a
 * channel that does not exist would create it.
 */
export function useChannel(client: StreamChat, cid: string | undefined): OpenedChannel {
  const [opened, setOpened] = useState<OpenedChannel>({ state: "none" });
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: attempt asks once more
  useEffect(() => {
    const known = cid ? client.activeChannels[cid] : undefined;
    if (!cid) return setOpened({ state: "none" });
    if (known?.initialized) return setOpened({ state: "open", channel: known });

    let left = false;
    setOpened({ state: "opening" });
    client.queryChannels({ cid: { $eq: cid } }, [], { limit: 1, watch: true, state: true }).then(
      ([channel]) =>
        !left && setOpened(channel ? { state: "open", channel } : { state: "missing" }),
      (error: unknown) => {
        const problem = problemOf(error);
        if (left) return;
        setOpened(
          problem.status === 403 ? { state: "missing" } : { state: "failed", problem, again },
        );
      },
    );
    return () => {
      left = true;
    };
  }, [client, cid, attempt, again]);

  if (opened.state !== "open") return opened;
  // Between a new address, or the end of a channel, and the effect above lies one rendering. The SDK
  // throws when it has to show a channel that is over.
  if (opened.channel.cid === cid && !opened.channel.disconnected) return opened;
  return { state: cid ? "opening" : "none" };
}
