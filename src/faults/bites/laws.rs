//! What an act ends and what it leaves, and whether a race went so.

use std::time::Duration;

use serde_json::Value;

use super::moment;
use super::races::{Race, lock};
use crate::ledger::Heard;

/// What somebody is told who is removed from a channel.
pub const REMOVED: &str = "notification.removed_from_channel";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    ChannelBan,
    AppBan,
    Removal,
    Revocation,
}

/// What the victim does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Send,
    Read,
    Connect,
}

impl Use {
    pub const ALL: [Use; 3] = [Use::Send, Use::Read, Use::Connect];
}

impl Act {
    pub const ALL: [Act; 4] = [Act::ChannelBan, Act::AppBan, Act::Removal, Act::Revocation];

    /// Status and code of the refusal, where the act ends the use.
    pub fn bars(self, what: Use) -> Option<(u16, i64)> {
        match (self, what) {
            (Act::ChannelBan | Act::AppBan, Use::Send) | (Act::Removal, Use::Send | Use::Read) => Some((403, 17)),
            (Act::Revocation, _) => Some((401, 40)),
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq)]
pub enum End {
    Done,
    /// With status, code and what was said.
    Refused(u16, i64, String),
    /// Nothing was decided: on a machine that is busy with something else an answer of the store may come too late.
    Busy,
    Broken(String),
}

impl End {
    pub fn of(answer: Option<(u16, Value)>) -> End {
        match answer {
            Some((status, _)) if status < 300 => End::Done,
            Some((503, _)) => End::Busy,
            Some((status, body)) if status < 500 => {
                let said = body["message"].as_str().unwrap_or_default().to_owned();
                End::Refused(status, body["code"].as_i64().unwrap_or_default(), said)
            }
            other => End::Broken(format!("{other:?}")),
        }
    }
}

/// One use: when it began and ended, and how.
pub struct Used {
    pub what: Use,
    pub began: Duration,
    pub ended: Duration,
    pub end: End,
}

/// What a socket heard, and with which code and when it was closed.
#[derive(Debug, Default)]
pub struct Hearing {
    pub heard: Vec<Heard>,
    pub closed: Option<(Duration, u16)>,
}

impl Race {
    /// Every use ended as it may; returns how long after the answer the last one began that succeeded and should not for long.
    pub fn judge_uses(&self, began: Duration, answered: Duration) -> Duration {
        let (used, mut latest) = (lock(&self.used), Duration::ZERO);
        for what in Use::ALL {
            let of_kind = || used.iter().filter(move |used| used.what == what);
            let name = format!("race {}, {:?}, {what:?}", self.number, self.act);
            let (bars, mut bitten) = (self.act.bars(what), false);
            for Used { began: at, ended, end, .. } in of_kind() {
                match (end, bars) {
                    (End::Done, None) | (End::Busy, _) => {}
                    (End::Done, Some(_)) => {
                        let late = at.saturating_sub(answered);
                        assert!(late <= moment(), "{name}: one that began {late:?} after the answer succeeded");
                        assert!(
                            !bitten,
                            "{name}: one that began {late:?} after the answer succeeded, after one that was refused"
                        );
                        latest = latest.max(late);
                    }
                    (End::Refused(status, code, _), Some(bars)) if bars == (*status, *code) => {
                        bitten = true;
                        assert!(*ended > began, "{name}: one was refused at {ended:?}, before the act at {began:?}");
                    }
                    (end, _) => panic!(
                        "{name}: one that began at {at:?} ended with {end:?}; act from {began:?} to {answered:?}"
                    ),
                }
            }
        }
        latest
    }

    /// The victim heard what he may, and nothing else.
    pub fn judge_hearing(&self, told: &[(Duration, String)], answered: Duration) {
        let hearing = lock(&self.hearing);
        let name = format!("race {}, {:?}", self.number, self.act);
        let messages = || hearing.heard.iter().filter_map(|heard| heard.message.as_ref());
        let heard_told =
            |(began, id): &&(Duration, String)| *began > answered && messages().any(|message| message.id == *id);
        let after: Vec<_> = told.iter().filter(heard_told).collect();
        assert!(messages().next().is_some(), "{name}: nothing was heard before");
        match self.act {
            Act::ChannelBan | Act::AppBan => {
                assert!(!after.is_empty(), "{name}: who is banned may still hear");
                assert!(hearing.closed.is_none(), "{name}: his socket was closed");
            }
            Act::Removal => {
                let told = hearing.heard.iter().position(|heard| heard.kind == REMOVED);
                let told = told.unwrap_or_else(|| panic!("{name}: he was not told that he was removed"));
                let later = hearing.heard[told..].iter().find(|heard| heard.message.is_some());
                assert_eq!(later, None, "{name}: heard after he was removed, which was answered at {answered:?}");
                assert!(after.is_empty(), "{name}: heard {after:?}, sent after he was removed");
                assert!(hearing.closed.is_none(), "{name}: his socket was closed");
            }
            Act::Revocation => {
                let (at, code) = hearing.closed.unwrap_or_else(|| panic!("{name}: his socket stayed open"));
                assert_eq!(code, 4001, "{name}: how his socket was closed");
                assert!(
                    at <= answered + moment(),
                    "{name}: his socket was closed {:?} after the answer",
                    at - answered
                );
                let last = hearing.heard.last().map(|heard| heard.kind.as_str());
                assert_eq!(last, Some("connection.error"), "{name}: the last he heard");
            }
        }
    }
}

/// What the first frame of a refused socket says; anything else is no refusal.
pub fn refusal(error: &str) -> End {
    let frame = error.strip_prefix("refused: ").and_then(|text| serde_json::from_str::<Value>(text).ok());
    match frame.as_ref().map(|frame| &frame["error"]) {
        Some(error) if error["StatusCode"] == 503 => End::Busy,
        Some(error) if error["code"].is_i64() => {
            let status = error["StatusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
            End::of(Some((status.unwrap_or_default().max(400), error.clone())))
        }
        _ => End::Broken(error.to_owned()),
    }
}
