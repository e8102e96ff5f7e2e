//! `own_capabilities`: what a client is told that it may do in a channel (`permissions.md` 7).

use serde::Deserialize;

use super::{Action, Ownership, Permissions};

/// What has to be true of a channel besides the caller's permissions: its configuration (the keys are those of `channel.config`,
/// overrides applied), and whether it is frozen or slowed down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Switches {
    pub connect_events: bool,
    pub custom_events: bool,
    pub delivery_events: bool,
    pub mutes: bool,
    pub polls: bool,
    pub quotes: bool,
    pub reactions: bool,
    pub read_events: bool,
    pub replies: bool,
    pub search: bool,
    pub shared_locations: bool,
    pub typing_events: bool,
    pub uploads: bool,
    pub frozen: bool,
    /// A cooldown above 0 is set.
    pub cooldown: bool,
}

enum Needs {
    /// No permission.
    Nothing,
    /// The action in this channel. Owning means having created the channel, except for messages, whose owner is the sender:
    /// there it means the right over those of others.
    Allowed(Action),
    /// The action on a message of one's own.
    AllowedOnOwn(Action),
    /// The lack of the action.
    Lacks(Action),
}

struct Capability {
    name: &'static str,
    needs: Needs,
    when: fn(&Switches) -> bool,
    /// Taken away by a frozen channel.
    writes: bool,
}

/// Sorted by name: a test holds it so, and the answer is built in this order.
static CAPABILITIES: &[Capability] = {
    use Action::*;
    use Needs::*;
    &[
        may("ban-channel-members", Allowed(BanChannelMember)),
        writes("cast-poll-vote", Allowed(CastVote)).when(|s| s.polls),
        may("connect-events", Nothing).when(|s| s.connect_events),
        writes("create-attachment", Allowed(CreateAttachment)),
        writes("create-mention", Allowed(CreateMention)),
        may("delete-any-message", Allowed(DeleteMessage)),
        may("delete-channel", Allowed(DeleteChannel)),
        may("delete-own-message", AllowedOnOwn(DeleteMessage)),
        may("delivery-events", Nothing).when(|s| s.delivery_events),
        may("flag-message", Allowed(FlagMessage)),
        may("freeze-channel", Allowed(UpdateChannelFrozen)),
        may("join-channel", Allowed(AddOwnChannelMembership)),
        may("leave-channel", Allowed(RemoveOwnChannelMembership)),
        may("mute-channel", Allowed(MuteChannel)).when(|s| s.mutes),
        may("notify-channel", Allowed(NotifyChannel)),
        may("notify-group", Allowed(NotifyGroup)),
        may("notify-here", Allowed(NotifyHere)),
        may("notify-role", Allowed(NotifyRole)),
        may("pin-message", Allowed(PinMessage)),
        may("query-poll-votes", Allowed(QueryVotes)).when(|s| s.polls),
        writes("quote-message", Allowed(CreateMessage)).when(|s| s.quotes),
        may("read-events", Nothing).when(|s| s.read_events),
        may("search-messages", Nothing).when(|s| s.search),
        may("send-custom-events", Allowed(SendCustomEvent)).when(|s| s.custom_events),
        writes("send-links", Allowed(AddLinks)),
        writes("send-message", Allowed(CreateMessage)),
        writes("send-poll", Allowed(SendPoll)).when(|s| s.polls),
        writes("send-reaction", Allowed(CreateReaction)).when(|s| s.reactions),
        writes("send-reply", Allowed(CreateReply)).when(|s| s.replies),
        may("send-restricted-visibility-message", Allowed(CreateRestrictedVisibilityMessage)),
        writes("send-typing-events", Nothing).when(|s| s.typing_events),
        may("set-channel-cooldown", Allowed(UpdateChannelCooldown)),
        writes("share-location", Allowed(ShareLocation)).when(|s| s.shared_locations),
        may("skip-slow-mode", Allowed(SkipChannelCooldown)),
        may("slow-mode", Lacks(SkipChannelCooldown)).when(|s| s.cooldown),
        may("typing-events", Nothing).when(|s| s.typing_events),
        may("update-any-message", Allowed(UpdateMessage)),
        may("update-channel", Allowed(UpdateChannel)),
        may("update-channel-members", Allowed(UpdateChannelMembers)),
        may("update-own-message", AllowedOnOwn(UpdateMessage)),
        may("update-thread", Allowed(UpdateThread)),
        writes("upload-file", Allowed(UploadAttachment)).when(|s| s.uploads),
    ]
};

const fn may(name: &'static str, needs: Needs) -> Capability {
    Capability { name, needs, when: |_| true, writes: false }
}

const fn writes(name: &'static str, needs: Needs) -> Capability {
    Capability { name, needs, when: |_| true, writes: true }
}

impl Capability {
    const fn when(mut self, when: fn(&Switches) -> bool) -> Capability {
        self.when = when;
        self
    }
}

