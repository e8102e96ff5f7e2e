//! The language, case by case, and its laws over random filters and records.

use std::borrow::Cow;
use std::cmp::Ordering;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[derive(Debug)]
struct Record(Value);

impl Fields for Record {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        self.0.get(field).map(Cow::Borrowed)
    }
}

fn parse(schema: &Schema, filter: Value) -> Filter {
    Filter::parse(&filter, schema).unwrap_or_else(|error| panic!("{filter}: {error}"))
}

fn refuses(schema: &Schema, filter: Value, text: &str) {
    let error = Filter::parse(&filter, schema).expect_err(&filter.to_string());
    assert_eq!((error.code.number(), error.message.as_str()), (4, text), "{filter}");
}

/// Each filter finds the record, or not.
fn check(schema: &Schema, record: Value, cases: &[(Value, bool)]) {
    let record = Record(record);
    for (filter, expected) in cases {
        assert_eq!(parse(schema, filter.clone()).matches(&record), *expected, "{filter} of {}", record.0);
    }
}

#[test]
fn custom_fields_are_compared_with_their_json_type() {
    let record = json!({"color": "blue", "age": 30, "big": 9_007_199_254_740_993_i64, "on": false, "tags": ["red", "blue"],
        "grid": [[1, 2], [3]], "parts": [{"a": 1, "b": 2}], "box": {"size": {"w": 3.0}, "x": [1]}, "nothing": null});
    check(
        &CHANNELS,
        record,
        &[
            (json!({}), true),
            (json!(null), true),
            (json!({"color": "blue"}), true),
            (json!({"color": "Blue"}), false),
            (json!({"age": 30.0}), true),
            (json!({"age": "30"}), false),
            (json!({"big": 9_007_199_254_740_992_i64}), false),
            (json!({"big": {"$gt": 9_007_199_254_740_992_i64}}), true),
            (json!({"age": {"$gt": 29, "$lte": 30}}), true),
            (json!({"age": {"$gt": "29"}}), false),
            (json!({"color": {"$gt": "black", "$lt": "cyan"}}), true),
            (json!({"color": {"$ne": "red"}}), true),
            (json!({"missing": {"$ne": "red"}}), true),
            (json!({"on": false}), true),
            (json!({"on": null}), false),
            (json!({"nothing": null}), true),
            (json!({"missing": null}), true),
            (json!({"missing": {"$ne": null}}), false),
            (json!({"nothing": {"$exists": false}, "color": {"$exists": true}}), true),
            (json!({"tags": ["red", "blue"]}), true),
            (json!({"tags": ["blue", "red"]}), false),
            (json!({"tags": "red"}), false),
            (json!({"tags": {"$in": ["red"]}}), true),
            (json!({"tags": {"$in": [1, true]}}), false),
            (json!({"tags": {"$nin": ["green"]}}), true),
            (json!({"tags": {"$contains": "blue"}}), true),
            (json!({"color": {"$contains": "blue"}}), false),
            (json!({"color": {"$in": []}}), false),
            (json!({"age": {"$in": ["30", 30]}}), true),
            (json!({"grid": {"$in": [[1, 2]]}}), true),
            (json!({"grid": {"$in": [[[1, 2], [3]]]}}), true),
            (json!({"grid": {"$contains": [3]}}), true),
            (json!({"parts": {"$in": [{"b": 2, "a": 1}]}}), true),
            (json!({"box": {"x": [1], "size": {"w": 3}}}), true),
            (json!({"box": {"x": [1]}}), false),
            (json!({"box.size.w": 3}), true),
            (json!({"box.size.w.deeper": 3}), false),
            (json!({"box.size.h": null}), true),
            (json!({"missing": {"$in": [null, 1]}}), true),
        ],
    );
}

#[test]
fn groups() {
    let (yes, no) = (json!({"a": 1}), json!({"a": 2}));
    check(
        &USERS,
        json!({"a": 1}),
        &[
            (json!({"$and": [yes, no]}), false),
            (json!({"$and": [yes, {"$or": [no, yes]}]}), true),
            (json!({"$or": [no, {"$and": [yes, no]}]}), false),
            (json!({"$nor": [no, no]}), true),
            (json!({"$nor": [no, yes]}), false),
            (json!({"$and": []}), true),
            (json!({"$or": []}), false),
            (json!({"$nor": []}), true),
            (json!({"$or": [{}]}), true),
            (json!({"$or": [yes], "b": 1}), false),
        ],
    );
}

