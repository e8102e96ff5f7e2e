//! Every number that a client or an operator can notice, in one place.

use std::time::Duration;

/// How long a connection to Redis may take to open.
pub const REDIS_CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// How long one answer of Redis may take.
pub const REDIS_RESPONSE_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long a request waits for Redis in all, reconnecting included, before it is answered with 503.
pub const REDIS_PATIENCE: Duration = Duration::from_millis(1500);
/// How long a request waits for a cluster's slot that is on its way from one node to another.
pub const REDIS_SLOT_PATIENCE: Duration = Duration::from_secs(10);
/// How long one read of the log waits for news.
pub const TAIL_BLOCK: Duration = Duration::from_secs(5);

/// Partitions of a fresh keyspace; fixed when it is first opened.
pub const PARTITIONS: u16 = 16;
/// Entries that a partition's log keeps at least (trimming is approximate).
pub const LOG_LENGTH: usize = 20_000;
/// Age past which the janitor trims log entries.
pub const LOG_AGE: Duration = Duration::from_secs(600);
/// Log entries taken in one read.
pub const LOG_BATCH: usize = 1000;
/// How often a transaction that met a newer record is read and tried again.
pub const CONFLICT_RETRIES: usize = 16;

/// How long a change of a message waits for others of the same message on the same node.
pub const TURN_PATIENCE: Duration = Duration::from_millis(500);

/// Entries that each record cache keeps per node.
pub const CACHE_ENTRIES: usize = 100_000;

/// How long a node's lease lasts; a node that is gone is noticed within this time.
pub const NODE_LEASE: Duration = Duration::from_secs(20);
/// How often a node renews its lease and looks for nodes that are gone.
pub const NODE_RENEWAL: Duration = Duration::from_secs(5);

/// Bytes that may wait for one socket before it is closed as too slow.
pub const SOCKET_QUEUE_BYTES: usize = 1024 * 1024;
/// A server-side `health.check` goes out when nothing did for this long.
pub const HEALTH_CHECK_INTERVAL: Duration = Duration::from_secs(25);
/// A socket from which nothing was heard for this long is dead.
pub const SOCKET_SILENCE: Duration = Duration::from_secs(80);
/// How long a poll of the long-poll fallback waits for an event; clients give up after 30 seconds.
pub const POLL_HOLD: Duration = Duration::from_secs(20);
/// Between two answers to polls of one connection: what comes meanwhile is gathered.
pub const POLL_REST: Duration = Duration::from_millis(250);
/// A long-poll connection that nobody polls for this long is dead.
pub const POLL_SILENCE: Duration = Duration::from_secs(60);
/// How long a node may take to say that it holds the connection that another node was asked for.
pub const POLL_RELAY: Duration = Duration::from_secs(5);
/// A timer set further ahead fires here instead; the socket is then opened anew.
pub const LONGEST_TIMER: Duration = Duration::from_secs(365 * 24 * 3600);
/// A client's frame on the socket: only pings are expected.
pub const SOCKET_FRAME_BYTES: usize = 16 * 1024;
/// Open sockets of one user.
pub const CONNECTIONS_PER_USER: usize = 100;
/// Channels that one connection may watch.
pub const WATCHED_PER_CONNECTION: usize = 5_000;
/// Users whose presence one connection may follow.
pub const PRESENCE_PER_CONNECTION: usize = 5_000;
/// Between two writes of a connected user's `last_active`.
pub const LAST_ACTIVE_INTERVAL: Duration = Duration::from_secs(15 * 60);

