//! What the index knows of a message, and what an entry of the log changes about it.

use serde::Deserialize;

use crate::query::Place;
use crate::store::{ALL_MESSAGES, Effect, Entry, GEOLOCATION, Message};
use crate::wire::Time;

/// A message as it is indexed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    pub id: String,
    pub cid: String,
    pub user_id: String,
    pub text: String,
    pub parent_id: Option<String>,
    pub mentioned: Vec<String>,
    /// Types of the attachments, empty ones too.
    pub attachments: Vec<String>,
    pub pinned: bool,
    pub reply_count: u64,
    pub place: Option<Place>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// What becomes of the index.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// A message nobody knew before.
    Add(Document),
    /// A message as it is now.
    Put(Document),
    Remove(String),
    /// A message and its replies.
    RemoveThread(String),
    /// Everything in the channel up to and including a moment.
    Cut(String, Time),
}

impl Document {
    /// `None`: messages like this one are not searched.
    pub fn of_record(message: &Message) -> Option<Document> {
        if message.system || message.deleted_at.is_some() {
            return None;
        }
        let kind = |attachment: &serde_json::Map<String, serde_json::Value>| {
            attachment.get("type").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned()
        };
        Some(Document {
            id: message.id.clone(),
            cid: message.cid.clone(),
            user_id: message.user_id.clone(),
            text: message.text.clone(),
            parent_id: message.parent_id.clone(),
            mentioned: message.mentioned_users.clone(),
            attachments: message.attachments.iter().map(kind).collect(),
            pinned: message.pin.is_some(),
            reply_count: message.reply_count.into(),
            place: message.place(),
            created_at: message.created_at(),
            updated_at: message.at,
        })
    }
}

