import { useContext, useEffect } from "react";
import { isChannelArchived, useChannelListContext, useChatContext } from "stream-chat-react";
import { ShownContext } from "./shown";

/**
 * The top of the list shows nothing, but it sees to one thing: a conversation that was just made has
 * no message yet, and so no event that would bring it into the list.
 */
export function ChannelsHeader() {
  const { channel } = useChatContext();
  const { setChannels } = useChannelListContext();
  const shown = useContext(ShownContext);

  useEffect(() => {
    if (!channel?.cid || shown !== "all" || isChannelArchived(channel)) return;
    setChannels((channels) =>
      channels.some((listed) => listed.cid === channel.cid) ? channels : [channel, ...channels],
    );
  }, [channel, setChannels, shown]);

  return <h2 className="visually-hidden">Chats</h2>;
}
