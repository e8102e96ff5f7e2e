//! Weir's own accounts: what the web app sends and reads. Errors have Stream's envelope like all others.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::lenient;
use super::users::UserResponse;

/// A password on its way in: it never shows in logs.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(format = Password)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Body of `POST /weir/v1/register`. What is missing arrives empty, so that every field is judged and named at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct RegisterRequest {
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[schema(required)]
    pub name: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[schema(required)]
    pub email: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[schema(required)]
    pub password: Password,
}

/// Body of `POST /weir/v1/sign-in`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct SignInRequest {
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[schema(required)]
    pub email: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[schema(required)]
    pub password: Password,
}

/// Body of `PATCH /weir/v1/me`; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct UpdateMeRequest {
    pub name: Option<String>,
    /// URL; empty takes the image away.
    pub image: Option<String>,
    pub email: Option<String>,
    /// Only with `current_password`.
    pub password: Option<Password>,
    pub current_password: Option<Password>,
}

/// All that a web app needs to start its chat client, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct SessionResponse {
    #[schema(value_type = UserResponse)]
    pub user: Arc<UserResponse>,
    pub email: String,
    pub api_key: String,
    /// A user token, valid for 24 hours; each call gives a fresh one.
    pub token: String,
}

/// What anybody may know about this server, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct InfoResponse {
    pub name: String,
    pub version: String,
    /// Whether anybody has registered yet.
    pub accounts: bool,
    /// With what browsers subscribe to push notifications (`applicationServerKey`, in base64url), if they are pushed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_key: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn what_is_missing_or_null_arrives_empty() {
        let request: RegisterRequest = from_value(json!({"name": null, "password": "a long secret"})).unwrap();
        assert_eq!((request.name.as_str(), request.email.as_str()), ("", ""));
        assert_eq!(request.password.0, "a long secret");
    }

    #[test]
    fn a_password_is_not_shown() {
        let request: SignInRequest = from_value(json!({"email": "a@b", "password": "a long secret"})).unwrap();
        assert!(!format!("{request:?}").contains("secret"));
    }
}
