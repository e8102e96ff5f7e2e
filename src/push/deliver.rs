//! Takes what is due from the queue and sends it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};

use super::Providers;
use super::provider::Failure;
use crate::app::App;
use crate::chat::{Ctx, devices};
use crate::error::Result;
use crate::limits;
use crate::store::{PushJob, Settled};

/// Sends what is due, as long as the process lives. What another node noted is found within [`limits::PUSH_LOOK`].
pub(super) async fn deliver(app: Arc<App>, providers: Arc<Providers>, work: Arc<Notify>) {
    let under_way = Arc::new(Semaphore::new(limits::PUSHES_UNDER_WAY));
    loop {
        if take(&app, &providers, &under_way).await == 0 {
            tokio::select! {
                () = work.notified() => {}
                () = tokio::time::sleep(limits::PUSH_LOOK) => {}
            }
        }
    }
}

/// Begins to send what is due in each partition; tells how much that was.
async fn take(app: &Arc<App>, providers: &Arc<Providers>, under_way: &Arc<Semaphore>) -> usize {
    let mut taken = 0;
    for partition in app.store.push_partitions() {
        // Waits while everything that may be under way is.
        let Ok(first) = under_way.clone().acquire_owned().await else { return taken };
        let most = (1 + under_way.available_permits()).min(limits::PUSH_BATCH);
        let jobs = match app.store.due_pushes(partition, most).await {
            Ok(jobs) => jobs,
            Err(error) => {
                // The other partitions may be on masters that are there.
                tracing::warn!(error = ?error, partition, "what is to be pushed cannot be read; trying again");
                continue;
            }
        };
        taken += jobs.len();
        let mut spare = Some(first);
        for job in jobs {
            let permit = match spare.take() {
                Some(first) => first,
                None => match under_way.clone().acquire_owned().await {
                    Ok(next) => next,
                    Err(_) => return taken,
                },
            };
            let (app, providers) = (app.clone(), providers.clone());
            tokio::spawn(async move {
                if let Err(error) = send(&app, &providers, partition, job).await {
                    tracing::warn!(error = ?error, "a push could not be settled; it is tried again when its lease lapses");
                }
                drop(permit);
            });
        }
    }
    taken
}

async fn send(app: &Arc<App>, providers: &Providers, partition: u16, mut job: PushJob) -> Result<()> {
    let own = app.store.own(&job.user).await?;
    let device = own.devices.iter().find(|device| device.id == job.device);
    let (Some(device), holder) = (device, app.store.device_holder(&job.device).await?) else {
        return app.store.settle_push(partition, &job, Settled::Done).await;
    };
    let Some(provider) = providers.of(&device.provider).filter(|_| holder.as_deref() == Some(&*job.user)) else {
        return app.store.settle_push(partition, &job, Settled::Done).await;
    };
    let outcome = provider.send(device, &job.note).await;
    metrics::counter!("weir_pushes", "provider" => device.provider.clone(), "outcome" => named(&outcome)).increment(1);
    let settled = match outcome {
        Ok(()) => Settled::Done,
        Err(Failure::Gone(reason)) => {
            tracing::info!(user = job.user, provider = device.provider, reason, "a device is gone");
            devices::forget(&Ctx::internal(app), &job.user, &job.device).await?;
            Settled::Done
        }
        Err(Failure::Never(reason)) => {
            tracing::warn!(user = job.user, provider = device.provider, reason, "a push was refused for good");
            Settled::Dead
        }
        Err(Failure::Later(reason, after)) => {
            job.failures += 1;
            tracing::debug!(user = job.user, provider = device.provider, reason, job.failures, "a push failed");
            if job.failures >= limits::PUSH_TRIES { Settled::Dead } else { Settled::Later(pause(job.failures, after)) }
        }
    };
    app.store.settle_push(partition, &job, settled).await
}

fn named(outcome: &std::result::Result<(), Failure>) -> &'static str {
    match outcome {
        Ok(()) => "sent",
        Err(Failure::Gone(_)) => "gone",
        Err(Failure::Never(_)) => "refused",
        Err(Failure::Later(..)) => "failed",
    }
}

/// Twice as long after each failure, and not before the provider said.
fn pause(failures: u32, after: Option<Duration>) -> Duration {
    let doubled = limits::PUSH_PAUSE * 2_u32.saturating_pow(failures.saturating_sub(1));
    doubled.max(after.unwrap_or_default()).min(limits::PUSH_LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_and_respect_what_the_provider_said() {
        let pauses: Vec<u64> = (1..=4).map(|failures| pause(failures, None).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8]);
        assert_eq!(pause(1, Some(Duration::from_secs(30))).as_secs(), 30);
        assert_eq!(pause(60, None), limits::PUSH_LONGEST_PAUSE);
        assert_eq!(pause(1, Some(Duration::from_secs(1_000_000))), limits::PUSH_LONGEST_PAUSE);
    }
}
