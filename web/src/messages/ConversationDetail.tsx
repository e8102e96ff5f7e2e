import {
  ChannelDetail,
  type ChannelDetailProps,
  defaultChannelDetailSections,
} from "stream-chat-react/channel-detail";
import { ConversationActions } from "./ConversationActions";

/** The SDK's sections, the first of them with what Weir adds. */
const sections = defaultChannelDetailSections.map((section) =>
  section.id === "channel-info" ? { ...section, SectionContent: ConversationActions } : section,
);

export function ConversationDetail(props: ChannelDetailProps) {
  return <ChannelDetail {...props} sections={sections} />;
}
