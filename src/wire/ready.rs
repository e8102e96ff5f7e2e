//! [`Ready`]: what goes out more than once is written once.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::users::UserResponse;

/// A value on its way out, or the JSON that was made of it.
#[derive(Clone, Debug)]
pub enum Ready<T> {
    Value(Arc<T>),
    Json(Arc<RawValue>),
}

impl<T: Serialize> Ready<T> {
    /// The value's JSON.
    pub fn written(value: &T) -> serde_json::Result<Self> {
        Ok(Ready::Json(to_raw_value(value)?.into()))
    }
}

impl<T> From<Arc<T>> for Ready<T> {
    fn from(value: Arc<T>) -> Self {
        Ready::Value(value)
    }
}

impl<T: Serialize> Serialize for Ready<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Ready::Value(value) => value.serialize(serializer),
            Ready::Json(json) => json.serialize(serializer),
        }
    }
}

/// A message's JSON as everybody sees it, with what it was made of: it holds as long as all of that is still the same.
#[derive(Clone, Debug)]
pub struct WrittenMessage {
    /// Everybody whom it names.
    pub people: Vec<Arc<UserResponse>>,
    /// Of its sender's membership.
    pub channel_role: Option<String>,
    pub json: Arc<RawValue>,
}

/// A place for a result that may have to be made again. A copy of the value that has it begins without; values that differ in
/// nothing else are equal.
pub struct Slot<T>(Mutex<Option<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(Mutex::new(None))
    }
}

impl<T: Clone> Slot<T> {
    /// The result, if `holds` says so of it.
    pub fn get(&self, holds: impl FnOnce(&T) -> bool) -> Option<T> {
        // A panic while the lock was held left the result itself whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().filter(|value| holds(value)).cloned()
    }

    pub fn set(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Slot(Mutex::new(None))
    }
}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> std::fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slot(..)")
    }
}
