import { useCallback, useEffect, useState } from "react";
import type { StreamChat } from "stream-chat";
import { info } from "../client/accounts";
import { type Problem, problemOf } from "../client/problem";
import { type Ability, ability, subscribe, subscription } from "./browser";
import { forget, register } from "./device";

export type PushState =
  | { state: "looking" }
  /** The server pushes to no browsers. */
  | { state: "none" }
  | { state: "hindered"; why: Exclude<Ability, "able"> }
  | { state: "off"; key: string }
  | { state: "on"; key: string };

async function look(client: StreamChat): Promise<PushState> {
  const { push_key: key } = await info();
  if (!key) return { state: "none" };
  const able = ability();
  if (able !== "able") return { state: "hindered", why: able };
  const found = await subscription();
  if (!found) return { state: "off", key };
  // The server may have given the device up since.
  await register(client, found);
  return { state: "on", key };
}

/** Whether this browser is told of messages while Weir is closed. Asks for leave only when switched on. */
export function usePush(client: StreamChat) {
  const [push, setPush] = useState<PushState>({ state: "looking" });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  const follow = useCallback(async (next: () => Promise<PushState>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      setPush(await next());
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }, []);

  useEffect(() => {
    void follow(() => look(client));
  }, [client, follow]);

  const turnOn = (key: string) =>
    follow(async () => {
      const leave = await Notification.requestPermission();
      if (leave === "denied") return { state: "hindered", why: "refused" };
      // The question was put away without an answer: it may be asked again.
      if (leave !== "granted") return { state: "off", key };
      await register(client, await subscribe(key));
      return { state: "on", key };
    });

  const turnOff = (key: string) =>
    follow(async () => {
      await forget(client);
      return { state: "off", key };
    });

  return { push, busy, problem, turnOn, turnOff };
}
