import { MessageStatus, type MessageStatusProps } from "stream-chat-react";
import { DeliveredTick } from "./DeliveredTick";
import { ReadTick } from "./ReadTick";
import { SentTick } from "./SentTick";

/** The stock status with ticks that have a name. */
export function SpokenStatus(props: MessageStatusProps) {
  return (
    <MessageStatus
      {...props}
      MessageDeliveredStatus={DeliveredTick}
      MessageReadStatus={ReadTick}
      MessageSentStatus={SentTick}
    />
  );
}