#[test]
fn built_in_fields() {
    let record = json!({"id": "general", "members": ["ana", "bob"], "filter_tags": [], "member_count": 2, "frozen": false,
        "invite": "pending", "member.user.name": ["Ana Maria", null], "cid": "messaging:general", "has_unread": true});
    check(
        &CHANNELS,
        record,
        &[
            (json!({"cid": {"$in": ["messaging:general", "team:x"]}}), true),
            (json!({"members": ["bob", "ana"]}), true),
            (json!({"members": {"$eq": ["bob", "ana", "bob"]}}), true),
            (json!({"members": ["ana"]}), false),
            (json!({"members": ["ana", "bob", "cy"]}), false),
            (json!({"members": {"$in": ["cy", "bob"]}}), true),
            (json!({"members": {"$nin": ["cy"]}}), true),
            (json!({"members": "ana"}), true),
            (json!({"filter_tags": null}), true),
            (json!({"filter_tags": []}), true),
            (json!({"filter_tags": ["a"]}), false),
            (json!({"member_count": {"$gte": 2}, "frozen": false}), true),
            (json!({"invite": {"$eq": "pending"}}), true),
            (json!({"invite": "accepted"}), false),
            (json!({"member.user.name": {"$autocomplete": "mar"}}), true),
            (json!({"member.user.name": "Ana Maria"}), true),
            (json!({"member.user.name": null}), true),
            (json!({"team": {}}), true),
            (json!({"team": null, "has_unread": true}), true),
        ],
    );
}

#[test]
fn times_are_moments() {
    let moment = Time::parse("2025-11-24T16:00:00.5Z").unwrap();
    for stored in [json!(moment), json!(moment.micros()), json!("2025-11-24T17:00:00.500000001+01:00")] {
        check(
            &USERS,
            json!({"created_at": stored, "last_active": null}),
            &[
                (json!({"created_at": "2025-11-24T16:00:00.500Z"}), true),
                (json!({"created_at": {"$gte": "2025-11-24T11:00:00.5-05:00"}}), true),
                (json!({"created_at": {"$gt": "2025-11-24T16:00:00.5Z"}}), false),
                (json!({"created_at": {"$lt": "2025-11-24T16:00:00.500001"}}), true),
                (json!({"created_at": {"$in": ["2025-11-24T16:00:00.5Z"]}}), true),
                (json!({"last_active": null}), true),
                (json!({"last_active": {"$gt": "2025-11-24T16:00:00Z"}}), false),
            ],
        );
    }
}

#[test]
fn words() {
    check(
        &MEMBERS,
        json!({"name": "Robert O'Neil", "note": "Ünder_score  Work", "user.email": "rob@example.com"}),
        &[
            (json!({"name": {"$autocomplete": "rob"}}), true),
            (json!({"name": {"$autocomplete": "NEI"}}), true),
            (json!({"name": {"$autocomplete": "obert"}}), false),
            (json!({"name": {"$autocomplete": "@ro* o'n!"}}), true),
            (json!({"name": {"$q": "Rob"}}), true),
            (json!({"note": {"$q": "WORK ünder"}}), true),
            (json!({"note": {"$q": "wor"}}), false),
            (json!({"note": {"$q": "work play"}}), false),
            (json!({"note": {"$autocomplete": "wor"}}), true),
            (json!({"user.email": {"$autocomplete": "exam"}}), true),
            (json!({"missing": {"$q": "wor"}}), false),
        ],
    );
}

