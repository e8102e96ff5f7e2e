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

/// Flagged messages that are looked at together.
const BATCH: usize = 1000;

struct Row {
    message: Arc<Message>,
    team: Option<String>,
    reporter: String,
    flag: Flag,
}

/// What the index of flags should not name any more: the message's id, the target, and what flags it still has.
type Gone = (String, String, HashMap<String, Flag>);

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
    let cids = filter.required_values("channel_cid").map(|cids| cids.into_iter().collect::<BTreeSet<_>>());
    match &cids {
        Some(cids) => {
            for cid in cids {
                ctx.channel(cid, Action::ReadMessageFlags).await?;
            }
        }
        None => users::require(ctx, Action::BanUser, true)?,
    }
    let mut rows = candidates(ctx, cids.as_ref()).await?;
    rows.retain(|row| filter.matches(row));
    rows.sort_by_cached_key(|row| (sort.key(row), row.message.id.clone(), row.reporter.clone()));
    let page: Vec<Row> = rows.into_iter().skip(offset).take(limit).collect();
    Ok(QueryMessageFlagsResponse { flags: answers(ctx, page).await? })
}

/// Flags of the messages that were flagged last, and that are in these channels if any are named.
async fn candidates(ctx: &Ctx, cids: Option<&BTreeSet<&str>>) -> Result<Vec<Row>> {
    let store = &ctx.app.store;
    let (mut rows, mut gone) = (Vec::new(), Vec::new());
    let flagged = store.flagged_messages(limits::FLAGGED).await?;
    for ids in flagged.chunks(BATCH) {
        let mut places = store.message_places(ids).await?;
        places.retain(|(cid, _)| cids.is_none_or(|cids| cids.contains(cid.as_str())));
        let targets: Vec<String> = places.iter().map(|(_, id)| format!("message:{id}")).collect();
        let (messages, mut flags) =
            futures_util::future::try_join(store.messages_at(&places), store.flags(&targets)).await?;
        let named: BTreeSet<&str> = places.iter().map(|(cid, _)| cid.as_str()).collect();
        let channels = store.channels(named).await?;
        for (((cid, id), target), message) in places.iter().zip(targets).zip(messages) {
            let flags = flags.remove(&target).unwrap_or_default();
            let Some(message) = message.filter(|_| !flags.is_empty()) else {
                gone.push((id.clone(), target, flags));
                continue;
            };
            let Some(channel) = channels.get(cid).filter(|channel| !channel.is_deleted()) else { continue };
            let message = Arc::new(message);
            rows.extend(flags.into_iter().map(|(reporter, flag)| Row {
                message: message.clone(),
                team: channel.team.clone(),
                reporter,
                flag,
            }));
        }
    }
    forget(ctx, &gone).await?;
    Ok(rows)
}

/// Takes out of the index what has no flags, and, with its flags, what was erased: its id never comes again. An erasure cannot do
/// so itself, as the flags may be in another partition than the message.
async fn forget(ctx: &Ctx, gone: &[Gone]) -> Result<()> {
    let store = &ctx.app.store;
    // Where it was looked for may have been remembered wrongly.
    let found = futures_util::future::try_join_all(gone.iter().map(|(id, ..)| store.stored_message(id))).await?;
    let mut flags = Vec::new();
    for ((_, target, left), message) in gone.iter().zip(&found) {
        let erased = left.keys().map(String::as_str).filter(|_| message.is_none());
        // Nobody's flag says the target alone, which then goes if it has no other.
        flags.extend(erased.chain([""]).map(|reporter| (target.as_str(), reporter)));
    }
    store.remove_flags(&flags).await
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
                let response = Arc::new(respond::message(ctx, &cid, MessageRow::bare(message)).await?);
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
