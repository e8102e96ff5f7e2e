//! Every key of the keyspace, spelled once. `{p}` is the partition, a hash tag: keys of one partition live on one master.
//!
//! Channel data lives in the partition of its cid, user data in that of the user's id. A *stamped* record is a JSON object
//! whose first member is `at`, the microsecond of its last write, which is also its version.

use sha2::{Digest, Sha256};

use super::Store;

/// Fixed for ever.
const CLAIM_SHELVES: u16 = 4096;

/// The partition of a cid, user id or any other name: FNV-1a, fixed for ever.
pub(super) fn partition(name: &str, partitions: u16) -> u16 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash % u64::from(partitions)) as u16
}

/// The SHA-256 of what a key must not hold itself: an address may be long, and who reads the keys must not sign in with a token.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number's digits.
fn decimal(mut number: u16, digits: &mut [u8; 5]) -> &str {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            // Digits are ASCII.
            return std::str::from_utf8(&digits[at..]).unwrap_or_default();
        }
    }
}

/// The shelf that a message id's claim lies on: a hash of some hundred claims takes a third of the memory of a key for each.
pub(super) fn shelf(id: &str) -> String {
    partition(id, CLAIM_SHELVES).to_string()
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident($owner:ident $(, $part:ident)?) = $noun:literal;)*) => {
        impl Store {
            $($(#[$doc])*
            pub(super) fn $name(&self, $owner: &str $(, $part: &str)?) -> String {
                let last = keys!(@last $owner $($part)?);
                self.key($owner, $noun, last)
            })*
        }
    };
    (@last $owner:ident) => { $owner };
    (@last $owner:ident $part:ident) => { $part };
}