#[test]
fn refusals() {
    let invite = "invalid invite operator, expecting {invite:\"pending\"} or {invite:{$eq:\"pending\"}}";
    let one_of = "invalid invite parameter. should be one of pending|accepted|rejected";
    for (schema, filter, text) in [
        (&CHANNELS, json!({"id": 1}), "field `id` contains type number. expecting string"),
        (&CHANNELS, json!({"id": {"$in": [true]}}), "field `id` contains type bool. expecting string"),
        (&CHANNELS, json!({"id": {"$in": "a"}}), "field `id` contains type string. expecting array"),
        (&CHANNELS, json!({"id": {"a": 1, "b": 2}}), "field `id` contains type object. expecting string"),
        (&CHANNELS, json!({"id": {"$gt": ["a"]}}), "field `id` contains type array. expecting string"),
        (&CHANNELS, json!({"muted": "yes"}), "field `muted` contains type string. expecting bool"),
        (
            &CHANNELS,
            json!({"member_count": {"$gt": null}}),
            "field `member_count` contains type null. expecting number",
        ),
        (&CHANNELS, json!({"members": [1]}), "field `members` contains type number. expecting string"),
        (&CHANNELS, json!({"invite": ["pending"]}), "cannot match array value on field `invite`."),
        (&CHANNELS, json!({"invite": 5}), "field `invite` contains type number. expecting string"),
        (&CHANNELS, json!({"invite": "maybe"}), one_of),
        (&CHANNELS, json!({"invite": {"$in": ["pending"]}}), invite),
        (&CHANNELS, json!({"id": {"$q": "a"}}), "operator \"$q\" is not allowed for field \"id\""),
        (&CHANNELS, json!({"id": {"$near": "a"}}), "operator \"$near\" is not allowed for field \"id\""),
        (&CHANNELS, json!({"$not": []}), "operator \"$not\" is not allowed"),
        (&CHANNELS, json!({"$or": {}}), "operator \"$or\" contains type object. expecting array"),
        (&CHANNELS, json!({"$or": ["a"]}), "filter contains type string. expecting object"),
        (&CHANNELS, json!([]), "filter contains type array. expecting object"),
        (&CHANNELS, json!({"has_unread": false}), "has_unread only supports the value true"),
        (&CHANNELS, json!({"created_at": "soon"}), "expected date for field \"created_at\" but got \"soon\""),
        (&USERS, json!({"nick": {"$q": "a"}}), "search is not enabled for field users.nick"),
        (&USERS, json!({"nick": {"$exists": 1}}), "$exists operator only support boolean values"),
        (&USERS, json!({"teams": {"$eq": ""}}), "field `teams` cannot be matched with an empty value"),
        (
            &USERS,
            json!({"name": {"$autocomplete": "?!"}}),
            "$autocomplete field is empty or contains invalid characters. \
            Please provide a valid string to autocomplete",
        ),
        (&MEMBERS, json!({"cid": "team:a"}), "cannot search by cid"),
        (&MEMBERS, json!({"last_active": {"$in": []}}), "operator \"$in\" is not allowed for field \"last_active\""),
        (&MEMBERS, json!({"invite": "x"}), "invite value must be either \"pending\", \"accepted\" or \"rejected\""),
        (&REACTIONS, json!({"score": 1}), "filtering by \"score\" is not allowed"),
        (&REACTIONS, json!({"type": {"$ne": "a"}}), "operator \"$ne\" is not allowed for field \"type\""),
        (&BANNED_USERS, json!({"$nor": []}), "operator \"$nor\" is not allowed"),
    ] {
        refuses(schema, filter, text);
    }
}

#[test]
fn hostile_filters_are_bounded() {
    let nested = |depth| (0..depth).fold(json!({"a": 1}), |inner, _| json!({"$or": [inner]}));
    parse(&CHANNELS, nested(FILTER_DEPTH));
    refuses(&CHANNELS, nested(FILTER_DEPTH + 1), "filter must not nest deeper than 8 groups");

    let ids = |count: usize| json!({"id": {"$in": (0..count).map(|id| id.to_string()).collect::<Vec<_>>()}});
    parse(&USERS, ids(FILTER_VALUES));
    refuses(&USERS, ids(FILTER_VALUES + 1), "lists of a filter must contain at maximum 1000 values");
    refuses(&USERS, json!({"n": {"$in": vec![1; 200]}}), "lists of a filter must contain at maximum 1000 values");

    let many = "filter must contain at maximum 200 conditions";
    refuses(&USERS, json!({"$or": vec![json!({}); FILTER_CONDITIONS]}), many);
    refuses(&USERS, json!({"name": {"$autocomplete": "a ".repeat(FILTER_CONDITIONS)}}), many);
}

