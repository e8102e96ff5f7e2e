//! Threads (`rules.md` 7): those that somebody takes part in, each by its parent, and what is set of one.

mod fields;
mod query;
mod shown;
mod update;

pub(crate) use query::{get, query};
pub(crate) use shown::named;
pub(crate) use update::update_partial;

use super::{Ctx, Granted, messages};
use crate::error::{ApiError, Result};
use crate::store::Thread;

/// The thread of this channel with its parent's id, as it is for the caller. 16 when there is none, or none any more.
pub(crate) async fn load(ctx: &Ctx, granted: &Granted, id: &str) -> Result<Thread> {
    let own = match ctx.viewer() {
        "" => std::sync::Arc::default(),
        viewer => ctx.app.store.own(viewer).await?,
    };
    let wanted = [(granted.cid.clone(), id.to_owned())];
    let found = ctx.app.store.threads(ctx.viewer(), &own, &wanted).await?.into_iter().next().flatten();
    let found = found.filter(|thread| thread.shown && messages::sees(ctx, granted, &thread.parent));
    found.ok_or_else(|| ApiError::not_found(format!("Can't find thread with id {id}")))
}
