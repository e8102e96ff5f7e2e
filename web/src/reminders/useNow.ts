import { useEffect, useState } from "react";
import { nextMoment, type Saved } from "./reminder";

const minute = 60_000;

/** The time: told again every minute, and whenever something becomes due. */
export function useNow(saved: ReadonlyMap<string, Saved> | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const next = saved && nextMoment(saved.values(), now);
    const wait = next === undefined ? minute : Math.min(minute, Math.max(0, next - Date.now()));
    const timer = setTimeout(() => setNow(Date.now()), wait + 1);
    return () => clearTimeout(timer);
  }, [saved, now]);
  return now;
}
