import { ShareLocationDialog, type ShareLocationDialogProps } from "stream-chat-react";
import { PlacePreview } from "./PlacePreview";

/** The stock dialog, with a drawing in the place of a map. */
export function SharePlaceDialog(props: ShareLocationDialogProps) {
  return <ShareLocationDialog {...props} GeolocationMap={PlacePreview} />;
}