/// A JSON request body.
pub const BODY_BYTES: usize = 1024 * 1024;
/// An upload (Stream's maximum).
pub const UPLOAD_BYTES: u64 = 100 * 1024 * 1024;
/// What an upload's form may hold beside the file.
pub const UPLOAD_FORM_BYTES: u64 = 64 * 1024;
/// Parts of an upload's form that are looked at.
pub const UPLOAD_PARTS: usize = 16;
/// Bytes of an upload that are in memory before they are written.
pub const UPLOAD_PART_BYTES: usize = 1024 * 1024;
/// Beginning of a file that is looked at to tell what it is and, of an image, its size.
pub const UPLOAD_HEAD_BYTES: usize = 1024 * 1024;
/// Characters of a file's name.
pub const UPLOAD_NAME_CHARS: usize = 120;
/// Entries of a list that says which files are taken.
pub const UPLOAD_RULES: usize = 100;
/// Sizes of one image that an upload may ask for.
pub const UPLOAD_SIZES: usize = 20;
/// Pixels of an image that is resized (Stream's figure), its bytes, what reading it may take of memory, and its sides in another size.
pub const IMAGE_PIXELS: u64 = 16_800_000;
pub const IMAGE_BYTES: u64 = 32 * 1024 * 1024;
pub const IMAGE_MEMORY: u64 = 192 * 1024 * 1024;
pub const IMAGE_SIDE: u32 = 4096;
/// Images that are resized at once, and how long others wait for their turn.
pub const IMAGES_AT_ONCE: usize = 2;
pub const IMAGE_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of resized images that a node keeps on its disk, and how often the use of one is noted.
pub const IMAGE_CACHE_BYTES: u64 = 512 * 1024 * 1024;
pub const IMAGE_TOUCH: Duration = Duration::from_secs(3600);
/// Hours that signed links to uploads may last: up to Stream's 14 days.
pub const LINK_HOURS: std::ops::RangeInclusive<i64> = 4..=14 * 24;
/// How long nothing of an upload may come before it is given up.
pub const UPLOAD_SILENCE: Duration = Duration::from_secs(60);
/// How long the rest of a refused upload is taken in, so that its sender gets to hear the refusal.
pub const UPLOAD_DRAIN: Duration = Duration::from_secs(30);
/// Uploads of one user in a day.
pub const UPLOADS_PER_DAY: u32 = 2_000;
pub const DAY: Duration = Duration::from_secs(24 * 3600);
/// Custom data of a user, channel, message or member, as JSON.
pub const CUSTOM_BYTES: usize = 5 * 1024;
/// Custom data of a reaction, as JSON.
pub const REACTION_CUSTOM_BYTES: usize = 1024;
/// A custom event, as JSON.
pub const EVENT_BYTES: usize = 5 * 1024;