// Where a key has two parts, the first one decides the partition.
keys! {
    /// Stamped record of a channel. For ever; a soft-deleted channel keeps it.
    channel_key(cid) = "channel";
    /// Hash of a channel's moving parts: `sharing` (when the last live location ends), `clock` (µs, never back), `last` (newest
    /// message, µs), `count` (messages), `version` (the `at` of its record, empty when it has none), `watchers` (people who watch),
    /// `pending` (newest message that waits for its commit, µs).
    channel_state_key(cid) = "channel-state";
    /// Hash user id → stamped member record.
    members_key(cid) = "members";
    /// Sorted set of user ids by joining time.
    joined_key(cid) = "joined";
    /// Hash user id → stamped read record (`at` is `last_read`).
    reads_key(cid) = "reads";
    /// Hash user id → stamped ban in this channel. Outlives membership.
    channel_bans_key(cid) = "bans";
    /// Hash user id → number of watching connections (each anonymous connection under its own id).
    watchers_key(cid) = "watchers";
    /// Sorted set of the ids of messages shown in the channel, by `created_at`.
    timeline_key(cid) = "timeline";
    /// Sorted set of those timeline ids that never count as unread (silent).
    silent_key(cid) = "silent";
    /// Sorted set of the ids of messages that were written again, and of replies that stay in their threads, by the moment of the
    /// last write; kept for as long as a sync reaches back.
    changes_key(cid) = "changes";
    /// Sorted set of the ids of messages that share a live location, by the moment of its end.
    locations_key(cid) = "locations";
    /// Sorted set of the ids of messages that wait for their commit, by the moment of sending.
    pending_key(cid) = "pending";
    /// The same of one sender alone.
    own_pending_key(cid, user) = "own-pending";
    /// Sorted set of pinned message ids by pinning time.
    pins_key(cid) = "pins";
    /// Hash user id → microsecond of the last message sent, kept while the channel is in slow mode.
    cooldowns_key(cid) = "cooldowns";
    /// Hash user id → how many messages the user deleted for himself alone.
    own_deletions_key(cid) = "own-deletions";
    /// Stamped record of a message.
    message_key(cid, id) = "message";
    /// Sorted set of the ids of a message's replies, by `created_at`.
    replies_key(cid, id) = "replies";
    /// Sorted set of those replies that never count as unread in the thread (silent).
    silent_replies_key(cid, id) = "silent-replies";
    /// Hash user id → thread participation (stamped; `at` is `last_read`).
    thread_key(cid, id) = "thread";
    /// Stamped record of what was set of a thread: its title, its data.
    thread_data_key(cid, id) = "thread-data";
    /// Sorted set of a message's earlier versions as JSON, by the moment at which each ended; the newest ones.
    history_key(cid, id) = "history";
    /// Set of the ids of users who may have a reminder of the message. An index: may be too large.
    reminded_key(cid, id) = "reminded";
    /// Hash user id → JSON list of that user's reactions to the message.
    reactions_key(cid, id) = "reactions";
    /// Stamped record of a poll that a message of the channel shows; of a deleted one a trace stays.
    sent_poll_key(cid, id) = "sent-poll";
    /// Hash user id → that user's votes and answer in the poll (stamped).
    poll_votes_key(cid, id) = "poll-votes";
    /// Sorted set of `user \n vote id` by the time of the vote: the votes for one option, named by poll id, `/` and the option's
    /// number. Votes are counted, never their number kept, so a recount cannot differ.
    poll_option_key(cid, option) = "poll-option";
    /// The same of a poll's answers.
    poll_answers_key(cid, id) = "poll-answers";
    /// Sorted set of the ids of the polls that were sent to the channel, by the time of sending.
    channel_polls_key(cid) = "channel-polls";
    /// Hash message id → the cid it belongs to. Never expires: a retry finds its first result for ever.
    claims_key(shelf) = "claims";

    /// Stamped record of a user.
    user_key(id) = "user";
    /// Microsecond of the user's last activity.
    last_active_key(id) = "last-active";
    /// Address from which the user last connected. Expires.
    last_address_key(id) = "last-address";
    /// Stamped record of what only the user sees: mutes, channel mutes, blocks, devices, push preferences.
    own_key(id) = "own";
    /// The user whose the device is. A device that moves to another user is claimed anew.
    device_key(device) = "device";
    /// Hash user id → stamped record of a ban that begins with every channel that this user will make.
    future_bans_key(id) = "future-bans";
    /// Hash cid, or cid and parent id → stamped draft.
    drafts_key(id) = "drafts";
    /// Hash message id → stamped reminder.
    reminders_key(id) = "reminders";
    /// Hash message id → moment and cid: live locations that the user may share. An index: may be too large.
    user_locations_key(id) = "locations-of";
    /// JSON of a message that only the user sees, by the user's id and its own, divided by a line's end, until it is sent. Expires.
    ephemeral_key(id, place) = "ephemeral";
    /// Hash connection id → node id: the user's open connections.
    connections_key(id) = "connections";
    /// Hash cid → what only this user sees of the channel (hidden …). An index: may name channels he has left.
    user_channels_key(id) = "channels";
    /// Hash parent message id → moment and cid: threads the user takes part in. An index: may be too large.
    user_threads_key(id) = "threads";

    /// Sorted set of the ids of the polls that the user made, by time. An index: may name polls that never were or are deleted.
    user_polls_key(id) = "polls";

    /// Stamped record of a poll until it is sent; from then on it only tells where the poll is.
    poll_key(id) = "poll";

    /// The address, in lower case, names the user whose account it is.
    account_key(email) = "account";
    /// Stamped record of the account of a user.
    account_of_user_key(id) = "account-of";
    /// JSON of the session whose token has this SHA-256. Expires when it is not used.
    session_key(token) = "session";
    /// Moment (µs) at which a limit's bucket will have run empty. Expires then.
    rate_limit_key(name) = "rate-limit";

    /// Lease of a node: exists while the node lives.
    node_key(node) = "node";

    /// JSON of the preview of the page whose address has this SHA-256, or `null`. Expires.
    preview_key(digest) = "preview";
    /// Record of an uploaded file.
    upload_key(id) = "upload";
    /// Flags of a message or user: hash reporter → record.
    flags_key(target) = "flags";
}

impl Store {
    fn key(&self, owner: &str, noun: &str, last: &str) -> String {
        // By hand: a send spells a dozen of them.
        let mut digits = [0; 5];
        let partition = decimal(self.partition(owner), &mut digits);
        [&self.prefix, ":{", partition, "}:", noun, ":", last].concat()
    }

