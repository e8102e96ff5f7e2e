import {
  ChannelDetail,
  type ChannelDetailProps,
  defaultChannelDetailSections,
} from "stream-chat-react/channel-detail";

/** The other sections of the SDK (media, files, pins) are built on message search. */
const shown = new Set(["channel-info", "channel-members"]);
const sections = defaultChannelDetailSections.filter((section) => shown.has(section.id));

export function ConversationDetail(props: ChannelDetailProps) {
  return <ChannelDetail {...props} sections={sections} />;
}
