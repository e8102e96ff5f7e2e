//! Partial updates: the user as a JSON object, changed by paths, and read again.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{apply, check_details};
use crate::chat::partial;
use crate::error::{ApiError, Result};
use crate::store::User;
use crate::wire::Time;
use crate::wire::users::{UpdateUserPartialRequest, UserRequest};

const REVOKE: &str = "revoke_tokens_issued_before";
const PRIVACY: &str = "privacy_settings";

/// The record after the change. Built-in fields that nobody sets are passed over, as in other requests.
pub(super) fn applied(known: &User, change: &UpdateUserPartialRequest) -> Result<User> {
    let (mut set, mut unset) = (Map::new(), Vec::new());
    for (path, value) in change.set.iter().flatten() {
        check_path("set", path)?;
        match value {
            _ if is_passed_over(path) => {}
            // Merged part by part: a part that is not named stays.
            Value::Object(parts) if path == PRIVACY => {
                set.extend(parts.iter().map(|(part, value)| (format!("{PRIVACY}.{part}"), value.clone())));
            }
            _ => {
                set.insert(path.clone(), value.clone());
            }
        }
    }
    for path in change.unset.iter().flatten() {
        check_path("unset", path)?;
        if !is_passed_over(path) {
            unset.push(path.clone());
        }
    }
    let mut object = object(known);
    partial::apply(&mut object, &set, &unset)?;
    read(known, object)
}

fn is_passed_over(path: &str) -> bool {
    let key = path.split_once('.').map_or(path, |(key, _)| key);
    key == "id" || (key != REVOKE && UserRequest::IGNORED.contains(&key))
}

fn check_path(list: &str, path: &str) -> Result<()> {
    if path.split('.').all(|part| !part.is_empty() && !part.contains(char::is_whitespace)) {
        return Ok(());
    }
    Err(ApiError::field(format!("{list}.{path}"), format!("{list}: \"{path}\" is not a valid key")))
}

/// Everything that can be changed. What the record lacks is not there, so that setting a path into it makes it.
fn object(user: &User) -> Map<String, Value> {
    let mut object = user.custom.clone();
    let texts = [("name", &user.name), ("image", &user.image)];
    object.extend(texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text.clone()?)))));
    let privacy: Map<String, Value> =
        user.privacy.iter().map(|(part, enabled)| (part.clone(), json!({ "enabled": enabled }))).collect();
    for (key, value) in [
        ("language", Value::from(user.language.as_str())),
        ("role", user.role.as_str().into()),
        ("teams", user.teams.clone().into()),
        ("teams_role", json!(user.teams_role)),
        ("invisible", user.invisible.into()),
        (PRIVACY, privacy.into()),
        (REVOKE, json!(user.revoke_tokens_issued_before)),
    ] {
        object.insert(key.to_owned(), value);
    }
    object
}

/// The record that the object describes; what is not there is unset. A role cannot be: it stays.
fn read(known: &User, mut object: Map<String, Value>) -> Result<User> {
    let since =
        match object.remove(REVOKE) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let since = value.as_str().and_then(Time::parse);
                Some(since.ok_or_else(|| {
                    ApiError::field(format!("set.{REVOKE}"), format!("{REVOKE} must be a time or null"))
                })?)
            }
        };
    object.insert("id".to_owned(), known.id.as_str().into());
    let details: UserRequest = serde_path_to_error::deserialize(Value::Object(object)).map_err(|error| {
        let path = format!("set.{}", error.path());
        ApiError::field(path.clone(), format!("{path}: {}", error.into_inner()))
    })?;
    check_details(&details)?;
    let mut record = User {
        name: None,
        image: None,
        language: String::new(),
        teams: Vec::new(),
        teams_role: BTreeMap::new(),
        invisible: false,
        privacy: BTreeMap::new(),
        revoke_tokens_issued_before: since,
        custom: Map::new(),
        ..known.clone()
    };
    apply(&mut record, &details, true);
    Ok(record)
}

#[cfg(test)]
mod tests {
    use serde_json::from_value;

    use super::*;

    fn ana() -> User {
        let custom = json!({"colour": "teal", "badge": {"level": 1, "name": "cook"}}).as_object().unwrap().clone();
        User { name: Some("Ana".into()), custom, ..User::new("ana", "user") }
    }

    fn changed(set: Value, unset: Value) -> Result<User> {
        applied(&ana(), &from_value(json!({"id": "ana", "set": set, "unset": unset})).unwrap())
    }

    #[test]
    fn custom_and_built_in_keys() {
        let user = changed(
            json!({"badge.level": 2, "age": 40, "language": "de", "online": true}),
            json!(["colour", "badge.name", "name"]),
        )
        .unwrap();
        assert_eq!(Value::from(user.custom), json!({"badge": {"level": 2}, "age": 40}));
        assert_eq!((user.name, user.language.as_str(), user.role.as_str()), (None, "de", "user"));
    }

    #[test]
    fn privacy_is_merged_and_dates_are_read() {
        let known = User { privacy: BTreeMap::from([("typing_indicators".to_owned(), false)]), ..ana() };
        let set = json!({"privacy_settings": {"read_receipts": {"enabled": false}}, "revoke_tokens_issued_before": "2031-01-02T03:04:05Z"});
        let user = applied(&known, &from_value(json!({"id": "ana", "set": set})).unwrap()).unwrap();
        assert!(!user.shares("typing_indicators") && !user.shares("read_receipts") && user.shares("delivery_receipts"));
        assert_eq!(user.revoke_tokens_issued_before, Time::parse("2031-01-02T03:04:05Z"));
        let user =
            applied(&user, &from_value(json!({"id": "ana", "set": {"revoke_tokens_issued_before": null}})).unwrap())
                .unwrap();
        assert_eq!(user.revoke_tokens_issued_before, None);
    }

    #[test]
    fn an_empty_change_changes_nothing() {
        assert_eq!(changed(json!({}), json!([])).unwrap(), ana());
    }

    #[test]
    fn bad_keys_and_values_are_refused() {
        for set in [
            json!({"a..b": 1}),
            json!({".a": 1}),
            json!({"a.": 1}),
            json!({"a b": 1}),
            json!({"": 1}),
            json!({"name": 7}),
            json!({"teams": "x"}),
        ] {
            assert!(changed(set.clone(), json!([])).is_err(), "{set}");
        }
        assert!(changed(json!({"revoke_tokens_issued_before": "soon"}), json!([])).is_err());
        assert!(changed(json!({}), json!(["a..b"])).is_err());
    }
}