    /// The partition that `name` lives in.
    pub(super) fn partition(&self, name: &str) -> u16 {
        partition(name, self.partitions)
    }

    /// The partition's log: the stream of its events.
    pub(super) fn log_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:log", self.prefix)
    }

    /// Written behind what replicas must confirm; its content says nothing.
    pub(super) fn mark_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:mark", self.prefix)
    }

    /// Sorted set of the partition's channels by creation time.
    pub(super) fn channels_index_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:channels", self.prefix)
    }

    /// Sorted set of the partition's users by creation time.
    pub(super) fn users_index_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:users", self.prefix)
    }

    /// Sorted set of the partition's targets that were flagged, by the moment of the last flag.
    pub(super) fn flagged_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:flagged", self.prefix)
    }

    /// Sorted set of `user \n message id` of the partition's users by the moment of which they are to be reminded.
    pub(super) fn due_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:due", self.prefix)
    }

    /// Sorted set of `cid \n message id` of the partition's messages that wait for their commit, by the moment at which they go.
    pub(super) fn pending_ends_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:pending-ends", self.prefix)
    }

    /// Sorted set of the partition's polls by creation time.
    pub(super) fn polls_index_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:all-polls", self.prefix)
    }

    /// Hash message and device → JSON of a push to that device, until it is settled.
    pub(super) fn push_jobs_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:push-jobs", self.prefix)
    }

    /// Sorted set of those pushes by the moment from which on they are due.
    pub(super) fn push_due_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:push-due", self.prefix)
    }

    /// List of pushes that were given up, newest first.
    pub(super) fn push_dead_key(&self, partition: u16) -> String {
        format!("{}:{{{partition}}}:push-dead", self.prefix)
    }

    /// The private key that signs pushes to browsers.
    pub(super) fn push_secret_key(&self) -> String {
        format!("{}:{{0}}:push-secret", self.prefix)
    }

    /// Set of `connection \n user \n cid` of one node's watches in this partition.
    pub(super) fn node_watches_key(&self, partition: u16, node: &str) -> String {
        format!("{}:{{{partition}}}:node-watches:{node}", self.prefix)
    }

    /// Set of `connection \n user` of one node's open connections of this partition's users.
    pub(super) fn node_connections_key(&self, partition: u16, node: &str) -> String {
        format!("{}:{{{partition}}}:node-connections:{node}", self.prefix)
    }

    /// Set of the ids of all nodes that ever took a lease and were not yet cleaned up.
    pub(super) fn nodes_key(&self) -> String {
        format!("{}:{{0}}:nodes", self.prefix)
    }

    /// Hash id → stamped record of a user group.
    pub(super) fn user_groups_key(&self) -> String {
        format!("{}:{{0}}:user-groups", self.prefix)
    }

    /// Hash name → id of the user group that has it.
    pub(super) fn user_group_names_key(&self) -> String {
        format!("{}:{{0}}:user-group-names", self.prefix)
    }

    /// Hash user id → stamped record of somebody in the user group.
    pub(super) fn user_group_members_key(&self, id: &str) -> String {
        format!("{}:{{0}}:user-group-members:{id}", self.prefix)
    }

    /// Stamped record of the addresses from which nobody may write.
    pub(super) fn address_bans_key(&self) -> String {
        format!("{}:{{0}}:address-bans", self.prefix)
    }

    /// Stamped record of the app's settings.
    pub(super) fn app_key(&self) -> String {
        format!("{}:{{0}}:app", self.prefix)
    }

    /// Set once by the first account.
    pub(super) fn first_account_key(&self) -> String {
        format!("{}:{{0}}:first-account", self.prefix)
    }

    /// The keyspace's own facts: the number of partitions.
    pub(super) fn meta_key(prefix: &str) -> String {
        format!("{prefix}:{{0}}:meta")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_of_a_name_never_changes() {
        assert_eq!(partition("messaging:general", 16), 13);
        assert_eq!(partition("ada", 16), 11);
    }
}
