//! Reads the log, once per deployment, and notes what is to be pushed.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::sync::Notify;

use super::{Providers, recipients};
use crate::app::App;
use crate::backoff::Backoff;
use crate::error::Result;
use crate::limits;
use crate::store::Taken;

/// Reads what nobody has read yet.
pub(super) async fn listen(app: Arc<App>, providers: Arc<Providers>, work: Arc<Notify>, partitions: Vec<u16>) {
    let mut backoff = Backoff::new();
    loop {
        backoff.wait().await;
        let Err(error) = read(&app, &providers, &work, &partitions).await;
        tracing::warn!(error = ?error, "the log cannot be read for pushing; trying again");
    }
}

/// Reads until the connection fails.
async fn read(app: &Arc<App>, providers: &Providers, work: &Notify, partitions: &[u16]) -> Result<Infallible> {
    // The logs may have been lost, and the group with them.
    app.store.push_places().await?;
    let mut reader = app.store.push_reader(partitions).await?;
    loop {
        for taken in reader.next().await? {
            plan(app, providers, work, taken).await?;
        }
    }
}

/// Takes over what was read and not acknowledged: the node that read it is gone, or Redis was.
pub(super) async fn take_over(app: Arc<App>, providers: Arc<Providers>, work: Arc<Notify>) {
    let mut ticks = tokio::time::interval(limits::PUSH_TAKE_OVER);
    loop {
        ticks.tick().await;
        for partition in app.store.push_partitions() {
            let taken_over =
                async { plan(&app, &providers, &work, app.store.abandoned_entries(partition).await?).await };
            if let Err(error) = taken_over.await {
                tracing::warn!(error = ?error, "what another node left of pushes could not be taken over; trying again");
            }
        }
    }
}

async fn plan(app: &Arc<App>, providers: &Providers, work: &Notify, (partition, entries): Taken) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut jobs = Vec::new();
    for entry in entries.iter().filter_map(|(_, entry)| entry.as_ref()) {
        jobs.extend(recipients::of(app, providers, entry).await?);
    }
    let ids: Vec<String> = entries.into_iter().map(|(id, _)| id).collect();
    app.store.plan_pushes(partition, &ids, &jobs).await?;
    if !jobs.is_empty() {
        work.notify_one();
    }
    Ok(())
}
