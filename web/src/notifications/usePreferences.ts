import { useState } from "react";
import type { PushPreference, PushPreferencesResponse, StreamChat } from "stream-chat";
import { type Problem, problemOf } from "../client/problem";

/** What the signed-in person wants to be notified of, wherever they are. */
export function usePreferences(client: StreamChat) {
  const [preferences, setPreferences] = useState(() => ownPreferences(client));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  const change = async (wish: PushPreference) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await client.setPushPreferences([wish]);
      const now = answer.user_preferences[client.userID ?? ""];
      if (!now) return;
      setPreferences(now);
      if (client.user) Object.assign(client.user, { push_preferences: now });
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };

  return { preferences, busy, problem, change };
}

function ownPreferences(client: StreamChat): PushPreferencesResponse {
  const user = client.user;
  return (user && "push_preferences" in user && user.push_preferences) || {};
}
