//! The app's own settings.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::record::{is_default, micros, parse};
use super::{Effect, Event, Outcome, Store, Transaction};
use crate::error::Result;
use crate::wire::Time;
use crate::wire::settings::FileUploadConfig;

/// Settings that operators change while the app runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    /// Tokens issued before this moment, and tokens without one, are refused.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub revoke_tokens_issued_before: Option<Time>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub guest_user_creation_disabled: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub multi_tenant_enabled: bool,
    /// Which files are taken.
    #[serde(default, skip_serializing_if = "is_default")]
    pub file_uploads: FileUploadConfig,
    /// The same for what the image endpoints take.
    #[serde(default, skip_serializing_if = "is_default")]
    pub image_uploads: FileUploadConfig,
}

/// Where the settings live.
const HOME: u16 = 0;

impl Store {
    /// The settings as they are now, whatever this node remembers.
    pub(crate) async fn fresh_settings(&self) -> Result<Arc<Settings>> {
        self.reload_settings().await?;
        Ok(self.settings())
    }

    /// Writes settings over those that were read as `before`, and tells every node.
    pub(crate) async fn put_settings(&self, before: &Settings, settings: &Settings) -> Result<Outcome> {
        let mut tx = Transaction::new(HOME);
        match before.at {
            Time(0) => tx.absent(self.app_key(), "app"),
            at => tx.unchanged(self.app_key(), at, "app"),
        }
        tx.stamp(self.app_key(), settings)?;
        tx.append(Event::effects(vec![Effect::Settings]))?;
        tx.commit(self).await
    }

    /// The settings in force on this node.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.settings.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Reads the settings again, at start and when an event says that they changed.
    pub(crate) async fn reload_settings(&self) -> Result<()> {
        let key = self.app_key();
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        let settings: Settings = json.map(|json| parse(&key, &json)).transpose()?.unwrap_or_default();
        *self.settings.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(settings);
        self.fresh_address_bans().await.map(drop)
    }
}
