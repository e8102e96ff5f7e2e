//! Where a message was written: its own `lat` and `long`, in degrees, and `accuracy` beside them, in metres.

use serde_json::{Map, Value};

use super::shared::coordinate;
use crate::error::{ApiError, Result};

/// Refuses a place that is none. A message without `lat` and `long` says nothing of a place, whatever else it says.
pub(crate) fn check(custom: &Map<String, Value>) -> Result<()> {
    let (lat, long) = (custom.get("lat"), custom.get("long"));
    if lat.is_none() && long.is_none() {
        return Ok(());
    }
    for (name, value, most) in [("lat", lat, 90.0), ("long", long, 180.0)] {
        let path = format!("message.{name}");
        let value = value.ok_or_else(|| {
            let message = format!("{path} is a required field: message.lat and message.long come together");
            ApiError::field(path.clone(), message)
        })?;
        // What JSON has instead of a number that is none is null, which is no place either.
        coordinate(path, value.as_f64().unwrap_or(f64::NAN), most)?;
    }
    let is_length = |value: &Value| value.as_f64().is_some_and(|metres| metres >= 0.0);
    match custom.get("accuracy") {
        Some(accuracy) if !is_length(accuracy) => {
            let message = "message.accuracy must be a number of metres, 0 or more";
            Err(ApiError::field("message.accuracy", message))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_numbers_within_bounds() {
        for (custom, fault) in [
            (json!({}), None),
            (json!({"lat": 0, "long": 0}), None),
            (json!({"lat": -90, "long": 180.0, "accuracy": 0}), None),
            (json!({"accuracy": "high"}), None),
            (json!({"lat": 0}), Some("message.long")),
            (json!({"long": 0}), Some("message.lat")),
            (json!({"lat": 90.000_001, "long": 0}), Some("message.lat")),
            (json!({"lat": 0, "long": -180.000_001}), Some("message.long")),
            (json!({"lat": null, "long": null}), Some("message.lat")),
            (json!({"lat": "50", "long": 7}), Some("message.lat")),
            (json!({"lat": 1, "long": 1, "accuracy": -1}), Some("message.accuracy")),
            (json!({"lat": 1, "long": 1, "accuracy": null}), Some("message.accuracy")),
        ] {
            let found = check(custom.as_object().expect("is an object"));
            let field = found.err().and_then(|error| error.exception_fields.into_keys().next());
            assert_eq!(field.as_deref(), fault, "{custom}");
        }
    }
}
