import { useEffect } from "react";
import { useMessageComposerController } from "stream-chat-react";
import { useDraft } from "./drafts-context";

/**
 * The SDK keeps a draft when its conversation is left. Whoever takes up another device leaves nothing:
 * so the draft is kept as well when the window is no longer looked at. Not while somebody types, because
 * the server's answer would put back words that were written on since. What was begun elsewhere before
 * the conversation is opened here is put into its field, which the SDK does only for what it hears meanwhile.
 */
export function DraftKeeper() {
  const composer = useMessageComposerController();
  const begun = useDraft(composer.channel.cid) !== undefined;

  useEffect(() => {
    // The SDK says itself in its log when that fails; the field stays empty then.
    if (begun && composer.compositionIsEmpty) void composer.getDraft();
  }, [composer, begun]);

  useEffect(() => {
    const keep = () => {
      if (composer.compositionIsEmpty || composer.channel.disconnected) return;
      composer.createDraft().catch(() => {
        // Without a connection the words stay where they are, in the field.
      });
    };
    const hidden = () => document.visibilityState === "hidden" && keep();
    window.addEventListener("blur", keep);
    window.addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      window.removeEventListener("blur", keep);
      window.removeEventListener("pagehide", keep);
      document.removeEventListener("visibilitychange", hidden);
    };
  }, [composer]);

  return null;
}
