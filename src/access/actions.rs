//! Stream's actions and the four permissions that each of them has.

/// The two switches of a permission (`permissions.md` 3), as bits: they number the four sets in `Permissions`.
pub(super) const OWNER: usize = 1;
pub(super) const ANY_TEAM: usize = 2;

macro_rules! actions {
    ($($name:ident = $id:literal, $allows:literal;)*) => {
        /// What may be done, by Stream's names. An action is the unit of every check; permissions are what roles hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $(#[doc = $allows] $name,)* }

        impl Action {
            /// Every action, in the order of its bit.
            pub const ALL: &'static [Action] = &[$(Action::$name,)*];

            /// `ReadChannel`, as refusals write it.
            pub fn name(self) -> &'static str {
                match self { $(Action::$name => stringify!($name),)* }
            }

            /// `read-channel` with its suffixes, indexed by the switches.
            pub(super) fn ids(self) -> [&'static str; 4] {
                match self {
                    $(Action::$name => [
                        $id,
                        concat!($id, "-owner"),
                        concat!($id, "-any-team"),
                        concat!($id, "-owner-any-team"),
                    ],)*
                }
            }

            pub(super) fn from_id(id: &str) -> Option<Action> {
                match id { $($id => Some(Action::$name),)* _ => None }
            }
        }
    };
}

actions! {
    ReadChannel = "read-channel", "Read the channel, its messages, replies, reactions; mark it read; hide it.";
    ReadChannelMembers = "read-channel-members", "List members.";
    CreateChannel = "create-channel", "Create a channel.";
    RecreateChannel = "recreate-channel", "Create a channel under the id of a deleted one.";
    CreateDistinctChannelForOthers = "create-distinct-channel-for-others", "Create a distinct channel without being in it.";
    UpdateChannel = "update-channel", "Change channel data.";
    UpdateChannelMembers = "update-channel-members", "Add, invite and remove others.";
    UpdateChannelCooldown = "update-channel-cooldown", "Set slow mode.";
    UpdateChannelFrozen = "update-channel-frozen", "Freeze and unfreeze.";
    DeleteChannel = "delete-channel", "Delete the channel.";
    TruncateChannel = "truncate-channel", "Truncate the channel.";
    AddOwnChannelMembership = "add-own-channel-membership", "Join.";
    RemoveOwnChannelMembership = "remove-own-channel-membership", "Leave.";
    MuteChannel = "mute-channel", "Mute and unmute the channel.";
    ReadDisabledChannel = "read-disabled-channel", "Read a disabled channel.";
    UseFrozenChannel = "use-frozen-channel", "Write and react in a frozen channel.";
    CreateMessage = "create-message", "Send.";
    CreateReply = "create-reply", "Send with `parent_id`.";
    CreateAttachment = "create-attachment", "Send with attachments.";
    CreateMention = "create-mention", "Send with mentions.";
    AddLinks = "add-links", "Send or edit text with links.";
    CreateSystemMessage = "create-system-message", "Send `type: system`.";
    CreateRestrictedVisibilityMessage = "create-restricted-visibility-message", "Send with `restricted_visibility`.";
    ReadRestrictedVisibilityMessage = "read-restricted-visibility-message", "Read restricted messages of others.";
    NotifyChannel = "notify-channel", "Send with `mentioned_channel`.";
    NotifyHere = "notify-here", "Send with `mentioned_here`.";
    NotifyRole = "notify-role", "Send with `mentioned_roles`.";
    NotifyGroup = "notify-group", "Send with `mentioned_group_ids`.";
    CreateReaction = "create-reaction", "React.";
    DeleteReaction = "delete-reaction", "Remove a reaction; its owner is who reacted.";
    PinMessage = "pin-message", "Pin and unpin.";
    FlagMessage = "flag-message", "Flag a message.";
    ReadMessageFlags = "read-message-flags", "Read flags.";
    SendCustomEvent = "send-custom-event", "Send custom events.";
    SkipChannelCooldown = "skip-channel-cooldown", "Be free of slow mode.";
    SkipMessageModeration = "skip-message-moderation", "Be free of automatic moderation.";
    UploadAttachment = "upload-attachment", "Upload.";
    BanChannelMember = "ban-channel-member", "Ban in the channel.";
    SendPoll = "send-poll", "Send a poll.";
    CastVote = "cast-vote", "Vote, take a vote back, suggest options.";
    QueryVotes = "query-votes", "Read votes.";
    UpdateThread = "update-thread", "Change title and data of a thread.";
    ShareLocation = "share-location", "Send a location.";
    CreateCall = "create-call", "Nothing in chat; kept so that grants that name it are valid.";
    JoinCall = "join-call", "Nothing in chat, like `CreateCall`.";
    UpdateMessage = "update-message", "Edit a message; its owner is the sender.";
    DeleteMessage = "delete-message", "Delete a message; its owner is the sender.";
    RunMessageAction = "run-message-action", "Press a button of a command's message; its owner is the sender.";
    UnblockMessage = "unblock-message", "Release a blocked message.";
    DeleteAttachment = "delete-attachment", "Delete an upload; its owner is the uploader.";
    SearchUser = "search-user", "Query users.";
    UpdateUser = "update-user", "Change a user; one owns oneself.";
    UpdateUserRole = "update-user-role", "Change roles.";
    UpdateUserTeams = "update-user-teams", "Change teams.";
    FlagUser = "flag-user", "Flag a user.";
    MuteUser = "mute-user", "Mute a user.";
    BanUser = "ban-user", "Ban in the whole app.";
    ReadFlagReports = "read-flag-reports", "Read reports.";
    UpdateFlagReport = "update-flag-report", "Review reports.";
    CreatePoll = "create-poll", "Create a poll.";
    UpdatePoll = "update-poll", "Change a poll; its owner is its creator.";
    DeletePoll = "delete-poll", "Delete a poll.";
    ClosePoll = "close-poll", "Close a poll.";
    QueryPolls = "query-polls", "Query polls.";
}

/// Splits a permission id into its action and its switches.
pub(super) fn parse(id: &str) -> Option<(Action, usize)> {
    let (rest, any_team) = strip(id, "-any-team", ANY_TEAM);
    let (rest, owner) = strip(rest, "-owner", OWNER);
    Some((Action::from_id(rest)?, any_team | owner))
}

fn strip<'a>(id: &'a str, suffix: &str, switch: usize) -> (&'a str, usize) {
    id.strip_suffix(suffix).map_or((id, 0), |rest| (rest, switch))
}
