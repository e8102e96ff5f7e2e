//! Shared locations as they last: in their messages, and, while they are live, in an index of the channel and in one of the user.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::messages::Message;
use super::record::micros;
use super::{Indexed, Store, Transaction};
use crate::error::Result;
use crate::limits;
use crate::query::Place;
use crate::wire::Time;

/// The location that a message shares.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Location {
    pub latitude: f64,
    pub longitude: f64,
    /// `created_by_device_id`.
    pub device: String,
    /// When it ends; none for one that stays as it is.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Time>,
    /// When it moved last; none before it did.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
}

/// The type of attachments that are places.
pub(crate) const GEOLOCATION: &str = "geolocation";

impl Message {
    /// Where it is: its `lat` and `long`, else the location that it shares, else the first of its `geolocation` attachments.
    pub fn place(&self) -> Option<Place> {
        let shared = || self.location.as_ref().map(|shared| Place { lat: shared.latitude, long: shared.longitude });
        let attached = || {
            let mut attached =
                self.attachments.iter().filter(|one| one.get("type").is_some_and(|kind| kind == GEOLOCATION));
            attached.find_map(|one| Place::of(one.get("latitude"), one.get("longitude")))
        };
        Place::of(self.custom.get("lat"), self.custom.get("long")).or_else(shared).or_else(attached)
    }

    /// The location that it shares live at `now`.
    pub fn live_location(&self, now: Time) -> Option<&Location> {
        let location = self.location.as_deref().filter(|_| self.deleted_at.is_none())?;
        location.end_at.is_some_and(|end_at| now < end_at).then_some(location)
    }
}

impl Store {
    /// Keeps the channel's index of live locations in step with the message's. Those that have ended go.
    pub(crate) fn index_location(&self, tx: &mut Transaction, message: &Message, now: Time) {
        let key = self.locations_key(&message.cid);
        tx.unindex_until(key.clone(), now);
        match message.live_location(now).and_then(|location| location.end_at) {
            Some(end_at) => tx.index(key.clone(), &message.id, end_at),
            None => tx.unindex(key.clone(), &message.id),
        }
        tx.settle_sharing(self.channel_state_key(&message.cid), key);
    }

    /// Messages of the channel that share a live location, those first that end first.
    pub(super) async fn live_locations(&self, cid: &str) -> Result<Vec<Arc<Message>>> {
        let mut cmd = redis::cmd("ZRANGEBYSCORE");
        cmd.arg(self.locations_key(cid)).arg(format!("({}", self.now().micros())).arg("+inf");
        cmd.arg("LIMIT").arg(0).arg(limits::STATE_LOCATIONS);
        let ids: Vec<String> = self.redis.call(&cmd).await?;
        let mut found = self.messages_in(cid, &ids).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).map(Arc::new).collect())
    }

    /// Adds to the index of the user's live locations. Written before the message itself: too large is harmless.
    pub(crate) async fn index_user_location(&self, user: &str, message: &str, cid: &str) -> Result<()> {
        self.put_indexed(&self.user_locations_key(user), message, cid).await
    }

    /// Messages that may share a live location of the user's, by id.
    pub(crate) async fn user_locations(&self, user: &str) -> Result<HashMap<String, Indexed>> {
        self.indexed(&self.user_locations_key(user)).await
    }

    /// Takes locations out of the user's index that have ended.
    pub(crate) async fn forget_user_locations(&self, user: &str, gone: &[(String, Indexed)]) -> Result<()> {
        self.forget_indexed(&self.user_locations_key(user), gone).await
    }
}
