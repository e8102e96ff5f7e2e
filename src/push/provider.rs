//! What all providers have in common.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::apn::Apn;
use super::firebase::Firebase;
use super::web_push::WebPush;
use crate::store::{Device, Notification};

/// Why a push did not arrive; the text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The device is no more: nothing will ever arrive there.
    Gone(String),
    /// This push will never arrive.
    Never(String),
    /// It may arrive when it is tried again, not before so much time has passed.
    Later(String, Option<Duration>),
}

/// A road to devices.
pub(crate) trait Provider: Send + Sync {
    fn send<'a>(&'a self, device: &'a Device, note: &'a Notification) -> BoxFuture<'a, Result<(), Failure>>;
}

/// The providers that are set up. Devices of others are kept, and get nothing.
#[derive(Default)]
pub(crate) struct Providers {
    pub web: Option<WebPush>,
    pub firebase: Option<Firebase>,
    pub apn: Option<Apn>,
}

impl Providers {
    pub fn is_empty(&self) -> bool {
        self.web.is_none() && self.firebase.is_none() && self.apn.is_none()
    }

    /// The provider of devices that name it so.
    pub fn of(&self, name: &str) -> Option<&dyn Provider> {
        match name {
            "webpush" => self.web.as_ref().map(|web| web as &dyn Provider),
            "firebase" => self.firebase.as_ref().map(|firebase| firebase as &dyn Provider),
            "apn" => self.apn.as_ref().map(|apn| apn as &dyn Provider),
            _ => None,
        }
    }

    /// What browsers need to subscribe.
    pub fn public_key(&self) -> Option<String> {
        self.web.as_ref().map(|web| web.public_key().to_owned())
    }
}

/// What every push carries for the app, as Stream's do.
pub(super) fn data(note: &Notification) -> serde_json::Map<String, serde_json::Value> {
    let (kind, id) = note.cid.split_once(':').unwrap_or(("", &note.cid));
    let mut data = serde_json::Map::new();
    for (key, value) in [
        ("sender", "stream.chat"),
        ("type", "message.new"),
        ("version", "v2"),
        ("message_id", &note.message),
        ("id", &note.message),
        ("channel_type", kind),
        ("channel_id", id),
        ("cid", &note.cid),
    ] {
        data.insert(key.to_owned(), value.into());
    }
    if let Some(parent) = &note.parent {
        data.insert("parent_id".to_owned(), parent.as_str().into());
    }
    data
}
