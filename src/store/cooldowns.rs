//! Slow mode: when people last sent.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::record::micros;
use super::{Store, Transaction};
use crate::error::Result;
use crate::wire::Time;

impl Store {
    /// When the person last sent, in a channel in slow mode.
    pub(crate) async fn last_sent(&self, cid: &str, user: &str) -> Result<Option<Time>> {
        #[derive(Deserialize)]
        struct Sent {
            #[serde(with = "micros")]
            at: Time,
        }
        let sent: Option<Sent> = self.field(&self.cooldowns_key(cid), user).await?;
        Ok(sent.map(|sent| sent.at))
    }

    /// Remembers that the person sends now, if nothing was sent since `last`.
    pub(crate) fn mark_sent(&self, tx: &mut Transaction, cid: &str, user: &str, last: Option<Time>) -> Result<()> {
        let key = self.cooldowns_key(cid);
        match last {
            Some(last) => tx.field_unchanged(key.clone(), user, last, "cooldown"),
            None => tx.field_absent(key.clone(), user, "cooldown"),
        }
        tx.field_stamp(key, user, &Map::<String, Value>::new())
    }
}
