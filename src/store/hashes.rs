//! Records that are kept in one hash, by name.

use std::collections::HashMap;

use serde::de::DeserializeOwned;

use super::Store;
use super::record::parse;
use crate::error::Result;

impl Store {
    /// The record of this name.
    pub(super) async fn field<T: DeserializeOwned>(&self, key: &str, field: &str) -> Result<Option<T>> {
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("HGET").arg(key).arg(field)).await?;
        json.map(|json| parse(key, &json)).transpose()
    }

    /// All records, by their names.
    pub(super) async fn fields<T: DeserializeOwned>(&self, key: &str) -> Result<HashMap<String, T>> {
        let found: HashMap<String, Vec<u8>> = self.redis.call(redis::cmd("HGETALL").arg(key)).await?;
        found.into_iter().map(|(name, json)| Ok((name, parse(key, &json)?))).collect()
    }
}
