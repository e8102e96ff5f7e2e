//! Partial updates: `set` and `unset` of keys, which may be dotted paths into objects.

use serde_json::{Map, Value};

use crate::error::{ApiError, Result};

/// Sets and removes keys. A dotted path reaches into objects and makes those that are missing; removing what is not there
/// changes nothing.
pub(crate) fn apply(object: &mut Map<String, Value>, set: &Map<String, Value>, unset: &[String]) -> Result<()> {
    for (path, value) in set {
        put(object, path, path, value)?;
    }
    for path in unset {
        remove(object, path);
    }
    Ok(())
}

/// The keys of the object itself that an update touches.
pub(crate) fn keys<'a>(set: &'a Map<String, Value>, unset: &'a [String]) -> impl Iterator<Item = &'a str> {
    set.keys().chain(unset).map(|path| path.split_once('.').map_or(path.as_str(), |(key, _)| key))
}

fn put(object: &mut Map<String, Value>, whole: &str, path: &str, value: &Value) -> Result<()> {
    let Some((key, rest)) = path.split_once('.') else {
        if path.is_empty() {
            return Err(ApiError::field(format!("set.{whole}"), format!("set.{whole}: a key must not be empty")));
        }
        object.insert(path.to_owned(), value.clone());
        return Ok(());
    };
    match object.entry(key.to_owned()).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => put(inner, whole, rest, value),
        _ => Err(ApiError::field(format!("set.{whole}"), format!("set.{whole}: {key} is not an object"))),
    }
}

fn remove(object: &mut Map<String, Value>, path: &str) {
    match path.split_once('.') {
        None => {
            object.shift_remove(path);
        }
        Some((key, rest)) => {
            if let Some(Value::Object(inner)) = object.get_mut(key) {
                remove(inner, rest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(object: Value, set: Value, unset: &[&str]) -> Result<Value> {
        let mut object = object.as_object().unwrap().clone();
        let unset: Vec<String> = unset.iter().map(|path| (*path).to_owned()).collect();
        apply(&mut object, set.as_object().unwrap(), &unset)?;
        Ok(Value::Object(object))
    }

    #[test]
    fn paths_reach_into_objects() {
        let place = json!({"place": {"city": "Bonn", "floor": 2}, "colour": "teal"});
        let changed =
            applied(place, json!({"place.city": "Trier", "a.b.c": 1}), &["place.floor", "no.such", "colour"]).unwrap();
        assert_eq!(changed, json!({"place": {"city": "Trier"}, "a": {"b": {"c": 1}}}));
    }

    #[test]
    fn paths_through_other_values_are_refused() {
        assert!(applied(json!({"a": 1}), json!({"a.b": 2}), &[]).is_err());
        assert!(applied(json!({}), json!({"a.": 2}), &[]).is_err());
        assert!(applied(json!({}), json!({"": 2}), &[]).is_err());
    }
}
