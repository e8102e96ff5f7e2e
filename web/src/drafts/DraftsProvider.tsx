import { type ReactNode, useEffect, useState } from "react";
import type { StreamChat } from "stream-chat";
import { draftPage } from "../config";
import { type DraftTexts, textsOf, withDraft, withoutDraft } from "./draft-map";
import { DraftsContext } from "./drafts-context";

/** What the signed-in person began to write, here or elsewhere. */
export function DraftsProvider({ client, children }: { client: StreamChat; children: ReactNode }) {
  const [texts, setTexts] = useState<DraftTexts>(new Map());

  useEffect(() => {
    let left = false;
    const load = () =>
      client.queryDrafts({ limit: draftPage }).then(
        ({ drafts }) => !left && setTexts(textsOf(drafts)),
        () => {
          // The list of chats does without; each draft is also there when its conversation opens.
        },
      );
    void load();
    const listeners = [
      client.on("draft.updated", ({ draft }) => draft && setTexts((all) => withDraft(all, draft))),
      client.on(
        "draft.deleted",
        ({ draft }) =>
          draft && setTexts((all) => withoutDraft(all, draft.channel_cid, draft.parent_id)),
      ),
      client.on("connection.recovered", () => void load()),
    ];
    return () => {
      left = true;
      for (const listener of listeners) listener.unsubscribe();
    };
  }, [client]);

  return <DraftsContext value={texts}>{children}</DraftsContext>;
}
