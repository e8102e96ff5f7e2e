import type { StreamChat } from "stream-chat";

/** The SDK keeps drafts on the server only when it is told to. */
export function enableDrafts(client: StreamChat): void {
  client.setMessageComposerSetupFunction(({ composer }) => {
    composer.updateConfig({ drafts: { enabled: true } });
  });
}
