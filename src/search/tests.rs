//! The index by itself, and over a real Redis: it finds what a filter finds, and loses nothing.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::document::{Change, Document};
use super::index::{Mark, Writer};
use super::*;
use crate::query::{Direction, Fields, MESSAGES, Place};
use crate::store::{Audience, Channel, Event, Header, Message, Places, Tick, with_store};

/// At home, at the edges of the earth, and on both sides of the date line.
const PLACES: [(f64, f64); 7] =
    [(0.0, 0.0), (50.7323, 7.0954), (90.0, 0.0), (-90.0, 180.0), (10.0, 180.0), (10.0, -180.0), (10.0, -179.5)];
const MEMORY: usize = 16 * 1024 * 1024;
const NEWEST: [(Rank, Direction); 1] = [(Rank::CreatedAt, Direction::Descending)];

/// A document as the filter language sees it.
struct Seen<'a>(&'a Document);

impl Fields for Seen<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let document = self.0;
        let value = match field {
            "id" => json!(document.id),
            "cid" => json!(document.cid),
            "text" => json!(document.text),
            "type" => json!(if document.parent_id.is_some() { "reply" } else { "regular" }),
            "user.id" | "user_id" => json!(document.user_id),
            "parent_id" => json!(document.parent_id),
            "mentioned_users.id" => json!(document.mentioned),
            "attachments" if document.attachments.is_empty() => Value::Null,
            "attachments" | "attachments.type" => json!(document.attachments),
            "pinned" => json!(document.pinned),
            "reply_count" => json!(document.reply_count),
            "created_at" => json!(document.created_at.micros()),
            "updated_at" => json!(document.updated_at.micros()),
            _ => Value::Null,
        };
        (!value.is_null()).then_some(Cow::Owned(value))
    }

    fn place(&self) -> Option<Place> {
        self.0.place
    }
}

fn documents() -> Vec<Document> {
    let texts = ["", "soup", "soup kitchen", "kitchen soup", "Süppe 東京都", "soups and a \"kit\""];
    let document = |index: usize| Document {
        id: format!("m{index}"),
        cid: format!("messaging:{}", index % 2),
        user_id: format!("u{}", index % 3),
        text: texts[index % texts.len()].into(),
        parent_id: (index % 4 == 3).then(|| format!("m{}", index - 3)),
        mentioned: (0..index % 3).map(|user| format!("u{user}")).collect(),
        attachments: ["image", "file", ""].iter().take(index % 4).map(|kind| (*kind).to_owned()).collect(),
        pinned: index.is_multiple_of(5),
        reply_count: (index % 3) as u64,
        place: PLACES.get(index % 9).map(|&(lat, long)| Place { lat, long }),
        created_at: Time(index as i64 * 1_000_000),
        updated_at: Time(1_000_000_000 - index as i64 * 1_000_000),
    };
    (0..36).map(document).collect()
}

/// An index of the documents, in several segments.
fn indexed(folder: &Path, documents: &[Document]) -> Writer {
    let mut writer = Writer::create(folder, MEMORY).expect("is made");
    for some in documents.chunks(10) {
        for document in some {
            writer.make(Change::Add(document.clone()), false).expect("is added");
        }
        writer.commit(&Mark::new(true, Time(5), Places::from([(3, "7-1".into())]))).expect("is committed");
    }
    writer
}

fn found(writer: &Writer, filter: &Filter, order: &[(Rank, Direction)], most: usize) -> Vec<String> {
    let cids = ["messaging:0".to_owned(), "messaging:1".to_owned()];
    // In an index of few channels each message found is looked at, in one of many the channels' own are gone through.
    let [few, many] = [3, 1000].map(|channels| {
        let ask = Ask { cids: &cids, filter, until: None, order: order.to_vec(), most };
        let (question, best) = plan::plan(&writer.opened.fields, ask, channels);
        writer.opened.reader.searcher().search(&*question, &best).expect("is searched")
    });
    let ids = |hits: Vec<Hit>| hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>();
    let (few, many) = (ids(few), ids(many));
    assert_eq!(few, many, "both ways find the same");
    few
}

