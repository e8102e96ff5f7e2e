import type { ChannelListItemUIProps } from "stream-chat-react";
import { DEFAULT_CHANNEL_LIST_ITEM_LABEL_ORDER } from "stream-chat-react";

type LabelConfig = NonNullable<ChannelListItemUIProps["accessibleLabelConfig"]>;

interface Marks {
  draft: string | undefined;
  pinned: boolean;
  muted: boolean;
}

/** What a screen reader says of a row beside the SDK's own words: the marks that others see. */
export function rowLabel({ draft, pinned, muted }: Marks): LabelConfig {
  const [name = "name", ...rest] = DEFAULT_CHANNEL_LIST_ITEM_LABEL_ORDER;
  return {
    parts: {
      pinned: () => (pinned ? "Pinned" : undefined),
      muted: () => (muted ? "Muted" : undefined),
      draft: () => (draft ? `Draft: ${draft}` : undefined),
    },
    order: [name, "pinned", "muted", ...rest, "draft"],
  };
}
