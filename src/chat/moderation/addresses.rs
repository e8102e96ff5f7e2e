//! Bans that hold for an address too (`rules.md` 14.2). They follow the ban of the person: should a process die between the two, trying
//! again does both.

use crate::chat::{Ctx, users};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{AddressBan, AddressBans, Ban, Outcome, User};

/// Bans the address from which the person last connected, if it is known. Who is not to notice his own ban would by this one.
pub(super) async fn bar(ctx: &Ctx, cid: Option<&str>, target: &User, ban: &Ban) -> Result<()> {
    let address = if ban.shadow { None } else { ctx.app.store.last_address(&target.id).await? };
    let new = address.map(|address| AddressBan {
        address,
        user: target.id.clone(),
        cid: cid.map(str::to_owned),
        expires: ban.expires,
    });
    replace(ctx, cid, &target.id, new).await
}

/// Lifts what came with the person's ban.
pub(super) async fn lift(ctx: &Ctx, cid: Option<&str>, target: &User) -> Result<()> {
    replace(ctx, cid, &target.id, None).await
}

async fn replace(ctx: &Ctx, cid: Option<&str>, user: &str, new: Option<AddressBan>) -> Result<()> {
    let (store, now) = (&ctx.app.store, ctx.now());
    for _ in 0..limits::CONFLICT_RETRIES {
        let before = store.fresh_address_bans().await?;
        let is_same = |ban: &AddressBan| ban.user == user && ban.cid.as_deref() == cid;
        if new.is_none() && !before.bans.iter().any(is_same) {
            return Ok(());
        }
        let kept = before.bans.iter().filter(|ban| ban.holds(now) && !is_same(ban)).cloned();
        let after = AddressBans { bans: kept.chain(new.clone()).collect(), ..AddressBans::clone(&before) };
        if after.bans.len() > limits::ADDRESS_BANS {
            let message = format!("at most {} addresses can be banned; lift some first", limits::ADDRESS_BANS);
            return Err(ApiError::field("ip_ban", message));
        }
        if let Outcome::Committed { .. } = store.put_address_bans(&before, &after).await? {
            // The other nodes hear of it; this one must not answer before it knows.
            return store.fresh_address_bans().await.map(drop);
        }
    }
    Err(users::busy())
}
