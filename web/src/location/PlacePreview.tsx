import { Icon } from "../ui/Icon";
import { coordinatesText } from "./coordinates";
import { PlaceDrawing } from "./PlaceDrawing";

interface PlacePreviewProps {
  latitude?: number;
  longitude?: number;
  loadingLocation?: boolean;
  geolocationPositionError?: GeolocationPositionError;
}

/** Codes of the browser, in its own order. */
const reasons: Record<number, string> = {
  1: "This site may not see where you are. Allow it in the browser’s settings for this site, next to its address.",
  2: "This device does not know where it is.",
  3: "Finding out where you are takes long. We keep trying.",
};

/** What is about to be shared, or why there is nothing to share. */
export function PlacePreview(props: PlacePreviewProps) {
  const { latitude, longitude, geolocationPositionError: error } = props;
  if (latitude !== undefined && longitude !== undefined) {
    const place = { latitude, longitude };
    return (
      <div className="place-preview">
        <PlaceDrawing place={place} />
        <p>{coordinatesText(place)}</p>
      </div>
    );
  }
  return (
    <div className="place-preview place-none" role="status">
      <Icon name="place" />
      <p>{error ? (reasons[error.code] ?? reasons[2]) : "Finding out where you are…"}</p>
    </div>
  );
}
