//! Members: a user's place in a channel (`objects.md` 5).

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::wire::users::{UserRequest, UserResponse};
use crate::wire::{Custom, Time, lenient};

/// A member of a channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ChannelMemberResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "crate::wire::written::perhaps_within")]
    #[schema(value_type = Option<UserResponse>)]
    pub user: Option<Arc<UserResponse>>,
    /// `member`, `pending` or `rejected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub status: Option<Cow<'static, str>>,
    pub created_at: Time,
    pub updated_at: Time,
    pub banned: bool,
    /// Never true for the banned user.
    pub shadow_banned: bool,
    /// `owner`, `admin`, `moderator` or `member`: an older word than `channel_role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub role: Option<Cow<'static, str>>,
    pub channel_role: String,
    /// Absent when false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_moderator: Option<bool>,
    pub notifications_muted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ban_expires: Option<Time>,
    /// Ids of messages deleted for this member only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_messages: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite_accepted_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite_rejected_at: Option<Time>,
    /// Stays true after acceptance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invited: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Time>,
    #[serde(flatten)]
    pub custom: Custom,
}

/// The sender's membership, on a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct MemberBriefResponse {
    pub channel_role: String,
    pub notifications_muted: bool,
}

/// A member in a request: an id, or an object with `user_id` (or `user.id`), `channel_role` and custom data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberRequest {
    pub user_id: String,
    pub channel_role: Option<String>,
    pub custom: Custom,
}

impl MemberRequest {
    /// Built-in names that a request may carry without effect: clients echo members that they were given.
    pub const IGNORED: &'static [&'static str] = &[
        "archived_at",
        "ban_expires",
        "ban_from_future_channels",
        "banned",
        "created_at",
        "deleted_at",
        "deleted_messages",
        "future_channel_ban_expires",
        "invite_accepted_at",
        "invite_rejected_at",
        "invited",
        "is_moderator",
        "notifications_muted",
        "pinned_at",
        "role",
        "shadow_banned",
        "status",
        "updated_at",
        "user",
    ];
    /// Built-in names that a request may not carry: none.
    pub const REFUSED: &'static [&'static str] = &[];
}

impl<'de> Deserialize<'de> for MemberRequest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut object = match Value::deserialize(from)? {
            Value::String(user_id) => return Ok(MemberRequest { user_id, ..Default::default() }),
            Value::Object(object) => object,
            _ => return Err(de::Error::custom("a member is a user id or an object with user_id")),
        };
        let user_id = lenient::take_id(&mut object).ok_or_else(|| de::Error::missing_field("user_id"))?;
        let channel_role = match object.remove("channel_role") {
            None | Some(Value::Null) => None,
            Some(Value::String(role)) => Some(role),
            Some(_) => return Err(de::Error::custom("channel_role is a text")),
        };
        Ok(MemberRequest { user_id, channel_role, custom: Custom(object) })
    }
}

impl PartialSchema for MemberRequest {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let object = ObjectBuilder::new()
            .property("user_id", text())
            .property("channel_role", text())
            .required("user_id")
            .additional_properties(Some(AdditionalProperties::FreeForm(true)));
        OneOfBuilder::new()
            .description(Some("A user id, or a user id with a channel role and custom data."))
            .item(text())
            .item(object)
            .into()
    }
}

impl ToSchema for MemberRequest {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("MemberRequest")
    }
}

/// `payload` of `GET /members`. A distinct channel may be named by its members instead of its id.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct QueryMembersRequest {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: Option<String>,
    pub members: Option<Vec<MemberRequest>>,
    pub filter_conditions: Option<Value>,
    pub sort: Option<Value>,
    pub limit: Option<i64>,
    pub offset: Option<i64>,
    pub user_id_lt: Option<String>,
    pub user_id_lte: Option<String>,
    pub user_id_gt: Option<String>,
    pub user_id_gte: Option<String>,
    pub created_at_before: Option<Time>,
    pub created_at_before_or_equal: Option<Time>,
    pub created_at_after: Option<Time>,
    pub created_at_after_or_equal: Option<Time>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The members found, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct QueryMembersResponse {
    pub members: Vec<ChannelMemberResponse>,
}

/// Body of a partial member update: `pinned`, `archived` (bools), `channel_role` and custom keys, dotted paths allowed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
pub struct UpdateMemberPartialRequest {
    pub set: Option<Map<String, Value>>,
    pub unset: Option<Vec<String>>,
    pub user: Option<UserRequest>,
    pub user_id: Option<String>,
}

/// The changed member, and `duration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct UpdateMemberPartialResponse {
    pub channel_member: ChannelMemberResponse,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_member_is_an_id_or_an_object() {
        for member in [
            json!("ana"),
            json!({"user_id": "ana"}),
            json!({"user": {"id": "ana", "name": "Ana"}}),
            json!({"user_id": "ana", "channel_role": null}),
        ] {
            let expected = MemberRequest { user_id: "ana".into(), ..Default::default() };
            assert_eq!(from_value::<MemberRequest>(member.clone()).unwrap(), expected, "{member}");
        }
    }

    #[test]
    fn further_keys_of_a_member_are_custom_data() {
        let member: MemberRequest =
            from_value(json!({"user_id": "ana", "channel_role": "channel_moderator", "colour": "teal"})).unwrap();
        assert_eq!(member.channel_role.as_deref(), Some("channel_moderator"));
        assert_eq!(Value::from(member.custom.0), json!({"colour": "teal"}));
    }

    #[test]
    fn what_names_nobody_is_no_member() {
        for junk in [
            json!(7),
            json!(null),
            json!({}),
            json!({"user": {}}),
            json!({"user_id": 7}),
            json!({"user_id": "ana", "channel_role": 7}),
        ] {
            assert!(from_value::<MemberRequest>(junk.clone()).is_err(), "{junk}");
        }
    }
}
