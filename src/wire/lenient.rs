//! Reading what clients really send: query text in JSON's clothes, ids where objects stand and objects where ids do.
//!
//! Every function here is for `deserialize_with` on an optional field; `null` is the same as absent (`rest.md` 2.2, 3).

use std::fmt::Display;

use serde::de::{Deserialize, Deserializer, Error, Unexpected};
use serde_json::{Map, Value};

use super::Time;

/// `null` is the default.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A value that is there, be it `null`.
pub(super) fn set<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// A bool, or the text of one.
pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    match scalar(from)? {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(flag)),
        Some(Value::String(text)) => match text.as_str() {
            "true" | "True" | "1" => Ok(Some(true)),
            "false" | "False" | "0" => Ok(Some(false)),
            _ => Err(wrong(&text, "true or false")),
        },
        Some(other) => Err(wrong(&other, "true or false")),
    }
}

/// A whole number, or the text of one.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let Some(value) = scalar(from)? else { return Ok(None) };
    let number = match &value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    number.map(Some).ok_or_else(|| wrong(&value, "a whole number"))
}

/// A time. JS writes a date in a query as JSON, with its quotes.
pub(super) fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Time>, D::Error> {
    let Some(value) = scalar(from)? else { return Ok(None) };
    let time = value.as_str().and_then(|text| Time::parse(text.trim_matches('"')));
    time.map(Some).ok_or_else(|| wrong(&value, "a time such as 2031-04-05T06:07:08Z"))
}

/// Text of the query; the word `null` is how JS writes an absent value there.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match scalar(from)? {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong(&other, "a text")),
    }
}

/// JSON, or a text of the query that holds JSON.
pub(super) fn json<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    match scalar(from)? {
        Some(Value::String(text)) => serde_json::from_str(&text).map(Some).map_err(|_| wrong(&text, "JSON")),
        other => Ok(other),
    }
}

/// A list of ids; an item may also be an object that names its id.
pub(super) fn ids<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    let Some(items) = Option::<Vec<Value>>::deserialize(from)? else { return Ok(None) };
    items.into_iter().map(id).collect::<Option<_>>().map(Some).ok_or_else(|| D::Error::custom("expected a list of ids"))
}

/// The id in `"ana"`, `{"user_id": "ana"}`, `{"id": "ana"}` or `{"user": {"id": "ana"}}`.
fn id(item: Value) -> Option<String> {
    match item {
        Value::String(id) => Some(id),
        Value::Object(mut object) => take_id(&mut object).or_else(|| match object.remove("id")? {
            Value::String(id) => Some(id),
            _ => None,
        }),
        _ => None,
    }
}

/// Takes the id of a person out of `user_id` or `user.id`.
pub(super) fn take_id(object: &mut Map<String, Value>) -> Option<String> {
    let user = object.remove("user");
    match object.remove("user_id") {
        Some(Value::String(id)) => Some(id),
        _ => Some(user?.get("id")?.as_str()?.to_owned()),
    }
}

fn scalar<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    let value = Option::<Value>::deserialize(from)?;
    Ok(value.filter(|value| !matches!(value.as_str(), Some("" | "null" | "undefined"))))
}

