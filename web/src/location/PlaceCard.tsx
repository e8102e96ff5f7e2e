import { useEffect, useState } from "react";
import type { SharedLocationResponse } from "stream-chat";
import { useChatContext } from "stream-chat-react";
import { problemOf } from "../client/problem";
import { Alert } from "../ui/Alert";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { coordinatesText, mapLink } from "./coordinates";
import { PlaceDrawing } from "./PlaceDrawing";

const clock = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" });

/** A place in a message: sent once, or shared live until a moment. */
export function PlaceCard({ location }: { location: SharedLocationResponse }) {
  const { client } = useChatContext();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const ends = location.end_at ? Date.parse(location.end_at) : undefined;
  const live = useBefore(ends);
  const own = location.user_id === client.userID;

  const stop = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const [type = "", id = ""] = location.channel_cid.split(":");
      await client.channel(type, id).stopLiveLocationSharing(location);
    } catch (error) {
      setProblem(problemOf(error).message);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="place">
      <PlaceDrawing place={location} live={live} />
      <div className="place-words">
        <p className="place-title">
          <Icon name="place" />
          {titleOf(ends, live)}
        </p>
        {live && ends !== undefined && (
          <p className="place-until">{`Until ${clock.format(ends)}`}</p>
        )}
        <a href={mapLink(location)} target="_blank" rel="noreferrer">
          {coordinatesText(location)}
          <span className="visually-hidden"> – opens a map in a new tab</span>
        </a>
        {live && own && (
          <Button look="quiet" busy={busy} onClick={() => void stop()}>
            Stop sharing
          </Button>
        )}
        <Alert>{problem}</Alert>
      </div>
    </div>
  );
}

function titleOf(ends: number | undefined, live: boolean): string {
  if (ends === undefined) return "Location";
  return live ? "Live location" : "Live location, ended";
}

/** The longest wait that a timer takes. */
const longestWait = 2 ** 31 - 1;

/** Whether the moment is still to come. */
function useBefore(moment: number | undefined): boolean {
  const [before, setBefore] = useState(moment !== undefined && moment > Date.now());
  useEffect(() => {
    const left = moment === undefined ? 0 : moment - Date.now();
    setBefore(left > 0);
    if (left <= 0) return;
    const timer = setTimeout(() => setBefore(false), Math.min(left, longestWait));
    return () => clearTimeout(timer);
  }, [moment]);
  return before;
}
