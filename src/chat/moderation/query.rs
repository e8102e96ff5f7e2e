//! Listing bans (`rules.md` 3.9).

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::access::Action;
use crate::chat::users::{self, bounded};
use crate::chat::{Ctx, channel_types, respond};
use crate::error::Result;
use crate::limits;
use crate::query::{BANNED_USERS, Direction, Fields, Filter, Sort};
use crate::store::ChannelBan;
use crate::wire::Time;
use crate::wire::moderation::{BanResponse, QueryBannedUsersRequest, QueryBannedUsersResponse};

/// Channels whose bans are read at once.
const BATCH: usize = 100;

/// A ban on its way to the answer.
struct Row {
    /// Absent: of the whole app.
    cid: Option<String>,
    user: String,
    ban: ChannelBan,
}

/// Lists bans: those of channels that the caller may read, or, for who looks after the app, all.
pub(crate) async fn query_bans(ctx: &Ctx, request: QueryBannedUsersRequest) -> Result<QueryBannedUsersResponse> {
    let ctx = &ctx.acting_for("user", request.user, request.user_id).await?;
    let filter = Filter::parse(request.filter_conditions.as_ref().unwrap_or(&Value::Null), &BANNED_USERS)?;
    let sort = Sort::parse(request.sort.as_ref(), &BANNED_USERS, 1, &[("created_at", Direction::Descending)])?;
    let limit = bounded("limit", request.limit, limits::USERS_PAGE_DEFAULT, limits::BANS_PAGE)?;
    let offset = bounded("offset", request.offset, 0, limits::BANS_OFFSET)?;
    let mut rows = candidates(ctx, &filter).await?;
    let now = ctx.now();
    rows.retain(|row| {
        // Who is banned without knowing it does not find himself.
        (!row.ban.shadow || row.user != ctx.viewer())
            && (!request.exclude_expired_bans.unwrap_or(false) || row.ban.holds(now))
            && filter.matches(row)
    });
    rows.sort_by_cached_key(|row| (sort.key(row), row.user.clone(), row.cid.clone()));
    let page: Vec<Row> = rows.into_iter().skip(offset).take(limit).collect();
    Ok(QueryBannedUsersResponse { bans: answers(ctx, page).await? })
}

async fn candidates(ctx: &Ctx, filter: &Filter) -> Result<Vec<Row>> {
    let store = &ctx.app.store;
    let mut rows = Vec::new();
    if let Some(cids) = filter.required_values("channel_cid") {
        let cids: BTreeSet<String> = cids.into_iter().map(str::to_owned).collect();
        for cid in &cids {
            ctx.channel(cid, Action::ReadChannel).await?;
            rows.extend(of_channel(ctx, cid).await?);
        }
        return Ok(rows);
    }
    users::require(ctx, Action::BanUser, true)?;
    let ids: Vec<String> = match filter.required_values("user_id") {
        Some(ids) => ids.into_iter().map(str::to_owned).collect(),
        None => store.all_user_ids().await?,
    };
    for ids in ids.chunks(10 * BATCH) {
        for (user, record) in store.users(ids.iter().map(String::as_str)).await? {
            if let Some(ban) = record.ban.clone() {
                let by = ban.by.unwrap_or_default();
                let ban =
                    ChannelBan { at: ban.created_at, expires: ban.expires, by, reason: ban.reason, shadow: ban.shadow };
                rows.push(Row { cid: None, user, ban });
            }
        }
    }
    let cids = store.all_cids().await?;
    for cids in cids.chunks(BATCH) {
        let bans = futures_util::future::try_join_all(cids.iter().map(|cid| of_channel(ctx, cid))).await?;
        rows.extend(bans.into_iter().flatten());
    }
    Ok(rows)
}

async fn of_channel(ctx: &Ctx, cid: &str) -> Result<Vec<Row>> {
    let bans = ctx.app.store.channel_bans(cid).await?;
    Ok(bans.into_iter().map(|(user, ban)| Row { cid: Some(cid.to_owned()), user, ban }).collect())
}

async fn answers(ctx: &Ctx, page: Vec<Row>) -> Result<Vec<BanResponse>> {
    let cids: Vec<&str> = page.iter().filter_map(|row| row.cid.as_deref()).collect();
    let channels = ctx.app.store.channels(cids.iter().copied()).await?;
    let mut ids: Vec<&str> = page.iter().flat_map(|row| [row.user.as_str(), row.ban.by.as_str()]).collect();
    ids.extend(channels.values().map(|channel| channel.created_by.as_str()));
    let people = respond::People::load(ctx, ids.iter().copied()).await?;
    let mut bans = Vec::with_capacity(page.len());
    for Row { cid, user, ban } in page {
        let channel = match cid.as_ref().and_then(|cid| channels.get(cid)) {
            Some(channel) => Some(respond::channel(channel, &*channel_types::of(channel)?, &people)),
            None => None,
        };
        bans.push(BanResponse {
            banned_by: (!ban.by.is_empty()).then(|| people.get(&ban.by)),
            channel,
            created_at: ban.at,
            expires: ban.expires,
            reason: ban.reason,
            shadow: Some(ban.shadow),
            user: Some(people.get(&user)),
        });
    }
    Ok(bans)
}

impl Fields for Row {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let value: Value = match field {
            "user_id" => self.user.as_str().into(),
            "channel_cid" => self.cid.as_deref()?.into(),
            "banned_by_id" => Some(self.ban.by.as_str()).filter(|by| !by.is_empty())?.into(),
            "reason" => self.ban.reason.as_deref()?.into(),
            "created_at" => Time::micros(self.ban.at).into(),
            _ => return None,
        };
        Some(Cow::Owned(value))
    }
}