/// Characters of a user id.
pub const USER_ID_CHARS: usize = 255;
/// Characters of a channel id or type.
pub const CHANNEL_ID_CHARS: usize = 64;
/// Characters of a message id.
pub const MESSAGE_ID_CHARS: usize = 255;
/// Characters of a user's name.
pub const USER_NAME_CHARS: usize = 256;
/// Hard maximum of a message's text, whatever the channel type says.
pub const MESSAGE_TEXT_CHARS: usize = 20_000;
/// Attachments of a message.
pub const ATTACHMENTS: usize = 30;
/// Users mentioned in a message.
pub const MENTIONED_USERS: usize = 25;
/// Roles, and groups, mentioned in a message.
pub const MENTIONED_ROLES: usize = 10;
/// Users who may see a restricted message.
pub const RESTRICTED_VISIBILITY: usize = 10;
/// Characters of a reaction type.
pub const REACTION_TYPE_CHARS: usize = 30;
/// Reactions of one user on one message.
pub const REACTIONS_PER_USER: usize = 50;
/// Kinds of reactions on one message.
pub const REACTION_KINDS: usize = 200;
/// Reactions shown on a message.
pub const LATEST_REACTIONS: usize = 10;
/// Reactions kept on a message's record, so that the newest ones can still be shown when one of them goes.
pub const KEPT_REACTIONS: usize = 20;
/// Authors of replies shown on a parent.
pub const THREAD_PARTICIPANTS: usize = 100;
/// Characters of a thread's title.
pub const THREAD_TITLE_CHARS: usize = 255;
/// Threads of one page, and of a page when the request names no limit.
pub const THREADS_PAGE: usize = 100;
pub const THREADS_PAGE_DEFAULT: usize = 10;
/// Replies shown of a thread, and how many when the request names no limit.
pub const THREAD_REPLIES: usize = 10;
pub const THREAD_REPLIES_DEFAULT: usize = 2;
/// Participants shown of a thread, and members of its channel.
pub const THREAD_PEOPLE: usize = 100;
/// How long an entry of an index is left alone even if what it names is not there: it may be on its way.
pub const INDEX_GRACE: Duration = Duration::from_secs(60);
/// Channels that one reading takes out of the index of a user's channels.
pub const INDEX_FORGOTTEN: usize = 200;
/// Drafts of one user.
pub const DRAFTS: usize = 250;
/// Drafts of one page, and of a page when the request names no limit.
pub const DRAFTS_PAGE: usize = 100;
pub const DRAFTS_PAGE_DEFAULT: usize = 25;
/// The location in a draft, as JSON.
pub const DRAFT_LOCATION_BYTES: usize = 1024;
/// Reminders of one user.
pub const REMINDERS: usize = 250;
/// Reminders of one page, and of a page when the request names no limit.
pub const REMINDERS_PAGE: usize = 100;
pub const REMINDERS_PAGE_DEFAULT: usize = 25;
/// How far ahead the moment of a reminder must lie: a minute, less what a request may take to arrive.
pub const REMINDER_AHEAD: Duration = Duration::from_secs(55);
/// How often a node looks for reminders that are due, and how many of a partition it takes at once.
pub const DUE_INTERVAL: Duration = Duration::from_secs(2);
pub const DUE_AT_ONCE: usize = 100;
/// Messages of one user that wait for their commit in a channel, and how long they do.
pub const PENDING_MESSAGES: usize = 100;
pub const PENDING_LASTS: Duration = Duration::from_secs(3 * 24 * 3600);
/// Keys of what is kept beside such a message, and all of it as JSON.
pub const PENDING_METADATA: usize = 20;
pub const PENDING_METADATA_BYTES: usize = 1024;
/// Characters of a device's id, of its provider's name and of its hardware's id.
pub const DEVICE_ID_CHARS: usize = 255;
/// Live locations that one user shares at a time.
pub const LIVE_LOCATIONS: usize = 100;
/// Live locations shown in a channel state.
pub const STATE_LOCATIONS: usize = 100;
/// Characters of the id of a poll or option.
pub const POLL_ID_CHARS: usize = 255;
/// Characters of a poll's name, of its description, of an option, of an answer.
pub const POLL_NAME_CHARS: usize = 1000;
pub const POLL_DESCRIPTION_CHARS: usize = 5000;
pub const POLL_OPTION_CHARS: usize = 255;
pub const POLL_ANSWER_CHARS: usize = 1000;
/// Options of a poll.
pub const POLL_OPTIONS: usize = 100;
/// Custom data of an option, as JSON.
pub const POLL_OPTION_CUSTOM_BYTES: usize = 1024;
/// Most options per person that a poll may allow.
pub const POLL_MAX_VOTES: i64 = 10;
/// A poll with all its options, as JSON: every vote's event carries it.
pub const POLL_BYTES: usize = 64 * 1024;
/// Votes shown of each option, and answers, on a poll.
pub const LATEST_VOTES: usize = 10;
/// Votes shown of all options together: each comes with its voter. At least one of each option is.
pub const LATEST_VOTES_IN_ALL: usize = 100;
/// How long a vote waits for others in the same poll on the same node before it is refused: a crowd that pressed in out of turn would
/// keep itself from voting.
pub const VOTE_PATIENCE: Duration = Duration::from_secs(5);
/// How often a vote that met a newer one is tried again: a poll has more voters at once than anything else has writers.
pub const VOTE_RETRIES: usize = 64;
/// Filter tags of a channel.
pub const FILTER_TAGS: usize = 10;
/// Teams of a user.
pub const TEAMS: usize = 250;
/// Slow mode, in seconds.
pub const COOLDOWN_SECONDS: i64 = 120;
/// Characters of the reason of a ban or flag.
pub const REASON_CHARS: usize = 255;

