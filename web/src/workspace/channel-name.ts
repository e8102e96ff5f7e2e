import type { StreamChat } from "stream-chat";

/** The name of a conversation that this client has met: its own, or its other members'. */
export function nameOfChannel(client: StreamChat, cid: string): string {
  const channel = client.activeChannels[cid];
  if (!channel) return "another conversation";
  if (channel.data?.name) return channel.data.name;
  const others = Object.values(channel.state.members)
    .filter((member) => member.user_id !== client.userID)
    .map((member) => member.user?.name || member.user_id)
    .slice(0, 3);
  return others.length > 0 ? others.join(", ") : "a conversation";
}