#[test]
fn what_is_said_in_other_channels_is_not_found() {
    let folder = TempDir::new().expect("a folder");
    let elsewhere =
        |document: Document| Document { id: format!("x{}", document.id), cid: "messaging:9".into(), ..document };
    let everything: Vec<Document> =
        documents().into_iter().flat_map(|document| [elsewhere(document.clone()), document]).collect();
    let writer = indexed(folder.path(), &everything);
    let soup = Filter::parse(&json!({"text": {"$q": "soup"}}), &MESSAGES).expect("asks for soup");
    for order in [&NEWEST[..], &[(Rank::Relevance, Direction::Descending)]] {
        let ids = found(&writer, &soup, order, 100);
        assert_eq!(ids.len(), documents().iter().filter(|document| soup.matches(&Seen(document))).count());
        assert!(ids.iter().all(|id| id.starts_with('m')), "{ids:?}");
        assert_eq!(found(&writer, &soup, order, 3), ids[..3], "the best of them");
    }
}

fn all() -> Filter {
    Filter::parse(&json!({}), &MESSAGES).expect("asks nothing")
}

fn one_condition() -> impl Strategy<Value = Value> {
    let names =
        || prop_oneof![Just("m3"), Just("u1"), Just("reply"), Just("regular"), Just("image"), Just("file"), Just("x")];
    let list = || prop::collection::vec(names(), 0..3);
    let field = prop_oneof![
        Just("id"),
        Just("type"),
        Just("user.id"),
        Just("user_id"),
        Just("parent_id"),
        Just("attachments.type"),
        Just("cid"),
    ];
    let words = prop_oneof![
        Just("soup"),
        Just("sou"),
        Just("kitchen soup"),
        Just("\"soup kitchen\""),
        Just("suppe"),
        Just("京都"),
        Just("都"),
        Just("kit"),
    ];
    let time = (-2_000_000_i64..40_000_000).prop_map(|micros| json!(Time(micros)));
    let op = prop_oneof![Just("$gt"), Just("$gte"), Just("$lt"), Just("$lte")];
    prop_oneof![
        (field.clone(), names()).prop_map(|(field, name)| json!({field: name})),
        (field.clone(), list()).prop_map(|(field, names)| json!({field: {"$in": names}})),
        words.clone().prop_map(|words| json!({"text": words})),
        (prop_oneof![Just("$q"), Just("$autocomplete"), Just("$any")], words)
            .prop_map(|(op, words)| json!({"text": {op: words}})),
        prop_oneof![Just(""), Just("soup kitchen"), Just("soup")].prop_map(|text| json!({"text": {"$eq": text}})),
        any::<bool>().prop_map(|pinned| json!({"pinned": pinned})),
        any::<bool>().prop_map(|has| json!({"attachments": {"$exists": has}})),
        any::<bool>().prop_map(|has| json!({"parent_id": {"$exists": has}})),
        names().prop_map(|name| json!({"mentioned_users.id": {"$contains": name}})),
        (prop_oneof![Just("created_at"), Just("updated_at")], op.clone(), time)
            .prop_map(|(field, op, time)| json!({field: {op: time}})),
        (op, 0..4).prop_map(|(op, count)| json!({"reply_count": {op: count}})),
        area(),
    ]
}

/// Around one of the places, or in a box between two of them.
fn area() -> impl Strategy<Value = Value> {
    let place = || prop::sample::select(PLACES.as_slice());
    let reach = prop_oneof![Just(0.0), 0.0..200_000.0, 0.0..20_037_508.0];
    prop_oneof![
        (place(), reach).prop_map(|((lat, long), distance)| {
            json!({"location": {"$near": {"lat": lat, "long": long, "distance": distance}}})
        }),
        (place(), place()).prop_map(|((south, west), (north, east))| {
            let (south, north) = (f64::min(south, north), f64::max(south, north));
            json!({"location": {"$within": {"south": south, "north": north, "west": west, "east": east}}})
        }),
    ]
}