/// Members named in one call.
pub const MEMBERS_PER_CALL: usize = 100;
/// Members, reads and watchers shown in a channel state.
pub const STATE_MEMBERS: usize = 100;
/// Members or watchers of one page of a channel query.
pub const MEMBERS_PAGE: usize = 300;
/// Offset into members or watchers.
pub const MEMBERS_OFFSET: usize = 10_000;
/// Channels of one page.
pub const CHANNELS_PAGE: usize = 30;
/// Channels of a page when the request names no limit.
pub const CHANNELS_PAGE_DEFAULT: usize = 10;
/// Offset into lists.
pub const OFFSET: usize = 1000;
/// Messages of one page.
pub const MESSAGES_PAGE: usize = 300;
/// Messages of a channel in a list, and of a page when the request names no limit.
pub const MESSAGES_PAGE_DEFAULT: usize = 25;
/// Messages asked for by their ids in one call.
pub const MESSAGES_BY_ID: usize = 50;
/// Messages of a watched channel when the request names no limit.
pub const STATE_MESSAGES_DEFAULT: usize = 100;
/// Newest pinned messages in a channel state.
pub const STATE_PINS: usize = 10;
/// Users of one page.
pub const USERS_PAGE: usize = 100;
/// Users of a page when the request names no limit.
pub const USERS_PAGE_DEFAULT: usize = 30;
/// Bans of one page, and the offset into them.
pub const BANS_PAGE: usize = 300;
pub const BANS_OFFSET: usize = 10_000;
/// How far a ban that deletes messages reaches: pages of each channel, and channels of a ban in the whole app.
pub const PURGE_PAGES: usize = 20;
pub const PURGE_CHANNELS: usize = 100;
/// Users changed in one call.
pub const USERS_PER_CALL: usize = 100;
/// Reactions of a page by offset, and by cursor, when the request names no limit.
pub const REACTIONS_PAGE_DEFAULT: usize = 10;
pub const REACTIONS_QUERY_PAGE_DEFAULT: usize = 25;
/// Reactions of one page by offset, and by cursor.
pub const REACTIONS_PAGE: usize = 300;
pub const REACTIONS_QUERY_PAGE: usize = 100;
/// Polls, and votes, of one page, and of a page when the request names no limit.
pub const POLLS_PAGE: usize = 100;
pub const POLLS_PAGE_DEFAULT: usize = 10;
/// Polls that are read in one go with their votes.
pub const POLLS_AT_ONCE: usize = 25;
/// Polls that a query looks at together.
pub const POLLS_STEP: usize = 200;
/// Votes that a query looks at in one step.
pub const VOTES_STEP: usize = 200;
/// Users muted in one call, and by one user in all.
pub const MUTES: usize = 1000;
/// Channels muted in one call.
pub const CHANNEL_MUTES_PER_CALL: usize = 25;
/// Channels muted, and users blocked, by one user in all.
pub const CHANNEL_MUTES: usize = 1000;
pub const BLOCKS: usize = 1000;
/// Channels marked read, delivered, synced in one call.
pub const READ_CHANNELS_PER_CALL: usize = 30;
pub const DELIVERED_PER_CALL: usize = 100;
pub const SYNC_CHANNELS: usize = 255;
/// How far back, and how many events, a sync reaches.
pub const SYNC_AGE: Duration = Duration::from_secs(30 * 24 * 3600);
pub const SYNC_EVENTS: usize = 1000;
/// Channels that `GET /unread` lists.
pub const UNREAD_CHANNELS: usize = 100;
/// Newest messages within which a client may mark unread.
pub const MARK_UNREAD_WITHIN: usize = 100;
/// Channel member lists above this are not walked in one go.
pub const CHANNEL_MEMBERS: usize = 50_000;
/// Connections that may wait to be accepted; the kernel's own limit (`net.core.somaxconn`) holds as well.
pub const LISTEN_BACKLOG: u32 = 8192;
/// Channels whose newest page a node remembers, and how many messages are on it.
pub const NEWEST_CHANNELS: usize = 2048;
pub const NEWEST_MESSAGES: usize = 30;
/// How long a list waits for this node's reader of the log before it asks Redis instead.
pub const CATCH_UP: Duration = Duration::from_millis(500);
/// People whose index of channels a node remembers.
pub const SEEN_USERS: usize = 1024;
/// Message ids of which a node remembers the channel.
pub const CLAIMS: usize = 20_000;
/// Messages of one page of a search, and when the request names no limit.
pub const SEARCH_PAGE: usize = 100;
pub const SEARCH_PAGE_DEFAULT: usize = 10;
/// Channels that one search looks through.
pub const SEARCH_CHANNELS: usize = 500;
/// How deep the pages of a search reach, and how many messages a search by what the index does not know looks at: the newest.
pub const SEARCH_DEPTH: usize = 10_000;
pub const SEARCH_LOOKED_AT: usize = 2_000;
/// Entries of the log that may wait for the search index before it has to read them again.
pub const SEARCH_QUEUE: usize = 20_000;
/// How often the index is written while somebody searches, while nobody does, and when nothing changes it, to note where it stands.
pub const SEARCH_COMMIT: Duration = Duration::from_millis(250);
pub const SEARCH_UNASKED: Duration = Duration::from_secs(5);
pub const SEARCH_NOTE: Duration = Duration::from_secs(60);
/// A search does not wait for what was told this shortly before it.
pub const SEARCH_STALE: Duration = Duration::from_millis(500);
/// Mebibytes that the search index gathers in before it writes to the disk: the default, the least and the most.
pub const SEARCH_MEMORY: u32 = 48;
pub const SEARCH_MEMORY_BOUNDS: std::ops::RangeInclusive<i64> = 16..=2048;
/// Up to how many watchers a channel tells of who comes and goes: beyond it a crowd would hear of nothing else.
pub const WATCHERS_TOLD: usize = 100;
/// People whom one person keeps out of the channels that he will make.
pub const FUTURE_BANS: usize = 1000;
/// Addresses that bans in the whole app hold for, apart from them those of one channel and of all channels together, and how long
/// after a person's last connection from where it came is known.
pub const ADDRESS_BANS: usize = 1000;
pub const CHANNEL_ADDRESS_BANS: usize = 50;
pub const CHANNELS_ADDRESS_BANS: usize = 2000;
pub const ADDRESS_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// User groups of an app, people in one, how many come or go in one call, and how long its texts are.
pub const USER_GROUPS: usize = 1000;
pub const GROUP_MEMBERS: usize = 1000;
pub const GROUP_MEMBERS_PER_CALL: usize = 100;
pub const GROUP_NAME_CHARS: usize = 255;
pub const GROUP_DESCRIPTION_CHARS: usize = 1024;
/// User groups in a page, and those that a search finds.
pub const GROUPS_PAGE_DEFAULT: usize = 25;
pub const GROUPS_PAGE: usize = 100;
pub const GROUPS_FOUND: usize = 25;
/// Links of a message that have previews.
pub const PREVIEWS: usize = 3;
/// Messages whose links one node looks at at the same time; what is sent meanwhile stays without previews.
pub const PREVIEWED_AT_ONCE: usize = 64;
/// Bytes of an address that has a preview, characters of a preview's texts, and how long previews, and their absence, are
/// remembered.
pub const LINK_CHARS: usize = 2048;
pub const PREVIEW_TITLE_CHARS: usize = 255;
pub const PREVIEW_TEXT_CHARS: usize = 500;
pub const PREVIEW_LASTS: Duration = Duration::from_secs(86_400);
pub const NO_PREVIEW_LASTS: Duration = Duration::from_secs(600);
/// Messages of a channel that one person may delete for himself, and people who may do so with one message.
pub const DELETED_FOR_ME: u32 = 100;
pub const DELETED_FOR: usize = 1000;
/// Earlier versions that are kept of a message, messages whose versions one query asks for, and how many are in a page.
pub const MESSAGE_VERSIONS: usize = 50;
pub const HISTORY_MESSAGES: usize = 30;
pub const HISTORY_PAGE: usize = 100;
pub const HISTORY_PAGE_DEFAULT: usize = 25;
/// Newest members of a channel for whom messages are translated by themselves, into how many languages, and how much the
/// translations of one message may be together.
pub const TRANSLATED_FOR: usize = 100;
pub const AUTO_TRANSLATIONS: usize = 10;
pub const TRANSLATIONS_BYTES: usize = 64 * 1024;
/// Characters of a text that is translated.
pub const TRANSLATED_CHARS: usize = 5000;
/// How long a message that only its author sees waits to be sent or dropped.
pub const EPHEMERAL_LASTS: Duration = Duration::from_secs(24 * 3600);
/// Roles that a search finds.
pub const ROLES_FOUND: usize = 25;
/// Flagged messages that a query of flags looks at, those flagged last.
pub const FLAGGED: usize = 10_000;
/// Devices of a user; one more takes the place of the oldest.
pub const DEVICES: usize = 25;
/// Bytes of the endpoint of a browser's push subscription.
pub const PUSH_ENDPOINT_BYTES: usize = 1024;
/// Entries of one change of push preferences, and channels for which one user has preferences.
pub const PUSH_PREFERENCES_PER_CALL: usize = 100;
pub const PUSH_PREFERENCE_CHANNELS: usize = 1000;
/// How long a push may be under way to its provider, and how many may be at once on one node.
pub const PUSH_TIMEOUT: Duration = Duration::from_secs(10);
pub const PUSHES_UNDER_WAY: usize = 256;
/// How long a node may keep what it took before others take it over; longer than fetching a token and sending take together.
pub const PUSH_LEASE: Duration = Duration::from_secs(30);
/// How often it is looked for what other nodes took and left, and for pushes that are due.
pub const PUSH_TAKE_OVER: Duration = Duration::from_secs(10);
pub const PUSH_LOOK: Duration = Duration::from_secs(1);
/// Entries of a log, or pushes, that are taken at once, and members whose wishes are read at once.
pub const PUSH_BATCH: usize = 100;
pub const PUSH_RECIPIENTS_TOGETHER: usize = 1000;
/// How often a push is tried, the pause after the first failure (it doubles with each), and the longest.
pub const PUSH_TRIES: u32 = 10;
pub const PUSH_PAUSE: Duration = Duration::from_secs(1);
pub const PUSH_LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// How long a provider keeps a push for a device that is away.
pub const PUSH_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Pushes of each partition that were given up and can be looked at.
pub const PUSH_DEAD_LETTERS: usize = 1000;
/// Characters of a push's title and text: a push service takes 4 KiB, encryption included.
pub const PUSH_TITLE_CHARS: usize = 120;
pub const PUSH_BODY_CHARS: usize = 300;
