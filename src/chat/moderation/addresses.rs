//! Bans that hold for an address too (`rules.md` 14.2). They follow the ban of the person: should a process die between the two, trying
//! again does both.

use crate::chat::Ctx;
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
        if new.is_some() {
            check_number(&after.bans, cid)?;
        }
        if let Outcome::Committed { .. } = store.put_address_bans(&before, &after).await? {
            // The other nodes hear of it; this one must not answer before it knows.
            return store.fresh_address_bans().await.map(drop);
        }
    }
    Err(ApiError::busy())
}

/// Refuses one ban too many. Those in channels are counted apart from those in the app, and each channel has few: whoever moderates
/// one must not use up what the app's own moderators need.
fn check_number(bans: &[AddressBan], cid: Option<&str>) -> Result<()> {
    let here = bans.iter().filter(|ban| ban.cid.as_deref() == cid).count();
    if cid.is_none() {
        return no_more_than(limits::ADDRESS_BANS, here, "in the app");
    }
    no_more_than(limits::CHANNEL_ADDRESS_BANS, here, "in a channel")?;
    let in_channels = bans.iter().filter(|ban| ban.cid.is_some()).count();
    no_more_than(limits::CHANNELS_ADDRESS_BANS, in_channels, "in all channels together")
}

fn no_more_than(most: usize, wanted: usize, place: &str) -> Result<()> {
    if wanted <= most {
        return Ok(());
    }
    Err(ApiError::field("ip_ban", format!("at most {most} addresses can be banned {place}; lift some first")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bans(cid: Option<&str>, number: usize) -> Vec<AddressBan> {
        let ban = AddressBan { cid: cid.map(str::to_owned), ..AddressBan::default() };
        std::iter::repeat_n(ban, number).collect()
    }

    #[test]
    fn no_channel_uses_up_what_the_app_and_the_others_have() {
        let few = limits::CHANNEL_ADDRESS_BANS;
        let full = bans(Some("team:a"), few + 1);
        assert!(check_number(&full[1..], Some("team:a")).is_ok());
        assert!(check_number(&full, Some("team:a")).is_err());
        let other = [full, bans(Some("team:b"), 1)].concat();
        assert!(check_number(&other, Some("team:b")).is_ok());
    }

    #[test]
    fn channels_and_the_app_are_counted_apart() {
        let cids: Vec<String> = (0..limits::CHANNELS_ADDRESS_BANS).map(|id| format!("team:{id}")).collect();
        let channels: Vec<_> = cids.iter().flat_map(|cid| bans(Some(cid), 1)).collect();
        assert!(check_number(&channels, Some("team:0")).is_ok());
        let another = [channels.clone(), bans(Some("team:a"), 1)].concat();
        assert!(check_number(&another, Some("team:a")).is_err());
        let app = [another, bans(None, limits::ADDRESS_BANS)].concat();
        assert!(check_number(&app, None).is_ok());
        let too_many = [app, bans(None, 1)].concat();
        assert!(check_number(&too_many, None).is_err());
        let full_app = [channels[1..].to_vec(), bans(None, limits::ADDRESS_BANS + 1), bans(Some("team:a"), 1)].concat();
        assert!(check_number(&full_app, Some("team:a")).is_ok());
    }
}
