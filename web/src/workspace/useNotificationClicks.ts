import { useEffect } from "react";
import { parseRoute } from "./route";
import { navigate } from "./useRoute";

/** Somebody chose a notification: the service worker says where it leads. */
export function useNotificationClicks(): void {
  useEffect(() => {
    // Absent without https.
    const worker = navigator.serviceWorker as ServiceWorkerContainer | undefined;
    const opened = ({ data }: MessageEvent) => {
      if (data?.type === "weir.open" && typeof data.hash === "string")
        navigate(parseRoute(data.hash));
    };
    worker?.addEventListener("message", opened);
    return () => worker?.removeEventListener("message", opened);
  }, []);
}
