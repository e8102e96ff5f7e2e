//! The committed document is the one that the routes make, and the list of operations tells the truth.
//!
//! `UPDATE_OPENAPI=1 cargo test --test house openapi` writes both anew.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

fn document() -> String {
    weir::router::document().to_pretty_json().expect("the document serialises") + "\n"
}

/// Whether the file holds `expected`; with `UPDATE_OPENAPI` it is made to.
fn compare(file: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi").join(file);
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, expected).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "openapi/{file} is not up to date: run `make openapi` and commit it");
}

/// A path with its parameters' names left out.
fn shape(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

fn served() -> BTreeSet<(String, String)> {
    let document: Value = serde_json::from_str(&document()).expect("the document is JSON");
    let paths = document["paths"].as_object().expect("it has paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, _)| (method.to_uppercase(), shape(path)))
        })
        .collect()
}

#[test]
fn the_document_is_up_to_date() {
    compare("openapi.json", &document());
}

#[test]
fn every_operation_of_the_protocol_is_listed_as_served_or_missing() {
    let listed = include_str!("../../openapi/operations.txt");
    let served = served();
    let expected: String = listed
        .lines()
        .map(|line| {
            let mut words = line.split(' ').skip(1);
            let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let state = if served.contains(&(method.to_owned(), shape(path))) { "served" } else { "missing" };
            format!("{state} {method} {path}\n")
        })
        .collect();
    compare("operations.txt", &expected);
}

#[test]
fn operation_ids_are_streams_and_unique() {
    let document: Value = serde_json::from_str(&document()).expect("the document is JSON");
    let mut ids = BTreeSet::new();
    for item in document["paths"].as_object().expect("it has paths").values() {
        for operation in item.as_object().into_iter().flatten().map(|(_, operation)| operation) {
            let id = operation["operationId"].as_str().expect("every operation has an id");
            assert!(id.starts_with(|first: char| first.is_ascii_uppercase()), "{id} is not in Stream's spelling");
            assert!(ids.insert(id.to_owned()), "{id} is used twice");
        }
    }
    assert!(ids.contains("SendMessage") && ids.contains("QueryChannels"));
}