/// The capabilities of somebody with these permissions in a channel, sorted. `ownership` is his relation to the channel.
pub fn own_capabilities(permissions: &Permissions, ownership: Ownership, switches: &Switches) -> Vec<&'static str> {
    let holds = |needs: &Needs| match *needs {
        Needs::Nothing => true,
        Needs::Allowed(action) => {
            permissions.allow(action, ownership.owning(ownership.is_owner && !is_about_a_message(action)))
        }
        Needs::AllowedOnOwn(action) => permissions.allow(action, ownership.owning(true)),
        Needs::Lacks(action) => !permissions.allow(action, ownership),
    };
    let silenced = switches.frozen && !permissions.allow(Action::UseFrozenChannel, ownership);
    CAPABILITIES
        .iter()
        .filter(|capability| {
            !(capability.writes && silenced) && (capability.when)(switches) && holds(&capability.needs)
        })
        .map(|capability| capability.name)
        .collect()
}

fn is_about_a_message(action: Action) -> bool {
    matches!(action, Action::UpdateMessage | Action::DeleteMessage)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::access::Grants;

    fn names() -> impl Iterator<Item = &'static str> {
        CAPABILITIES.iter().map(|capability| capability.name)
    }

    fn config(channel_type: &str) -> Value {
        let types: Value = serde_json::from_str(include_str!("../channel_types.json")).unwrap();
        types[channel_type].clone()
    }

    fn capabilities(channel_type: &str, roles: &[&str], is_owner: bool, changes: Value) -> Vec<&'static str> {
        let mut config = config(channel_type);
        for (key, value) in changes.as_object().unwrap() {
            config[key] = value.clone();
        }
        let permissions = Grants::defaults(channel_type).permissions(roles);
        own_capabilities(&permissions, Ownership::NONE.owning(is_owner), &serde_json::from_value(config).unwrap())
    }

    /// The real lists of `permissions.md` 7, and what our defaults add to them.
    #[test]
    fn capabilities_as_recorded() {
        let creator = "cast-poll-vote connect-events create-attachment create-mention delete-channel delete-own-message \
            delivery-events flag-message join-channel leave-channel mute-channel notify-channel notify-group notify-here notify-role \
            pin-message query-poll-votes quote-message read-events search-messages send-custom-events send-links send-message \
            send-poll send-reaction send-reply send-typing-events share-location typing-events update-channel \
            update-channel-members update-own-message update-thread upload-file";
        let answer = capabilities("messaging", &["user", "channel_member"], true, json!({"shared_locations": true}));
        assert_eq!(answer.join(" "), creator);

        let member = "cast-poll-vote connect-events create-attachment create-mention delete-own-message delivery-events flag-message \
            leave-channel mute-channel notify-channel notify-group notify-here notify-role pin-message query-poll-votes \
            quote-message read-events search-messages send-custom-events send-links send-message send-poll send-reaction \
            send-reply send-typing-events typing-events update-own-message upload-file";
        let answer = capabilities("messaging", &["user", "channel_member"], false, json!({"shared_locations": false}));
        assert_eq!(answer.join(" "), member);

        let guest = "connect-events flag-message mute-channel search-messages";
        assert_eq!(capabilities("livestream", &["guest"], false, json!({})).join(" "), guest);
    }

    #[test]
    fn capabilities_of_frozen_and_slowed_channels() {
        let frozen = capabilities("messaging", &["user", "channel_member"], false, json!({"frozen": true}));
        let left = "connect-events delete-own-message delivery-events flag-message leave-channel mute-channel notify-channel \
            notify-group notify-here notify-role pin-message query-poll-votes read-events search-messages send-custom-events \
            typing-events update-own-message";
        assert_eq!(frozen.join(" "), left);

        let slowed = json!({"cooldown": true});
        let member = capabilities("messaging", &["user", "channel_member"], false, slowed.clone());
        assert!(member.contains(&"slow-mode") && !member.contains(&"skip-slow-mode"));
        let admin = capabilities("messaging", &["admin"], false, slowed);
        assert!(!admin.contains(&"slow-mode") && admin.contains(&"skip-slow-mode"));

        let thawed = Permissions::parse(["use-frozen-channel", "create-message"]).unwrap();
        let switches = Switches { frozen: true, quotes: true, ..Switches::default() };
        assert_eq!(own_capabilities(&thawed, Ownership::NONE, &switches), ["quote-message", "send-message"]);
    }

    #[test]
    fn all_capabilities_are_known_and_sorted() {
        let all = "ban-channel-members cast-poll-vote connect-events create-attachment create-mention delete-any-message \
            delete-channel delete-own-message delivery-events flag-message freeze-channel join-channel leave-channel mute-channel \
            notify-channel notify-group notify-here notify-role pin-message query-poll-votes quote-message read-events \
            search-messages send-custom-events send-links send-message send-poll send-reaction send-reply \
            send-restricted-visibility-message send-typing-events set-channel-cooldown share-location skip-slow-mode slow-mode \
            typing-events update-any-message update-channel update-channel-members update-own-message update-thread upload-file";
        assert_eq!(names().collect::<Vec<_>>().join(" "), all);
        assert!(names().is_sorted());
    }
}
