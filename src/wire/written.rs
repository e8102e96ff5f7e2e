//! What is part of many answers is written once, and its JSON kept beside it.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::Memo;

/// The JSON of the value that has it, once it was asked for.
pub type Json = Memo<Option<Box<RawValue>>>;

/// A value that keeps its own JSON.
pub trait Written: Serialize + Sized {
    fn json(&self) -> &Json;

    /// Writes the value now, so that whatever it is part of takes the JSON as it is.
    fn write(self) -> Self {
        self.json().get_or_init(|| to_raw_value(&self).ok());
        self
    }
}

/// A value within something else: as written, if it was.
pub(super) fn within<T: Written, S: Serializer>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value.json().get() {
        Some(Some(json)) => json.serialize(serializer),
        _ => value.serialize(serializer),
    }
}

/// The same, where there may be none.
pub(super) fn perhaps_within<T: Written, S: Serializer>(
    value: &Option<Arc<T>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => within(value, serializer),
        None => serializer.serialize_none(),
    }
}
