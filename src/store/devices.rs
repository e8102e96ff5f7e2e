//! Devices and push preferences, as parts of what only the user sees, and whose a device is.
//!
//! A device belongs to the user whom its claim names. The user's own list is what is shown, and may name a device that has moved
//! on: whoever sends to a device asks for its claim.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::record::{is_default, micros};
use super::replicas::Proof;
use super::{Store, Transaction};
use crate::error::Result;
use crate::wire::Time;

/// A device, named by its registration token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Device {
    pub id: String,
    pub provider: String,
    #[serde(with = "micros")]
    pub created_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_id: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub voip: bool,
    /// A browser's public key and shared secret, in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<(String, String)>,
}

/// What somebody wants to be notified of; what is unset is as in the wider circle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wishes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feeds: Option<String>,
    /// Kind of message → `all` or `none`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kinds: BTreeMap<String, String>,
    /// Nothing before this moment.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub disabled_until: Option<Time>,
}

/// The wishes for everything, and for single channels by cid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PushPreferences {
    #[serde(default, skip_serializing_if = "is_default")]
    pub all: Wishes,
    #[serde(default, skip_serializing_if = "is_default")]
    pub channels: BTreeMap<String, Wishes>,
}

impl Store {
    /// Whose the device is.
    pub(crate) async fn device_holder(&self, device: &str) -> Result<Option<String>> {
        self.redis.call(redis::cmd("GET").arg(self.device_key(device))).await
    }

    /// Whose the devices are; one round trip.
    pub(crate) async fn device_holders<'a>(
        &self,
        devices: impl Iterator<Item = &'a str>,
    ) -> Result<HashMap<String, String>> {
        let reads = self.by_partition(devices).into_values().map(|devices| async move {
            let mut cmd = redis::cmd("MGET");
            devices.iter().for_each(|device| {
                cmd.arg(self.device_key(device));
            });
            let holders: Vec<Option<String>> = self.redis.call(&cmd).await?;
            let held = devices.into_iter().zip(holders);
            Ok(held.filter_map(|(device, holder)| Some((device.to_owned(), holder?))).collect::<Vec<_>>())
        });
        Ok(futures_util::future::try_join_all(reads).await?.into_iter().flatten().collect())
    }

    /// Makes the device the user's; tells whose it was.
    pub(crate) async fn claim_device(&self, device: &str, user: &str) -> Result<Option<String>> {
        let mut cmd = redis::cmd("SET");
        cmd.arg(self.device_key(device)).arg(user).arg("GET");
        let holder = self.redis.call(&cmd).await?;
        self.confirm(self.partition(device), Proof::Order).await?;
        Ok(holder)
    }

    /// Makes the device nobody's, if it is still the user's.
    pub(crate) async fn release_device(&self, device: &str, user: &str) -> Result<()> {
        let key = self.device_key(device);
        let mut tx = Transaction::new(self.partition(device));
        tx.is(key.clone(), user, "holder");
        tx.remove(key);
        // Somebody else's by now: then there is nothing to release.
        tx.commit(self).await.map(|_| ())
    }
}
