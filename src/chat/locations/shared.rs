//! What may be shared, and how it is shown.

use serde_json::Value;

use super::list;
use crate::access::Action;
use crate::chat::{Ctx, Granted};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::{Location, Message};
use crate::wire::Time;
use crate::wire::locations::{SharedLocationRequest, SharedLocationResponse};

/// The location that a message is to share, if the channel knows locations and the caller may share them.
pub(crate) fn asked(granted: &Granted, location: &Value, now: Time) -> Result<Location> {
    if !granted.kind.config.shared_locations {
        return Err(ApiError::new(Code::FeatureNotSupported, "shared locations are not enabled for this channel"));
    }
    granted.right.require(Action::ShareLocation)?;
    let request: SharedLocationRequest = serde_path_to_error::deserialize(location).map_err(|error| {
        let path = format!("message.shared_location.{}", error.path());
        ApiError::field(path.clone(), format!("{path}: {}", error.inner()))
    })?;
    let required = |name: &str| ApiError::required(&format!("message.shared_location.{name}"));
    let device = request.created_by_device_id.ok_or_else(|| required("created_by_device_id"))?;
    check_device("message.shared_location", &device)?;
    if request.end_at.is_some_and(|end_at| end_at <= now) {
        let path = "message.shared_location.end_at";
        return Err(ApiError::field(path, format!("{path} must lie in the future")));
    }
    Ok(Location {
        latitude: latitude("message.shared_location.", request.latitude.ok_or_else(|| required("latitude"))?)?,
        longitude: longitude("message.shared_location.", request.longitude.ok_or_else(|| required("longitude"))?)?,
        device,
        end_at: request.end_at,
        updated_at: None,
    })
}

pub(super) fn check_device(path: &str, device: &str) -> Result<()> {
    if device.is_empty() || device.chars().count() > limits::DEVICE_ID_CHARS {
        let path = format!("{path}.created_by_device_id");
        let message = format!("{path} must be 1 to {} characters", limits::DEVICE_ID_CHARS);
        return Err(ApiError::field(path, message));
    }
    Ok(())
}

pub(super) fn latitude(path: &str, value: f64) -> Result<f64> {
    coordinate(format!("{path}latitude"), value, 90.0)
}

pub(super) fn longitude(path: &str, value: f64) -> Result<f64> {
    coordinate(format!("{path}longitude"), value, 180.0)
}

pub(super) fn coordinate(path: String, value: f64, most: f64) -> Result<f64> {
    // What is no number is in no range.
    if (-most..=most).contains(&value) {
        return Ok(value);
    }
    Err(ApiError::field(path.clone(), format!("{path} must be a number from -{most} to {most}")))
}

/// Refuses one more live location than a person may share at a time.
pub(crate) async fn check_room(ctx: &Ctx) -> Result<()> {
    let active = list::active(ctx).await?.len();
    if active >= limits::LIVE_LOCATIONS {
        let message = format!("a user may share at most {} live locations at a time", limits::LIVE_LOCATIONS);
        return Err(ApiError::field("message.shared_location", message));
    }
    Ok(())
}

/// The location of a message, as everybody sees it.
pub(crate) fn shown(message: &Message) -> Option<SharedLocationResponse> {
    let location = message.location.as_deref()?;
    Some(SharedLocationResponse {
        channel_cid: message.cid.clone(),
        created_at: message.created_at(),
        created_by_device_id: location.device.clone(),
        end_at: location.end_at,
        latitude: location.latitude,
        longitude: location.longitude,
        message_id: message.id.clone(),
        updated_at: location.updated_at.unwrap_or(message.created_at()),
        user_id: message.user_id.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_a_place_and_what_is_no_number_is_none() {
        for value in [0.0, -0.0, 90.0, -90.0] {
            assert!(latitude("", value).is_ok(), "{value}");
        }
        for value in [90.000_001, -90.000_001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(latitude("", value).is_err(), "{value}");
        }
        assert!(longitude("", 180.0).is_ok() && longitude("", -180.0).is_ok() && longitude("", 180.000_001).is_err());
    }
}