#[test]
fn what_a_filter_gives_away() {
    let required = |filter: Value| {
        let filter = parse(&CHANNELS, filter);
        filter.required_values("members").map(|values| values.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let some = |values: &[&str]| Some(values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>());
    assert_eq!(required(json!({"members": {"$in": ["b", "a"]}, "type": "team"})), some(&["a", "b"]));
    assert_eq!(required(json!({"members": ["b", "a"]})), some(&["a"]));
    assert_eq!(required(json!({"$and": [{"members": {"$in": ["a", "b"]}}, {"members": "c"}]})), some(&["c"]));
    assert_eq!(required(json!({"$or": [{"members": "a"}, {"members": "c", "type": "team"}]})), some(&["a", "c"]));
    assert_eq!(required(json!({"$or": [{"members": "a"}, {"type": "team"}]})), None);
    assert_eq!(required(json!({"$nor": [{"members": "a"}]})), None);
    assert_eq!(required(json!({"members": {"$nin": ["a"]}})), None);
    assert_eq!(required(json!({"members": {"$in": ["a", null]}})), None);
    assert_eq!(required(json!({"members": {"$in": []}})), some(&[]));
    assert_eq!(required(json!({"$or": []})), some(&[]));

    let both = json!({"members": {"$in": ["b"]}, "$or": [{"members": {"$in": ["a"]}}, {"type": "team"}]});
    assert_eq!(parse(&CHANNELS, both).asked_values("members"), Some(["a", "b"].into()));
    let filter = parse(&CHANNELS, json!({"$and": [{"members": ["b", "a"]}], "$nor": [{"hidden": true}], "team": {}}));
    assert_eq!(filter.asked_values("members"), None);
    assert_eq!(filter.exact_list("members"), Some(&["a".to_owned(), "b".to_owned()][..]));
    assert_eq!(["hidden", "team", "muted"].map(|field| filter.mentions(field)), [true, true, false]);
    assert!(!filter.is_empty() && parse(&CHANNELS, json!({})).is_empty());
}

const BY_UPDATE: &[(&str, Direction)] = &[("last_updated", Direction::Descending)];

fn sort(value: Value) -> Sort {
    Sort::parse(Some(&value), &CHANNELS, 5, BY_UPDATE).unwrap()
}

#[test]
fn sorts() {
    let listed =
        |value: Value| sort(value).fields().map(|(field, direction)| (field.to_owned(), direction)).collect::<Vec<_>>();
    let expected = |field: &str, direction| vec![(field.to_owned(), direction)];
    for nothing in [json!(null), json!([]), json!({})] {
        assert_eq!(listed(nothing), expected("last_updated", Direction::Descending));
    }
    assert_eq!(listed(json!([{"field": "created_at"}])), expected("created_at", Direction::Ascending));
    assert_eq!(
        listed(json!([{"field": "age", "direction": -1, "type": "number"}])),
        expected("age", Direction::Descending)
    );
    assert_eq!(listed(json!({"created_at": -1})), expected("created_at", Direction::Descending));

    for (value, text) in [
        (json!([{"field": "muted"}]), "sorting by \"muted\" is not allowed"),
        (json!([{"field": "name", "direction": 2}]), "sort direction must be 1 or -1, got 2"),
        (json!([{"direction": 1}]), "sort.field is a required field"),
        (json!("name"), "sort must be a list of {field, direction}"),
        (json!({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}), "sort must contain at maximum 5 items"),
    ] {
        assert_eq!(Sort::parse(Some(&value), &CHANNELS, 5, BY_UPDATE).unwrap_err().message, text);
    }
    let two = json!({"created_at": 1, "name": 1});
    let error = Sort::parse(Some(&two), &MEMBERS, 1, &[]).unwrap_err();
    assert_eq!(error.message, "sort must contain at maximum 1 item");
    let error = Sort::parse(Some(&json!({"score": 1})), &REACTIONS, 1, &[]).unwrap_err();
    assert_eq!(error.message, "sorting by \"score\" is not allowed");
}

#[test]
fn order() {
    let ordered = |value: Value, records: Value| {
        let sort = sort(value);
        let mut records: Vec<Record> = records.as_array().unwrap().iter().cloned().map(Record).collect();
        records.sort_by_key(|record| sort.key(record));
        records.iter().map(|record| record.0["id"].as_str().unwrap()).collect::<String>()
    };
    let mixed = json!([{"id": "t", "x": "a"}, {"id": "-"}, {"id": "n", "x": 2}, {"id": "m", "x": 1.5}, {"id": "b", "x": true},
        {"id": "~", "x": null}, {"id": "[", "x": [1]}]);
    assert_eq!(ordered(json!({"x": 1}), mixed.clone()), "bmnt[-~");
    assert_eq!(ordered(json!({"x": -1}), mixed), "[tnmb-~");

    let times = json!([{"id": "b", "created_at": "2025-11-24T16:00:00.5Z"}, {"id": "a", "created_at": "2025-11-24T16:59:59+01:00"},
        {"id": "c", "created_at": 1_764_000_000_500_001_i64}]);
    assert_eq!(ordered(json!({"created_at": 1}), times), "abc");

    let two = json!([{"id": "c", "has_unread": false, "name": "1"}, {"id": "b", "has_unread": true, "name": "2"},
        {"id": "a", "has_unread": true, "name": "1"}]);
    assert_eq!(
        ordered(json!([{"field": "has_unread", "direction": -1}, {"field": "name", "direction": 1}]), two),
        "abc"
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        (-3.0_f64..3.0).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-c]|\\$eq|\\$in|\\$gt|\\$or", inner), 0..3)
                .prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

fn record() -> impl Strategy<Value = Record> {
    (any_json(), any_json()).prop_map(|(a, id)| Record(json!({"a": a, "id": id})))
}

fn asked() -> impl Strategy<Value = Value> {
    prop::collection::vec(("a|b|a\\.b|id|members|created_at|\\$and|\\$or|\\$nor", any_json()), 0..4)
        .prop_map(|pairs| pairs.into_iter().collect())
}

proptest! {
    #[test]
    fn nor_is_the_opposite(filter in asked(), record in record()) {
        if let Ok(parsed) = Filter::parse(&filter, &CHANNELS) {
            let opposite = parse(&CHANNELS, json!({"$nor": [filter]}));
            prop_assert_ne!(parsed.matches(&record), opposite.matches(&record));
        }
    }

    #[test]
    fn a_value_finds_itself(record in record(), other in any_json()) {
        let value = record.0["a"].clone();
        for filter in [json!({"a": {"$eq": value}}), json!({"a": {"$in": [other, value]}})] {
            prop_assert!(parse(&USERS, filter).matches(&record));
        }
        for filter in [json!({"a": {"$ne": value}}), json!({"a": {"$nin": [other, value]}})] {
            prop_assert!(!parse(&USERS, filter).matches(&record));
        }
    }

    #[test]
    fn required_values_are_required(filter in asked(), record in record()) {
        let filter = Filter::parse(&filter, &CHANNELS).unwrap_or_default();
        if let Some(values) = filter.required_values("id").filter(|_| filter.matches(&record)) {
            let one = List { texts: values.into_iter().map(str::to_owned).collect(), others: Vec::new() };
            prop_assert!(Test::In(one).holds(record.0.get("id")));
        }
    }

    #[test]
    fn the_order_is_one(a in record(), b in record(), c in record(), up in any::<bool>()) {
        let sort = sort(json!([{"field": "a", "direction": if up { 1 } else { -1 }}]));
        prop_assert_eq!(sort.compare(&a, &b), sort.key(&a).cmp(&sort.key(&b)));
        prop_assert_eq!(sort.compare(&a, &b), sort.compare(&b, &a).reverse());
        if sort.compare(&a, &b) != Ordering::Greater && sort.compare(&b, &c) != Ordering::Greater {
            prop_assert_ne!(sort.compare(&a, &c), Ordering::Greater);
        }
    }
}
