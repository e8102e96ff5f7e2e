//! Who is in the world: users and channels, who is in what, and who watches what.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::json;

use crate::ledger::{Membership, Reader};
use crate::node::{server_token, user_token};
use crate::rest::{Rest, channel_path};

/// How many there are.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Each has one socket.
    pub readers: usize,
    pub channels: usize,
    /// How many of the readers write as well.
    pub writers: usize,
}

/// A user with a token that lasts.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub token: String,
    /// The channel that he watches, and writes in.
    pub home: String,
    /// Another one that he is in, without watching it.
    pub other: Option<String>,
}

#[derive(Clone, Debug)]
pub struct People {
    pub all: Vec<Person>,
    pub cids: Vec<String>,
}

impl People {
    pub fn new(size: Size) -> People {
        let cids: Vec<String> = (0..size.channels).map(|channel| format!("messaging:c{channel}")).collect();
        let person = |number: usize| {
            let id = format!("u{number}");
            let home = number % cids.len();
            // One in five is in a second channel, so that the notification form is heard too.
            let other = (number.is_multiple_of(5) && cids.len() > 1).then(|| cids[(home + 1) % cids.len()].clone());
            Person { token: user_token(&id), id, home: cids[home].clone(), other }
        };
        People { all: (0..size.readers).map(person).collect(), cids }
    }

    /// Makes users and channels known to the server.
    pub async fn settle(&self, rest: &Rest) {
        let token = server_token();
        for some in self.all.chunks(100) {
            let users: serde_json::Map<_, _> =
                some.iter().map(|person| (person.id.clone(), json!({"id": person.id}))).collect();
            rest.must(Method::POST, "/users", &token, Some(&json!({"users": users}))).await;
        }
        for (cid, members) in self.members() {
            let members: Vec<String> = members.into_keys().collect();
            let (first, more) = members.split_at(members.len().min(100));
            let data = json!({"data": {"members": first, "created_by_id": first[0]}});
            rest.must(Method::POST, &format!("{}/query", channel_path(&cid)), &token, Some(&data)).await;
            for some in more.chunks(100) {
                let add = json!({"add_members": some});
                rest.must(Method::POST, &channel_path(&cid), &token, Some(&add)).await;
            }
        }
    }

    pub fn members(&self) -> BTreeMap<String, BTreeMap<String, Membership>> {
        let mut members: BTreeMap<String, BTreeMap<String, Membership>> = BTreeMap::new();
        for person in &self.all {
            for cid in std::iter::once(&person.home).chain(&person.other) {
                members.entry(cid.clone()).or_default().insert(person.id.clone(), Membership::ALWAYS);
            }
        }
        members
    }

    pub fn readers(&self) -> Vec<Reader> {
        let reader =
            |person: &Person| Reader { user: person.id.clone(), watches: BTreeSet::from([person.home.clone()]) };
        self.all.iter().map(reader).collect()
    }
}
