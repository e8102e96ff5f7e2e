import { useCallback, useRef, useState } from "react";
import type { StreamChat } from "stream-chat";
import { type Problem, problemOf } from "../client/problem";

/** Opens the one conversation that two people have with each other. */
export function useDirectMessage(client: StreamChat, onOpen: (cid: string) => void) {
  const [problem, setProblem] = useState<Problem>();
  const busy = useRef(false);
  const latest = useRef(onOpen);
  latest.current = onOpen;

  const open = useCallback(
    async (userId: string) => {
      if (busy.current || !client.userID) return;
      busy.current = true;
      setProblem(undefined);
      try {
        const channel = client.channel("messaging", { members: [client.userID, userId] });
        await channel.watch();
        latest.current(channel.cid);
      } catch (error) {
        setProblem(problemOf(error));
      } finally {
        busy.current = false;
      }
    },
    [client],
  );

  return { open, problem };
}
