//! How a connection is asked for, and its first frame (`realtime.md` 1).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::wire::devices::CreateDeviceRequest;
use crate::wire::users::{OwnUserResponse, UserRequest};
use crate::wire::{Time, lenient};

/// First frame of a connection (with `me`), answer to each ping (without).
///
/// A `me` that comes again replaces the whole own user of the client: it is complete or absent.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HealthCheck {
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: &'static str,
    pub connection_id: String,
    #[schema(value_type = String)]
    cid: &'static str,
    pub created_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me: Option<Box<OwnUserResponse>>,
}

impl HealthCheck {
    /// A frame without `me`.
    pub fn new(connection_id: String, created_at: Time) -> Self {
        HealthCheck { kind: "health.check", connection_id, cid: "*", created_at, me: None }
    }
}

/// The only frame of a connection that is refused, and the last one of a connection that must end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectionError<Body> {
    #[serde(rename = "type")]
    kind: &'static str,
    connection_id: &'static str,
    pub created_at: Time,
    /// Stream's error body.
    pub error: Body,
}

impl<Body> ConnectionError<Body> {
    pub fn new(created_at: Time, error: Body) -> Self {
        ConnectionError { kind: "connection.error", connection_id: "", created_at, error }
    }
}

/// Query of `GET /connect`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConnectParams {
    /// JSON text of the connect request: `user_id`, `user_details`, `device`.
    #[serde(default, deserialize_with = "lenient::text")]
    #[param(required)]
    pub json: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    #[param(required)]
    pub api_key: Option<String>,
    /// The token, without `Bearer`; empty or `undefined` for anonymous users.
    #[serde(default, deserialize_with = "lenient::text")]
    pub authorization: Option<String>,
    /// `jwt` or `anonymous`.
    #[serde(rename = "stream-auth-type", default, deserialize_with = "lenient::text")]
    pub stream_auth_type: Option<String>,
    #[serde(rename = "X-Stream-Client", default, deserialize_with = "lenient::text")]
    pub x_stream_client: Option<String>,
}

/// `json` of `GET /connect`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct ConnectRequest {
    pub user_id: Option<String>,
    /// Merged into the stored user.
    #[schema(required)]
    pub user_details: Option<UserRequest>,
    /// A device of the user, as by `POST /devices`.
    pub device: Option<CreateDeviceRequest>,
    pub client_request_id: Option<String>,
    pub server_determines_connection_id: Option<bool>,
}

/// Query of `GET /longpoll`: with `json` it opens a connection, with `connection_id` it waits for events.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LongPollParams {
    /// JSON text of the connect request, as on `GET /connect`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub json: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub connection_id: Option<String>,
    /// Ends the connection.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub close: Option<bool>,
}

/// The first frame of the connection that was opened, or what it heard since the last poll; and `duration`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct LongPollResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HealthCheck>)]
    pub event: Option<Box<RawValue>>,
    /// Events, and `health.check` where there were none for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Value>>)]
    pub events: Option<Box<RawValue>>,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_string, to_value};

    use super::*;

    #[test]
    fn the_first_frame_and_the_refusal() {
        let mut frame = HealthCheck::new("8b1f".into(), Time(0));
        let text =
            r#"{"type":"health.check","connection_id":"8b1f","cid":"*","created_at":"1970-01-01T00:00:00.000000Z"}"#;
        assert_eq!(to_string(&frame).unwrap(), text);
        frame.me = Some(Box::default());
        assert_eq!(to_value(frame).unwrap()["me"]["mutes"], json!([]));
        let text =
            r#"{"type":"connection.error","connection_id":"","created_at":"1970-01-01T00:00:00.000000Z","error":43}"#;
        assert_eq!(to_string(&ConnectionError::new(Time(0), 43)).unwrap(), text);
    }

    #[test]
    fn connecting_tolerates_what_is_not_known() {
        let json = json!({"user_id": "ada", "user_details": {"id": "ada", "name": "Ada", "anon": true}, "device": null, "new": [1]});
        let request: ConnectRequest = from_value(json).unwrap();
        assert_eq!(request.user_details.unwrap().name.as_deref(), Some("Ada"));
        assert_eq!(from_value::<ConnectRequest>(json!({"user_id": "ada"})).unwrap().user_details, None);
        let params: ConnectParams =
            from_value(json!({"authorization": "undefined", "stream-auth-type": "anonymous"})).unwrap();
        assert_eq!((params.authorization, params.stream_auth_type.as_deref()), (None, Some("anonymous")));
    }
}
