//! What everybody did and heard, as each of them wrote it down: what the checker judges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use weir::wire::Time;

/// A message as somebody was shown it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    pub id: String,
    pub cid: String,
    pub user: String,
    pub text: String,
    /// `created_at`, in microseconds.
    pub at: i64,
    pub parent: Option<String>,
    pub deleted: bool,
    pub replies: u64,
    pub reactions: BTreeMap<String, u64>,
}

/// A message as it stands in answers and events.
#[derive(Deserialize)]
pub struct Shown {
    id: String,
    cid: String,
    user: Named,
    text: String,
    created_at: Time,
    #[serde(default)]
    parent_id: Option<String>,
    #[serde(default)]
    deleted_at: Option<Time>,
    #[serde(default)]
    reply_count: u64,
    #[serde(default)]
    reaction_counts: BTreeMap<String, u64>,
}

/// Anything with an id of which only that is looked at.
#[derive(Deserialize)]
pub struct Named {
    pub id: String,
}

impl From<Shown> for Message {
    fn from(shown: Shown) -> Message {
        Message {
            id: shown.id,
            cid: shown.cid,
            user: shown.user.id,
            text: shown.text,
            at: shown.created_at.micros(),
            parent: shown.parent_id,
            deleted: shown.deleted_at.is_some(),
            replies: shown.reply_count,
            reactions: shown.reaction_counts,
        }
    }
}

/// What a writer asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Send {
        id: String,
        cid: String,
        text: String,
        parent: Option<String>,
    },
    Edit {
        id: String,
        text: String,
    },
    Delete {
        id: String,
    },
    React {
        id: String,
        kind: String,
    },
    Unreact {
        id: String,
        kind: String,
    },
    /// Marks the channel read up to the message.
    Read {
        cid: String,
        id: String,
    },
}

/// What the writer heard back.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// With the message of the answer, where one comes.
    Acknowledged(Option<Message>),
    /// A definite no: nothing of it may be found anywhere.
    Refused { status: u16, code: i64 },
    /// No answer, or one that promises nothing: it may have happened once, or not.
    Unknown { status: Option<u16> },
}

/// A frame of a socket, as far as it is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    pub kind: String,
    pub cid: Option<String>,
    /// The event's `created_at`, in microseconds.
    pub at: i64,
    pub message: Option<Message>,
    /// `unread_count` and `unread_channels`.
    pub counts: Option<(u64, u64)>,
}

impl Heard {
    /// Whether it tells of a new message, in either form.
    pub fn is_new(&self) -> bool {
        self.kind == "message.new" || self.kind == "notification.message_new"
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Written before the request goes out.
    Began {
        call: u64,
        user: String,
        deed: Deed,
    },
    /// Written when its end is known.
    Ended {
        call: u64,
        outcome: Outcome,
        took: Duration,
    },
    /// A reader's socket has had its first frame.
    Opened {
        reader: usize,
        connection: u32,
    },
    Heard {
        reader: usize,
        connection: u32,
        heard: Heard,
    },
    /// The reader asks for what it missed in the channel.
    Asked {
        reader: usize,
        connection: u32,
        cid: String,
    },
    /// All that it was shown of the channel since it asked; with what it knew before, that is everything.
    Recovered {
        reader: usize,
        connection: u32,
        cid: String,
        messages: Vec<Message>,
    },
    /// The reader has recovered all its channels.
    Live {
        reader: usize,
        connection: u32,
    },
    Closed {
        reader: usize,
        connection: u32,
    },
}

/// Moments (`created_at`) between which somebody is a member: `owed` certainly, `allowed` possibly.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    pub owed: (i64, i64),
    pub allowed: (i64, i64),
}

impl Membership {
    /// A member from before the first message to after the last.
    pub const ALWAYS: Membership = Membership { owed: (i64::MIN, i64::MAX), allowed: (i64::MIN, i64::MAX) };

    pub fn is_owed(&self, at: i64) -> bool {
        self.owed.0 <= at && at <= self.owed.1
    }

    pub fn is_allowed(&self, at: i64) -> bool {
        self.allowed.0 <= at && at <= self.allowed.1
    }
}

/// Somebody with a socket.
#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    pub user: String,
    /// Channels that his socket watches; of the others that he is in it hears new messages alone.
    pub watches: BTreeSet<String>,
}

/// A member's read state.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointer {
    pub at: i64,
    pub id: Option<String>,
    pub unread: u64,
}

/// A page centred on a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Around {
    pub id: String,
    pub limit: usize,
    pub ids: Vec<String>,
}

/// A channel as it is found in the end, paged every way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    pub forwards: Vec<Message>,
    /// Oldest first as well.
    pub backwards: Vec<Message>,
    pub around: Vec<Around>,
    /// Parent → its replies, oldest first.
    pub threads: BTreeMap<String, Vec<Message>>,
    /// Message → who reacted, and how.
    pub reactions: BTreeMap<String, Vec<(String, String)>>,
    pub pointers: BTreeMap<String, Pointer>,
}

impl History {
    /// Timeline and threads in the channel's order.
    pub fn all(&self) -> Vec<&Message> {
        let mut all: Vec<&Message> = self.forwards.iter().chain(self.threads.values().flatten()).collect();
        all.sort_by_key(|message| message.at);
        all
    }
}

/// The whole story of one test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// Channel → user → when he is in it.
    pub members: BTreeMap<String, BTreeMap<String, Membership>>,
    pub readers: Vec<Reader>,
    pub entries: Vec<(Duration, Entry)>,
    pub history: BTreeMap<String, History>,
    /// User → channel → unread messages, as `GET /unread` says in the end.
    pub unread: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Ledger {
    /// The entries that name the id, as lines: what to read when a test fails.
    pub fn about(&self, id: &str) -> String {
        let quoted = format!("\"{id}\"");
        let lines = self.entries.iter().map(|(at, entry)| format!("{at:>12.3?} {entry:?}"));
        lines.filter(|line| line.contains(&quoted)).take(60).collect::<Vec<_>>().join("\n")
    }
}

/// The book that all write into while a test runs.
#[derive(Clone)]
pub struct Log {
    start: Instant,
    entries: Arc<Mutex<Vec<(Duration, Entry)>>>,
}

impl Log {
    pub fn new() -> Log {
        Log { start: Instant::now(), entries: Arc::default() }
    }

    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    pub fn add(&self, entry: Entry) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken under the lock, so that moments rise.
        entries.push((self.start.elapsed(), entry));
    }

    /// Looks at what was written so far.
    pub fn read<T>(&self, look: impl FnOnce(&[(Duration, Entry)]) -> T) -> T {
        look(&self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
