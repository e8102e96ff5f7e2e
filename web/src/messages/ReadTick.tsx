import { useChatContext, useMessageContext } from "stream-chat-react";
import { readersText } from "./readers";
import { Tick } from "./Tick";

/** The SDK's ticks are pictures without words; these say what they show. */
export function ReadTick() {
  const { client } = useChatContext();
  const { readBy } = useMessageContext();
  const readers = (readBy ?? []).filter((user) => user.id !== client.userID);
  const names = readers.map((user) => user.name || user.id);
  return (
    <>
      <Tick kind="read" label={readersText(names)} />
      {names.length > 1 && <span aria-hidden="true">{names.length}</span>}
    </>
  );
}
