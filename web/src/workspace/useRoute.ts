import { useMemo, useSyncExternalStore } from "react";
import { formatRoute, parseRoute, type Route } from "./route";

const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};
window.addEventListener("popstate", tell);
window.addEventListener("hashchange", tell);

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

/** Goes somewhere, so that "back" returns. */
export function navigate(route: Route): void {
  if (window.location.hash === formatRoute(route)) return;
  window.history.pushState(null, "", formatRoute(route));
  tell();
}

/** Goes somewhere instead of here. */
export function redirect(route: Route): void {
  window.history.replaceState(null, "", formatRoute(route));
  tell();
}
