//! The tail: reads the log in order and hands every entry to the caches and the hub. There is no second road.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::hub::Hub;
use super::queue::End;
use crate::backoff::Backoff;
use crate::error::Result;
use crate::store::{Audience, Cursor, Effect, Entry, Store};

/// Entries whose frames are written together.
const TOGETHER: usize = 64;

/// Gives a channel's JSON, for the `notification.` form of a message.
pub(crate) type Describe = Arc<dyn Fn(String) -> BoxFuture<'static, Option<Bytes>> + Send + Sync>;

/// What somebody else who listens to the log is handed.
pub(crate) enum Told<'a> {
    /// Reading begins, or goes on, from here; what lies before and was not handed over yet will not be.
    From(&'a Cursor),
    /// The next entries, and where they end.
    Entries(Vec<Entry>, &'a Cursor),
}

/// Takes what the tail reads, once the caches and the hub had it. Must not wait for anything.
pub(crate) type Listen = Arc<dyn Fn(Told<'_>) + Send + Sync>;

/// Who hears the log.
pub(crate) struct Ears {
    pub hub: Arc<Hub>,
    pub describe: Describe,
    pub listen: Option<Listen>,
}

/// Follows the log from its present end until `stop`. Returns once the position is fixed: nothing that is committed
/// afterwards is missed.
pub(crate) async fn follow(store: Arc<Store>, ears: Ears, stop: CancellationToken) -> Result<()> {
    let ears = Arc::new(ears);
    for cursor in store.log_cursors().await? {
        let (store, ears, stop) = (store.clone(), ears.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = tail(&store, &ears, cursor) => {}
                () = stop.cancelled() => {}
            }
        });
    }
    Ok(())
}

async fn tail(store: &Store, ears: &Ears, mut cursor: Cursor) {
    let mut backoff = Backoff::new();
    loop {
        backoff.wait().await;
        match read(store, ears, &mut cursor).await {
            Ok(never) => match never {},
            Err(error) => tracing::warn!(error = ?error, "the log cannot be read; trying again"),
        }
    }
}

/// Reads until the connection fails.
async fn read(store: &Store, ears: &Ears, cursor: &mut Cursor) -> Result<std::convert::Infallible> {
    let hub = &ears.hub;
    let mut reader = store.log_reader(cursor).await?;
    if !store.log_covers(cursor).await? {
        // What is no longer in the log cannot be told any more: clients come back and read the present state instead.
        tracing::warn!("the log does not go on where this reader stood; closing the sockets so that clients recover");
        hub.end_all(End::Resync);
    }
    let _following = store.following();
    store.note_heard(cursor);
    if let Some(listen) = &ears.listen {
        listen(Told::From(cursor));
    }
    loop {
        let entries = reader.next(cursor).await?;
        for (index, entry) in entries.iter().enumerate() {
            if index % TOGETHER == TOGETHER - 1 {
                hub.flush();
            }
            store.obey(entry);
            learn(store, hub, entry).await;
            if hub.hear(entry)
                && let Audience::WatchersAndMembers(cid) = &entry.header.audience
            {
                let channel = (ears.describe)(cid.clone()).await;
                hub.hear_with(entry, channel.as_deref().unwrap_or(b"null"));
            }
        }
        hub.flush();
        store.note_heard(cursor);
        if let Some(listen) = ears.listen.as_ref().filter(|_| !entries.is_empty()) {
            listen(Told::Entries(entries, cursor));
        }
    }
}

/// Whom somebody here no longer wants to hear holds from this entry on: what he then says is not told, nor counted.
async fn learn(store: &Store, hub: &Hub, entry: &Entry) {
    for effect in &entry.header.effects {
        if let Effect::Own(user) = effect
            && hub.totals(user).is_some()
        {
            match store.own(user).await {
                Ok(own) => hub.set_own(user, own, entry.at),
                // The hub is about to ask for it once more.
                Err(error) => tracing::warn!(error = ?error, "mutes and blocks take effect late"),
            }
        }
    }
}
