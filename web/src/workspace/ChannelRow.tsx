import {
  Badge,
  ChannelListItemTimestamp,
  type ChannelListItemUIProps,
  composeChannelListItemAccessibleLabel,
  IconMute,
  IconPin,
  SummarizedMessagePreview,
  useChatContext,
  useTranslationContext,
} from "stream-chat-react";
import { DraftPreview } from "../drafts/DraftPreview";
import { useDraft } from "../drafts/drafts-context";
import { TintedAvatar } from "../people/TintedAvatar";
import { rowLabel } from "./row-label";
import { navigate } from "./useRoute";

/**
 * A row of the list of chats, made of the SDK's parts: a choice goes through the address, so that
 * "back" and a reload find it again, and a draft is shown before the last message.
 */
export function ChannelRow(props: ChannelListItemUIProps) {
  const { active, channel, displayTitle = "", lastMessage, messageDeliveryStatus } = props;
  const { muted = false, pinned = false, unread = 0 } = props;
  const { client } = useChatContext();
  const { t, tDateTimeParser, userLanguage } = useTranslationContext();
  const draft = useDraft(channel.cid);
  const label = composeChannelListItemAccessibleLabel(
    {
      active,
      channel,
      client,
      displayTitle,
      latestMessage: lastMessage,
      messageDeliveryStatus,
      t,
      tDateTimeParser,
      unreadCount: unread,
      userLanguage,
    },
    rowLabel({ draft: active ? undefined : draft, muted, pinned }),
  );
  const look = [
    "str-chat__channel-list-item",
    muted && "str-chat__channel-list-item--muted",
    pinned && "str-chat__channel-list-item--pinned",
    unread > 0 && "str-chat__channel-list-item--unread",
  ];

  return (
    <div className="str-chat__channel-list-item-container">
      <button
        type="button"
        role="option"
        aria-label={label}
        aria-selected={active === true}
        className={look.filter(Boolean).join(" ")}
        onClick={() => navigate({ cid: channel.cid })}
      >
        <TintedAvatar
          aria-hidden="true"
          displayMembers={props.groupChannelDisplayInfo?.members}
          imageUrl={props.displayImage}
          size="xl"
          userName={displayTitle}
        />
        <div className="str-chat__channel-list-item-data">
          <div className="str-chat__channel-list-item-data__first-row">
            <div className="str-chat__channel-list-item-data__title">
              <span>{displayTitle || "A conversation"}</span>
              {pinned && <IconPin />}
              {muted && <IconMute />}
            </div>
            <div className="str-chat__channel-list-item-data__timestamp-and-badge">
              <ChannelListItemTimestamp lastMessage={lastMessage} />
              {unread > 0 && (
                <Badge size="md" variant="primary">
                  {unread}
                </Badge>
              )}
            </div>
          </div>
          {draft && !active ? (
            <DraftPreview text={draft} />
          ) : (
            <SummarizedMessagePreview
              latestMessage={lastMessage}
              messageDeliveryStatus={messageDeliveryStatus}
              participantCount={channel.data?.member_count}
            />
          )}
        </div>
      </button>
    </div>
  );
}
