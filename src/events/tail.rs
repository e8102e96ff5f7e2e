//! The tail: reads the log in order and hands every entry to the caches and the hub. There is no second road.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::hub::Hub;
use super::queue::End;
use crate::error::Result;
use crate::store::{Audience, Cursor, Store};

/// Gives a channel's JSON, for the `notification.` form of a message.
pub(crate) type Describe = Arc<dyn Fn(String) -> BoxFuture<'static, Option<Bytes>> + Send + Sync>;

/// Follows the log from its present end until `stop`. Returns once the position is fixed: nothing that is committed
/// afterwards is missed.
pub(crate) async fn follow(
    store: Arc<Store>,
    hub: Arc<Hub>,
    describe: Describe,
    stop: CancellationToken,
) -> Result<()> {
    for cursor in store.log_cursors().await? {
        let (store, hub, describe, stop) = (store.clone(), hub.clone(), describe.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = tail(&store, &hub, &describe, cursor) => {}
                () = stop.cancelled() => {}
            }
        });
    }
    Ok(())
}

async fn tail(store: &Store, hub: &Hub, describe: &Describe, mut cursor: Cursor) {
    let mut backoff = Duration::ZERO;
    loop {
        tokio::time::sleep(backoff).await;
        match read(store, hub, describe, &mut cursor).await {
            Ok(never) => match never {},
            Err(error) => tracing::warn!(error = ?error, "the log cannot be read; trying again"),
        }
        store.trust_caches(false);
        backoff = (backoff * 2).clamp(Duration::from_millis(50), Duration::from_secs(1));
    }
}

/// Reads until the connection fails.
async fn read(store: &Store, hub: &Hub, describe: &Describe, cursor: &mut Cursor) -> Result<std::convert::Infallible> {
    let mut reader = store.log_reader().await?;
    if !store.log_covers(cursor).await? {
        // What was trimmed away cannot be told any more: clients come back and read the present state instead.
        tracing::warn!("the log was trimmed past this reader; closing the sockets so that clients recover");
        hub.end_all(End::Resync);
    }
    store.trust_caches(true);
    loop {
        for entry in reader.next(store, cursor).await? {
            for effect in &entry.header.effects {
                store.obey(effect, entry.at);
            }
            let channel = match &entry.header.audience {
                Audience::WatchersAndMembers(cid) if hub.needs_channel(&entry) => describe(cid.clone()).await,
                _ => None,
            };
            hub.hear(&entry, channel.as_deref());
        }
    }
}