fn wrong<E: Error>(found: &impl Display, expected: &str) -> E {
    E::invalid_value(Unexpected::Other(&found.to_string()), &expected)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::Deserialize;
    use serde_json::{from_value, json, to_value};
    use utoipa::PartialSchema;

    use super::*;
    use crate::wire::channels::{ChannelDataRequest, ChannelMemberResponse, ChannelResponse, MemberRequest};
    use crate::wire::messages::{MessageRequest, MessageResponse, ReactionRequest, ReactionResponse};
    use crate::wire::polls::{PollOptionRequest, PollOptionResponse, PollRequest, PollResponse};
    use crate::wire::users::{FullUserResponse, OwnUserResponse, UserRequest, UserResponse};

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Query {
        #[serde(deserialize_with = "flag")]
        watch: Option<bool>,
        #[serde(deserialize_with = "number")]
        limit: Option<i64>,
        #[serde(deserialize_with = "moment")]
        after: Option<Time>,
        #[serde(deserialize_with = "text")]
        user_id: Option<String>,
        #[serde(deserialize_with = "super::json")]
        sort: Option<Value>,
        #[serde(deserialize_with = "ids")]
        members: Option<Vec<String>>,
    }

    #[test]
    fn the_text_of_a_query_and_the_json_of_a_payload_read_alike() {
        let text = json!({"watch": "true", "limit": "25", "after": "\"1970-01-01T00:00:00Z\"", "user_id": "ana", "sort": "[{\"field\":\"a\"}]"});
        let json = json!({"watch": true, "limit": 25, "after": "1970-01-01T00:00:00Z", "user_id": "ana", "sort": [{"field": "a"}]});
        let read: Query = from_value(text).unwrap();
        assert_eq!(read.limit, Some(25));
        assert_eq!(read, from_value(json).unwrap());
    }

    #[test]
    fn null_in_every_spelling_is_absent() {
        let nulls = json!({"watch": "null", "limit": null, "after": "null", "user_id": "undefined", "sort": null, "members": null});
        assert_eq!(from_value::<Query>(nulls).unwrap(), Query::default());
        assert_eq!(from_value::<Query>(json!({})).unwrap(), Query::default());
    }

    #[test]
    fn junk_is_refused() {
        for junk in [
            json!({"watch": "maybe"}),
            json!({"limit": "ten"}),
            json!({"limit": 1.5}),
            json!({"after": "Tuesday"}),
            json!({"user_id": {}}),
            json!({"sort": "{"}),
            json!({"members": [7]}),
            json!({"members": [{}]}),
            json!({"members": "ana"}),
        ] {
            assert!(from_value::<Query>(junk.clone()).is_err(), "{junk}");
        }
    }

    #[test]
    fn ids_stand_in_texts_and_objects() {
        let members = json!({"members": ["ana", {"user_id": "bob"}, {"user": {"id": "cleo"}}, {"id": "dora"}]});
        assert_eq!(from_value::<Query>(members).unwrap().members.unwrap(), ["ana", "bob", "cleo", "dora"]);
    }

    /// Names of the built-in keys, as the schema lists them.
    fn names<T: PartialSchema>() -> BTreeSet<String> {
        fn collect(schema: &Value, names: &mut BTreeSet<String>) {
            let properties = schema["properties"].as_object().into_iter().flat_map(Map::keys).cloned();
            names.extend(properties);
            schema["allOf"].as_array().into_iter().flatten().for_each(|part| collect(part, names));
        }
        let mut names = BTreeSet::new();
        collect(&to_value(T::schema()).unwrap(), &mut names);
        assert!(!names.is_empty());
        names
    }

    /// Of the names in answers, those that a request neither takes nor ignores nor refuses: they would become custom data.
    fn leaks<Answer: PartialSchema, Request: PartialSchema>(ignored: &[&str], refused: &[&str]) -> Vec<String> {
        let taken = names::<Request>();
        for name in ignored.iter().chain(refused) {
            assert!(!taken.contains(*name), "{name} is taken");
        }
        assert!(ignored.is_sorted() && refused.is_sorted());
        let known = |name: &String| {
            taken.contains(name) || ignored.contains(&name.as_str()) || refused.contains(&name.as_str())
        };
        names::<Answer>().into_iter().filter(|name| !known(name)).collect()
    }

    #[test]
    fn what_clients_echo_never_becomes_custom_data() {
        let none = Vec::<String>::new();
        assert_eq!(leaks::<UserResponse, UserRequest>(UserRequest::IGNORED, UserRequest::REFUSED), none);
        assert_eq!(leaks::<FullUserResponse, UserRequest>(UserRequest::IGNORED, UserRequest::REFUSED), none);
        assert_eq!(leaks::<OwnUserResponse, UserRequest>(UserRequest::IGNORED, UserRequest::REFUSED), none);
        assert_eq!(
            leaks::<ChannelResponse, ChannelDataRequest>(ChannelDataRequest::IGNORED, ChannelDataRequest::REFUSED),
            none
        );
        assert_eq!(leaks::<MessageResponse, MessageRequest>(MessageRequest::IGNORED, MessageRequest::REFUSED), none);
        assert_eq!(
            leaks::<ReactionResponse, ReactionRequest>(ReactionRequest::IGNORED, ReactionRequest::REFUSED),
            none
        );
        assert_eq!(leaks::<PollResponse, PollRequest>(PollRequest::IGNORED, PollRequest::REFUSED), none);
        let (ignored, refused) = (PollOptionRequest::IGNORED, PollOptionRequest::REFUSED);
        assert_eq!(leaks::<PollOptionResponse, PollOptionRequest>(ignored, refused), none);
        let members = names::<ChannelMemberResponse>().into_iter().filter(|name| {
            !["user_id", "channel_role"].contains(&name.as_str()) && !MemberRequest::IGNORED.contains(&name.as_str())
        });
        assert_eq!(members.collect::<Vec<_>>(), none);
    }
}
