//! How records are written: lean JSON, times as microseconds, no nulls and no defaults.

/// A [`Time`](crate::wire::Time) as a number of microseconds.
pub(super) mod micros {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::wire::Time;

    pub fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        time.micros().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        i64::deserialize(deserializer).map(Time)
    }

    /// The same for what may be unset.
    pub mod option {
        use super::*;

        pub fn serialize<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
            time.map(Time::micros).serialize(serializer)
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
            Ok(Option::<i64>::deserialize(deserializer)?.map(Time))
        }
    }
}

/// A moment that was written as [`Time::STAMP`](crate::wire::Time::STAMP) is that of the record's write, which nobody knew before.
pub(super) fn settle(moment: &mut Option<crate::wire::Time>, at: crate::wire::Time) {
    if *moment == Some(crate::wire::Time::STAMP) {
        *moment = Some(at);
    }
}

/// For `skip_serializing_if`: leave defaults out.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Reads a record; one that cannot be read is a fault of ours, named by its key.
pub(super) fn parse<T: serde::de::DeserializeOwned>(key: &str, json: &[u8]) -> crate::error::Result<T> {
    serde_json::from_slice(json)
        .map_err(|error| crate::error::ApiError::internal(anyhow::anyhow!("record {key}: {error}")))
}
