//! The app's own settings.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Store;
use super::record::{is_default, micros, parse};
use crate::error::Result;
use crate::wire::Time;

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
}

impl Store {
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
        Ok(())
    }
}