fn any_filter() -> impl Strategy<Value = Value> {
    one_condition().prop_recursive(3, 8, 3, |inner| {
        let some = prop::collection::vec(inner, 0..3);
        (prop_oneof![Just("$and"), Just("$or")], some).prop_map(|(group, some)| json!({group: some}))
    })
}

#[test]
fn the_index_never_finds_too_few() {
    let (folder, documents) = (TempDir::new().expect("a folder"), documents());
    let writer = indexed(folder.path(), &documents);
    let mut runner = proptest::test_runner::TestRunner::default();
    let checked = runner.run(&any_filter(), |asked| {
        let filter = Filter::parse(&asked, &MESSAGES).map_err(|error| TestCaseError::fail(error.message))?;
        let found = found(&writer, &filter, &NEWEST, 100);
        for document in documents.iter().filter(|document| filter.matches(&Seen(document))) {
            prop_assert!(found.contains(&document.id), "{} is not found by {asked}", document.id);
        }
        Ok(())
    });
    checked.expect("it holds");
}

#[test]
fn what_is_found_is_in_order_and_no_more_than_asked() {
    let (folder, documents) = (TempDir::new().expect("a folder"), documents());
    let writer = indexed(folder.path(), &documents);
    assert_eq!(found(&writer, &all(), &NEWEST, 3), ["m35", "m34", "m33"]);
    assert_eq!(found(&writer, &all(), &[(Rank::UpdatedAt, Direction::Descending)], 2), ["m0", "m1"]);
    assert_eq!(found(&writer, &all(), &[(Rank::Id, Direction::Descending)], 2), ["m9", "m8"]);
    let by_replies = [(Rank::ReplyCount, Direction::Descending), (Rank::CreatedAt, Direction::Ascending)];
    assert_eq!(found(&writer, &all(), &by_replies, 3), ["m2", "m5", "m8"]);
    let kitchen = Filter::parse(&json!({"text": "soup"}), &MESSAGES).expect("asks for a word");
    let best = found(&writer, &kitchen, &[(Rank::Relevance, Direction::Descending)], 100);
    // The word alone, then with others; equal ones by id. Its plural is only the beginning.
    assert_eq!(best[..3], ["m1", "m13", "m19"]);
    assert_eq!(best.len(), 24);
}

#[test]
fn changes_are_found_after_a_commit_and_the_place_is_kept() {
    let (folder, documents) = (TempDir::new().expect("a folder"), documents());
    let mut writer = indexed(folder.path(), &documents);
    let edited = Document { text: "stew".into(), ..documents[1].clone() };
    let changes = [
        Change::Put(edited.clone()),
        Change::Remove("m2".into()),
        Change::RemoveThread("m4".into()),
        Change::Cut("messaging:0".into(), Time(20_000_000)),
    ];
    for change in changes {
        writer.make(change, false).expect("is made");
    }
    // Told twice, it is there once.
    writer.make(Change::Add(edited), true).expect("is made");
    let mark = Mark::new(true, Time(6), Places::from([(3, "8-0".into())]));
    writer.commit(&mark).expect("is committed");
    let stew = Filter::parse(&json!({"text": "stew"}), &MESSAGES).expect("asks for a word");
    assert_eq!(found(&writer, &stew, &NEWEST, 9), ["m1"]);
    let left = found(&writer, &all(), &NEWEST, 100);
    assert!(["m0", "m2", "m4", "m7", "m20"].iter().all(|gone| !left.iter().any(|id| id == gone)), "{left:?}");
    assert!(left.contains(&"m22".to_owned()) && left.contains(&"m3".to_owned()));
    drop(writer);
    let (writer, kept) = Writer::open(folder.path(), MEMORY).expect("is opened");
    assert_eq!((kept, found(&writer, &all(), &NEWEST, 100)), (mark, left));
}

