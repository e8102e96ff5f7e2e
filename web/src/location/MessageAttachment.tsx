import { Attachment, type AttachmentProps } from "stream-chat-react";
import { PlaceCard } from "./PlaceCard";

/** The stock attachments, but places without maps of others. */
export function MessageAttachment(props: AttachmentProps) {
  return <Attachment {...props} Geolocation={PlaceCard} />;
}
