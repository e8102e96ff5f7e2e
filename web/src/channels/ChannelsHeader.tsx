import { useEffect } from "react";
import { useChannelListContext, useChatContext } from "stream-chat-react";

/**
 * The top of the list shows nothing, but it sees to one thing: a conversation that was just made has
 * no message yet, and so no event that would bring it into the list.
 */
export function ChannelsHeader() {
  const { channel } = useChatContext();
  const { setChannels } = useChannelListContext();

  useEffect(() => {
    if (!channel?.cid) return;
    setChannels((channels) =>
      channels.some((listed) => listed.cid === channel.cid) ? channels : [channel, ...channels],
    );
  }, [channel, setChannels]);

  return <h2 className="visually-hidden">Chats</h2>;
}
