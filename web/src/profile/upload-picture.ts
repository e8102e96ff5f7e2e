import type { StreamChat } from "stream-chat";
import { Problem } from "../client/problem";

/** Pictures travel through a channel that lets us upload: the protocol's first tier has no other way. */
export async function uploadPicture(client: StreamChat, file: File): Promise<string> {
  const open = Object.values(client.activeChannels).find((channel) => {
    const capabilities = channel.data?.own_capabilities;
    return Array.isArray(capabilities) && capabilities.includes("upload-file");
  });
  if (!open) throw new Problem("Join a channel first: pictures are uploaded through one.", 400);
  return (await open.sendImage(file, file.name, file.type)).file;
}
