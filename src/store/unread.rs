//! What a user has not read, over all his channels and threads: the start values of a connection.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::record::parse;
use super::redis::Script;
use super::{Read, Store, ThreadRead};
use crate::error::Result;
use crate::wire::Time;

static UNREAD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/unread.lua")));

/// A channel of which the user is a member.
#[derive(Clone, Debug)]
pub(crate) struct ChannelUnread {
    pub read: Read,
    pub unread: u32,
    /// The channel's clock when this was counted: events up to then are in the number.
    pub as_of: Time,
}

/// A thread the user takes part in.
#[derive(Clone, Debug)]
pub(crate) struct ThreadUnread {
    pub cid: String,
    pub read: ThreadRead,
    pub unread: u32,
    pub as_of: Time,
}

impl Store {
    /// Counts for the channels among `cids` that the user is a member of.
    pub(crate) async fn channels_unread(&self, user: &str, cids: &[String]) -> Result<HashMap<String, ChannelUnread>> {
        let rows = cids.iter().map(|cid| {
            let keys = [self.reads_key(cid), self.timeline_key(cid), self.silent_key(cid), self.channel_state_key(cid)];
            (cid.as_str(), cid.as_str(), "c", keys)
        });
        let found = self.count_unread(user, rows).await?;
        found
            .into_iter()
            .map(|(cid, json, unread, as_of)| {
                let read = parse(&self.reads_key(&cid), &json)?;
                Ok((cid, ChannelUnread { read, unread, as_of }))
            })
            .collect()
    }

    /// Counts for the threads (parent id → cid) that the user takes part in.
    pub(crate) async fn threads_unread(&self, user: &str, threads: &HashMap<String, String>) -> Result<HashMap<String, ThreadUnread>> {
        let rows = threads.iter().map(|(parent, cid)| {
            let keys = [self.thread_key(cid, parent), self.replies_key(cid, parent), String::new(), self.channel_state_key(cid)];
            (parent.as_str(), cid.as_str(), "t", keys)
        });
        let found = self.count_unread(user, rows).await?;
        found
            .into_iter()
            .map(|(parent, json, unread, as_of)| {
                let cid = threads.get(&parent).cloned().unwrap_or_default();
                let read = parse(&self.thread_key(&cid, &parent), &json)?;
                Ok((parent, ThreadUnread { cid, read, unread, as_of }))
            })
            .collect()
    }

    /// One script per partition; rows are (name, cid, kind, keys).
    async fn count_unread<'a>(
        &self,
        user: &str,
        rows: impl Iterator<Item = (&'a str, &'a str, &'static str, [String; 4])>,
    ) -> Result<Vec<(String, Vec<u8>, u32, Time)>> {
        let mut groups: HashMap<u16, (Vec<&str>, Vec<String>)> = HashMap::new();
        for (name, cid, kind, keys) in rows {
            let (names, args) = groups.entry(self.partition(cid)).or_insert_with(|| (Vec::new(), vec![user.to_owned()]));
            names.push(name);
            args.push(kind.to_owned());
            args.extend(keys);
        }
        let loads = groups.into_values().map(|(names, args)| async move {
            let key = args[2].clone();
            let found: Vec<Vec<u8>> = self.redis.script(&UNREAD, &key, &args).await?;
            let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            let rows = names.into_iter().zip(found.chunks_exact(3)).filter(|(_, row)| !row[0].is_empty());
            Ok(rows
                .map(|(name, row)| (name.to_owned(), row[0].clone(), number(&row[1]).max(0) as u32, Time(number(&row[2]))))
                .collect::<Vec<_>>())
        });
        Ok(futures_util::future::try_join_all(loads).await?.into_iter().flatten().collect())
    }
}