#[test]
fn after_a_start_of_the_machine_damaged_files_are_noticed() {
    let (folder, documents) = (TempDir::new().expect("a folder"), documents());
    drop(indexed(folder.path(), &documents));
    let meta = folder.path().join("meta.json");
    let boot = super::folder::boot().expect("the machine names its start");
    let earlier = fs::read_to_string(&meta).expect("is read").replace(&boot, "earlier");
    fs::write(&meta, earlier).expect("is written");
    drop(Writer::open(folder.path(), MEMORY).expect("all of it had reached the disk"));
    let mut files = fs::read_dir(folder.path()).expect("is read").map(|entry| entry.expect("an entry").path());
    let terms = files.find(|path| path.extension().is_some_and(|kind| kind == "term")).expect("there are terms");
    let mut bytes = fs::read(&terms).expect("is read");
    bytes[0] ^= 1;
    fs::write(&terms, bytes).expect("is written");
    assert!(Writer::open(folder.path(), MEMORY).is_err());
}

async fn make_channel(store: &Store) {
    let channel = Channel { kind: "messaging".into(), id: "0".into(), created_by: "ana".into(), ..Channel::default() };
    let mut tx = store.channel_change("messaging:0", Tick::Change);
    store.write_channel(&mut tx, &channel).expect("is written");
    tx.commit(store).await.expect("is committed");
}

async fn says(store: &Store, id: &str) {
    let cid = "messaging:0".to_owned();
    let message =
        Message { id: id.into(), cid: cid.clone(), user_id: "ana".into(), text: "soup".into(), ..Message::default() };
    let mut tx = store.channel_change(&cid, Tick::Message);
    store.add_message(&mut tx, &message, true).await.expect("is added");
    let told = json!({"type": "message.new", "message": {"id": id, "cid": cid, "text": "soup", "type": "regular",
        "user": {"id": "ana"}, "created_at": Time::STAMP, "updated_at": Time::STAMP}});
    let header = Header { audience: Audience::Watchers(cid), ..Header::default() };
    tx.append(Event { header, payload: told.to_string().into_bytes(), ..Event::default() }).expect("is appended");
    tx.commit(store).await.expect("is committed");
}

/// Waits until just these are found.
async fn finds(search: &Search, expected: &[&str]) {
    let (cids, filter) = (["messaging:0".to_owned()], all());
    let mut found = Vec::new();
    for _ in 0..500 {
        let ask = Ask { cids: &cids, filter: &filter, until: None, order: NEWEST.to_vec(), most: 100 };
        if let Ok(hits) = search.find(ask).await {
            found = hits.into_iter().map(|hit| hit.id).collect();
            if found == expected {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(found, expected);
}

async fn begin(search: &Search, store: &Arc<Store>) {
    for cursor in store.log_cursors().await.expect("the log is there") {
        search.hear_from(&cursor);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_handed_over_is_read_from_the_log_and_the_rest_from_the_store() {
    with_store(async |store| {
        let folder = TempDir::new().expect("a folder");
        let start = async || Search::start(store, folder.path(), MEMORY).await.expect("starts");
        make_channel(store).await;
        says(store, "a").await;
        // Nothing is there: it is built from the store.
        let search = start().await;
        begin(&search, store).await;
        finds(&search, &["a"]).await;
        says(store, "b").await;
        // As when the queue was full, or the connection was away.
        begin(&search, store).await;
        finds(&search, &["b", "a"]).await;
        search.stop().await;
        says(store, "c").await;
        let search = start().await;
        begin(&search, store).await;
        finds(&search, &["c", "b", "a"]).await;
        assert_eq!(search.state(), State::Complete);
        says(store, "d").await;
        // A log that goes on from an older place has lost something: what is in the store counts.
        for partition in 0..16 {
            search.hear_from(&Cursor::at(partition, "1-1"));
        }
        finds(&search, &["d", "c", "b", "a"]).await;
        search.stop().await;
    })
    .await;
}