/// Whether the entry may change the index: told from its first bytes.
pub(super) fn concerns(entry: &Entry) -> bool {
    let told = &entry.payload[..];
    told.starts_with(br#"{"type":"message."#)
        || told.starts_with(br#"{"type":"reaction."#)
        || entry.header.effects.iter().any(|effect| matches!(effect, Effect::Truncated { .. }))
}

/// An event, as far as the index goes.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    hard_delete: Option<bool>,
    #[serde(default)]
    deleted_for_me: Option<bool>,
    #[serde(default)]
    message: Option<ToldMessage>,
}

#[derive(Deserialize)]
struct ToldMessage {
    id: String,
    cid: String,
    #[serde(rename = "type")]
    kind: String,
    text: String,
    user: Named,
    #[serde(default)]
    parent_id: Option<String>,
    #[serde(default)]
    mentioned_users: Vec<Named>,
    #[serde(default)]
    attachments: Vec<Attached>,
    #[serde(default)]
    pinned: bool,
    #[serde(default)]
    reply_count: u64,
    #[serde(default)]
    lat: Option<serde_json::Value>,
    #[serde(default)]
    long: Option<serde_json::Value>,
    #[serde(default)]
    shared_location: Option<Located>,
    created_at: Time,
    updated_at: Time,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Attached {
    #[serde(rename = "type", default)]
    kind: Option<serde_json::Value>,
    #[serde(default)]
    latitude: Option<serde_json::Value>,
    #[serde(default)]
    longitude: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Located {
    #[serde(default)]
    latitude: Option<serde_json::Value>,
    #[serde(default)]
    longitude: Option<serde_json::Value>,
}

impl Located {
    fn place(&self) -> Option<Place> {
        Place::of(self.latitude.as_ref(), self.longitude.as_ref())
    }
}

impl ToldMessage {
    /// As [`Message::place`] says it.
    fn place(&self) -> Option<Place> {
        let attached = || {
            let is_place = |attached: &&Attached| attached.kind.as_ref().is_some_and(|kind| kind == GEOLOCATION);
            let mut places = self.attachments.iter().filter(is_place);
            places.find_map(|one| Place::of(one.latitude.as_ref(), one.longitude.as_ref()))
        };
        Place::of(self.lat.as_ref(), self.long.as_ref())
            .or_else(|| self.shared_location.as_ref().and_then(Located::place))
            .or_else(attached)
    }
}

/// What the entry does to the index.
pub(super) fn changes(entry: &Entry) -> Vec<Change> {
    let mut changes: Vec<Change> = entry.header.effects.iter().filter_map(|effect| cut(effect, entry.at)).collect();
    // What is only shown for the moment is not what the message says.
    if entry.header.passing {
        return changes;
    }
    if entry.payload.starts_with(br#"{"type":"message."#) || entry.payload.starts_with(br#"{"type":"reaction."#) {
        match serde_json::from_slice::<Told>(&entry.payload) {
            Ok(told) => changes.extend(change(told)),
            // An event without a whole message (read, delivered) is none of the index' business.
            Err(error) => tracing::trace!(error = %error, "an event that changes no message"),
        }
    }
    changes
}

fn cut(effect: &Effect, at: Time) -> Option<Change> {
    match effect {
        // What the same change says (a system message) has its moment, and stays.
        Effect::Truncated { cid, until: ALL_MESSAGES } => Some(Change::Cut(cid.clone(), Time(at.micros() - 1))),
        Effect::Truncated { cid, until } => Some(Change::Cut(cid.clone(), *until)),
        _ => None,
    }
}

fn change(told: Told) -> Option<Change> {
    let message = told.message.filter(|_| told.deleted_for_me != Some(true))?;
    Some(match (told.kind.as_str(), message.kind.as_str()) {
        ("message.deleted", _) if told.hard_delete == Some(true) => Change::RemoveThread(message.id),
        ("message.new", "regular" | "reply") => Change::Add(message.into()),
        ("message.new", _) => return None,
        (_, "regular" | "reply") => Change::Put(message.into()),
        _ => Change::Remove(message.id),
    })
}

impl From<ToldMessage> for Document {
    fn from(told: ToldMessage) -> Document {
        let place = told.place();
        let kind = |attached: Attached| attached.kind.and_then(|kind| kind.as_str().map(str::to_owned));
        Document {
            id: told.id,
            cid: told.cid,
            user_id: told.user.id,
            text: told.text,
            parent_id: told.parent_id,
            mentioned: told.mentioned_users.into_iter().map(|user| user.id).collect(),
            attachments: told.attachments.into_iter().map(|attached| kind(attached).unwrap_or_default()).collect(),
            pinned: told.pinned,
            reply_count: told.reply_count,
            place,
            created_at: told.created_at,
            updated_at: told.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::store::Header;

    fn entry(payload: &Value, effects: Vec<Effect>) -> Entry {
        let header = Header { effects, ..Header::default() };
        Entry { at: Time(1_000_000), header, payload: payload.to_string().into(), watcher_count: None }
    }

    fn told(kind: &str, of: &str) -> Value {
        json!({"type": kind, "message": {"id": "m1", "cid": "messaging:kitchen", "type": of, "text": "Soup", "user": {"id": "ana"},
            "mentioned_users": [{"id": "bo", "name": "Bo"}], "attachments": [{"type": "image"}, {"title": "?"}], "pinned": true,
            "reply_count": 2, "lat": 50.7, "long": 0, "created_at": "2026-01-02T03:04:05.000006Z", "updated_at": "2026-01-02T03:04:06.000000Z"}})
    }

    #[test]
    fn events_change_what_is_indexed() {
        let Some(Change::Add(document)) = changes(&entry(&told("message.new", "regular"), vec![])).pop() else {
            panic!("a new message is added");
        };
        assert_eq!((document.text.as_str(), document.user_id.as_str(), document.reply_count), ("Soup", "ana", 2));
        assert_eq!(
            (document.mentioned, document.attachments),
            (vec!["bo".into()], vec!["image".into(), String::new()])
        );
        assert_eq!(document.place, Some(Place { lat: 50.7, long: 0.0 }));
        let gone = || Some(Change::Remove("m1".into()));
        let mut hard = told("message.deleted", "deleted");
        assert_eq!(changes(&entry(&hard, vec![])).pop(), gone());
        hard["hard_delete"] = true.into();
        assert_eq!(changes(&entry(&hard, vec![])).pop(), Some(Change::RemoveThread("m1".into())));
        hard["deleted_for_me"] = true.into();
        assert_eq!(changes(&entry(&hard, vec![])).pop(), None);
        assert!(matches!(changes(&entry(&told("reaction.new", "reply"), vec![]))[..], [Change::Put(_)]));
        assert_eq!(changes(&entry(&told("message.new", "system"), vec![])).pop(), None);
        assert_eq!(changes(&entry(&told("message.updated", "error"), vec![])).pop(), gone());
        let read = entry(&json!({"type": "message.read", "cid": "messaging:kitchen"}), vec![]);
        assert!(concerns(&read) && changes(&read).is_empty());
    }

    #[test]
    fn a_place_may_be_said_in_three_ways() {
        let told_at = |more: Value| {
            let mut told = told("message.updated", "regular");
            let message = told["message"].as_object_mut().expect("is an object");
            message.remove("lat");
            message.extend(more.as_object().cloned().expect("is an object"));
            match changes(&entry(&told, vec![])).pop() {
                Some(Change::Put(document)) => document.place.map(|place| (place.lat, place.long)),
                other => panic!("{other:?}"),
            }
        };
        let live = json!({"latitude": 1, "longitude": 2, "user_id": "ana"});
        let attached = json!([{"type": "image", "latitude": 9, "longitude": 9}, {"type": "geolocation", "latitude": 3, "longitude": 4}]);
        assert_eq!(told_at(json!({})), None);
        assert_eq!(told_at(json!({"lat": 0, "shared_location": live})), Some((0.0, 0.0)));
        assert_eq!(told_at(json!({"lat": "0", "shared_location": live})), Some((1.0, 2.0)));
        assert_eq!(told_at(json!({"shared_location": live, "attachments": attached})), Some((1.0, 2.0)));
        assert_eq!(told_at(json!({"attachments": attached})), Some((3.0, 4.0)));
    }

    #[test]
    fn a_truncation_takes_what_came_before_it() {
        let payload = json!({"type": "channel.truncated"});
        let cid = || "messaging:kitchen".to_owned();
        for (until, cut) in [(ALL_MESSAGES, Time(999_999)), (Time(7), Time(7))] {
            let entry = entry(&payload, vec![Effect::Truncated { cid: cid(), until }]);
            assert!(concerns(&entry));
            assert_eq!(changes(&entry), [Change::Cut(cid(), cut)]);
        }
        assert!(!concerns(&entry(&json!({"type": "typing.start"}), vec![Effect::Channel(cid())])));
    }
}
