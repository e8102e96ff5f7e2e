import { useMemo, useState } from "react";
import type { StreamChat } from "stream-chat";
import { useChatContext, useStateStore } from "stream-chat-react";
import { type Problem, problemOf } from "../client/problem";

const ids = ({ userIds }: { userIds: string[] }) => ({ userIds });

/** Whom the signed-in person muted or blocked, and how to change it. The lists follow the events. */
export function useRelations(client: StreamChat) {
  const { mutes } = useChatContext();
  const { userIds } = useStateStore(client.blockedUsers, ids);
  const [problem, setProblem] = useState<Problem>();
  const muted = useMemo(() => new Set(mutes.map(({ target }) => target.id)), [mutes]);
  const blocked = useMemo(() => new Set(userIds), [userIds]);

  const act = (asked: Promise<unknown>) => {
    setProblem(undefined);
    asked.catch((error: unknown) => setProblem(problemOf(error)));
  };
  return {
    muted,
    blocked,
    problem,
    mute: (id: string) => act(client.muteUser(id)),
    unmute: (id: string) => act(client.unmuteUser(id)),
    block: (id: string) => act(client.blockUser(id)),
    unblock: (id: string) => act(client.unBlockUser(id)),
  };
}
