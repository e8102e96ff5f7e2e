//! Addresses that bans hold for (`rules.md` 14.2): few, so that each node knows them all by heart.

use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use super::record::{micros, parse};
use super::{Effect, Event, Outcome, Store, Transaction};
use crate::error::Result;
use crate::wire::Time;

/// Where they live.
const HOME: u16 = 0;

/// An address from which nobody may write.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AddressBan {
    pub address: String,
    /// With whose ban it came and goes.
    pub user: String,
    /// Absent: in the whole app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cid: Option<String>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
}

impl AddressBan {
    /// Whether the ban holds at `now`.
    pub fn holds(&self, now: Time) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AddressBans {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    pub bans: Vec<AddressBan>,
}

impl AddressBans {
    pub fn is_empty(&self) -> bool {
        self.bans.is_empty()
    }

    /// Whether nobody may write from the address, in the channel or anywhere.
    pub fn hold_for(&self, address: &str, cid: &str, now: Time) -> bool {
        let here = |ban: &AddressBan| ban.cid.as_deref().is_none_or(|other| other == cid);
        self.bans.iter().any(|ban| ban.address == address && here(ban) && ban.holds(now))
    }
}

impl Store {
    /// From where the user last connected.
    pub(crate) async fn last_address(&self, user: &str) -> Result<Option<String>> {
        self.redis.call(redis::cmd("GET").arg(self.last_address_key(user))).await
    }

    /// Those in force on this node.
    pub(crate) fn address_bans(&self) -> Arc<AddressBans> {
        self.address_bans.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Those in force now, whatever this node remembers.
    pub(crate) async fn fresh_address_bans(&self) -> Result<Arc<AddressBans>> {
        let key = self.address_bans_key();
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        let bans: Arc<AddressBans> = Arc::new(json.map(|json| parse(&key, &json)).transpose()?.unwrap_or_default());
        *self.address_bans.write().unwrap_or_else(PoisonError::into_inner) = bans.clone();
        Ok(bans)
    }

    /// Writes them over those that were read as `before`, and tells every node.
    pub(crate) async fn put_address_bans(&self, before: &AddressBans, bans: &AddressBans) -> Result<Outcome> {
        let mut tx = Transaction::new(HOME);
        match before.at {
            Time(0) => tx.absent(self.address_bans_key(), "address bans"),
            at => tx.unchanged(self.address_bans_key(), at, "address bans"),
        }
        tx.stamp(self.address_bans_key(), bans)?;
        tx.append(Event::effects(vec![Effect::Settings]))?;
        tx.commit(self).await
    }
}
