//! Listing flagged messages (`rules.md` 3.10), for whoever looks after channels or the app.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::access::Action;
use crate::chat::users::{self, bounded};
use crate::chat::{Ctx, respond};
use crate::error::Result;
use crate::limits;
use crate::query::{Direction, Fields, Filter, MESSAGE_FLAGS, Sort};
use crate::store::{Flag, Message, MessageRow};
use crate::wire::messages::MessageResponse;
use crate::wire::moderation::{MessageFlagResponse, QueryMessageFlagsRequest, QueryMessageFlagsResponse};

/// Targets whose flags are read at once.
const BATCH: usize = 200;

struct Row {
    message: Arc<Message>,
    team: Option<String>,
    reporter: String,
    flag: Flag,
}

/// Flags of messages, one entry for each person who flagged one, the last flagged first.
pub(crate) async fn query_message_flags(
    ctx: &Ctx,
    request: QueryMessageFlagsRequest,
) -> Result<QueryMessageFlagsResponse> {
    let ctx = &ctx.acting_for("user", request.user, request.user_id).await?;
    let filter = Filter::parse(request.filter_conditions.as_ref().unwrap_or(&Value::Null), &MESSAGE_FLAGS)?;
    let sort = Sort::parse(request.sort.as_ref(), &MESSAGE_FLAGS, 1, &[("created_at", Direction::Descending)])?;
    let limit = bounded("limit", request.limit, limits::USERS_PAGE_DEFAULT, limits::BANS_PAGE)?;
    let offset = bounded("offset", request.offset, 0, limits::BANS_OFFSET)?;
    let cids = filter.required_values("channel_cid");
    match &cids {
        Some(cids) => {
            for cid in cids.iter().collect::<BTreeSet<_>>() {
                ctx.channel(cid, Action::ReadMessageFlags).await?;
            }
        }
        None => users::require(ctx, Action::BanUser, true)?,
    }
    let mut rows = candidates(ctx).await?;
    rows.retain(|row| filter.matches(row));
    rows.sort_by_cached_key(|row| (sort.key(row), row.message.id.clone(), row.reporter.clone()));
    let page: Vec<Row> = rows.into_iter().skip(offset).take(limit).collect();
    Ok(QueryMessageFlagsResponse { flags: answers(ctx, page).await? })
}

async fn candidates(ctx: &Ctx) -> Result<Vec<Row>> {
    let store = &ctx.app.store;
    let targets = store.flagged(limits::FLAGGED).await?;
    let ids: Vec<&str> = targets.iter().filter_map(|target| target.strip_prefix("message:")).collect();
    let mut rows = Vec::new();
    for ids in ids.chunks(BATCH) {
        let found = ids.iter().map(|id| async move {
            let target = format!("message:{id}");
            futures_util::future::try_join(store.message(id), store.flags(&target)).await
        });
        let found: Vec<_> = futures_util::future::try_join_all(found).await?;
        let cids: BTreeSet<&str> =
            found.iter().filter_map(|(message, _)| Some(message.as_ref()?.cid.as_str())).collect();
        let channels = store.channels(cids).await?;
        for (message, flags) in &found {
            let Some(message) = message else { continue };
            let Some(channel) = channels.get(&message.cid).filter(|channel| !channel.is_deleted()) else { continue };
            let message = Arc::new(message.clone());
            rows.extend(flags.iter().map(|(reporter, flag)| Row {
                message: message.clone(),
                team: channel.team.clone(),
                reporter: reporter.clone(),
                flag: flag.clone(),
            }));
        }
    }
    Ok(rows)
}

async fn answers(ctx: &Ctx, page: Vec<Row>) -> Result<Vec<MessageFlagResponse>> {
    let people = respond::People::load(ctx, page.iter().map(|row| row.reporter.as_str())).await?;
    let mut written: HashMap<String, Arc<MessageResponse>> = HashMap::new();
    let mut flags = Vec::with_capacity(page.len());
    for Row { message, reporter, flag, .. } in page {
        let message = match written.get(&message.id) {
            Some(response) => response.clone(),
            None => {
                let (id, cid) = (message.id.clone(), message.cid.clone());
                let row = MessageRow { message, own_reactions: Vec::new() };
                let response = Arc::new(respond::message(ctx, &cid, row).await?);
                written.insert(id, response.clone());
                response
            }
        };
        flags.push(MessageFlagResponse {
            message,
            user: people.get(&reporter),
            created_at: flag.created_at,
            updated_at: flag.updated_at,
            created_by_automod: false,
            reason: flag.reason,
            custom: (!flag.custom.is_empty()).then_some(flag.custom),
        });
    }
    Ok(flags)
}

impl Fields for Row {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let value: Value = match field {
            "channel_cid" => self.message.cid.as_str().into(),
            "message_id" => self.message.id.as_str().into(),
            "user_id" => self.message.user_id.as_str().into(),
            "reporter_id" => self.reporter.as_str().into(),
            "team" => self.team.as_deref()?.into(),
            "reason" => self.flag.reason.as_deref()?.into(),
            // Nobody reviews yet.
            "is_reviewed" => false.into(),
            "created_at" => self.flag.created_at.micros().into(),
            _ => return None,
        };
        Some(Cow::Owned(value))
    }
}
