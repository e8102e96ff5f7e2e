//! Listing reactions: newest first with an offset, or by a filter with a cursor (`rules.md` 3.6).

use std::borrow::Cow;

use serde_json::Value;

use super::check_enabled;
use crate::access::Action;
use crate::chat::messages::GrantedMessage;
use crate::chat::users::bounded;
use crate::chat::{Ctx, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::query::{Direction, Fields, Filter, REACTIONS, Sort};
use crate::store::LatestReaction;
use crate::wire::Time;
use crate::wire::messages::{GetReactionsParams, QueryReactionsRequest, QueryReactionsResponse, ReactionResponse};

/// The reactions to a message, newest first.
pub(crate) async fn list(ctx: &Ctx, id: &str, params: GetReactionsParams) -> Result<Vec<ReactionResponse>> {
    let most = bounded("limit", params.limit, limits::REACTIONS_PAGE_DEFAULT, limits::REACTIONS_PAGE)?;
    let skip = bounded("offset", params.offset, 0, limits::OFFSET)?;
    let (found, mut all) = load(ctx, id).await?;
    all.drain(..skip.min(all.len()));
    all.truncate(most);
    responses(ctx, &found, &all).await
}

/// The reactions that a filter asks for, in pages.
pub(crate) async fn query(ctx: &Ctx, id: &str, request: QueryReactionsRequest) -> Result<QueryReactionsResponse> {
    let ctx = &ctx.acting_for("user", request.user, request.user_id).await?;
    let filter = Filter::parse(request.filter.as_ref().unwrap_or(&Value::Null), &REACTIONS)?;
    let sort = Sort::parse(request.sort.as_ref(), &REACTIONS, 2, &[("created_at", Direction::Descending)])?;
    let descending = sort.fields().all(|(_, direction)| direction == Direction::Descending);
    let most = bounded("limit", request.limit, limits::REACTIONS_QUERY_PAGE_DEFAULT, limits::REACTIONS_QUERY_PAGE)?;
    let after = request.next.as_deref().filter(|next| !next.is_empty()).map(Place::read).transpose()?;
    let (found, mut all) = load(ctx, id).await?;
    all.retain(|reaction| filter.matches(reaction));
    all.sort_by(|a, b| if descending { Place::of(b).cmp(&Place::of(a)) } else { Place::of(a).cmp(&Place::of(b)) });
    if let Some(after) = after {
        let passed = |reaction: &LatestReaction| {
            if descending { Place::of(reaction) >= after } else { Place::of(reaction) <= after }
        };
        all.drain(..all.partition_point(passed));
    }
    let more = all.len() > most;
    all.truncate(most);
    let next = all.last().filter(|_| more).map(|last| Place::of(last).write());
    Ok(QueryReactionsResponse { reactions: responses(ctx, &found, &all).await?, next, prev: None })
}

async fn load(ctx: &Ctx, id: &str) -> Result<(GrantedMessage, Vec<LatestReaction>)> {
    let found = ctx.message(id, Action::ReadChannel).await?;
    check_enabled(&found.granted)?;
    let all = ctx.app.store.reactions(&found.granted.cid, id).await?;
    Ok((found, all))
}

async fn responses(ctx: &Ctx, found: &GrantedMessage, reactions: &[LatestReaction]) -> Result<Vec<ReactionResponse>> {
    let ids: Vec<&str> = reactions.iter().map(|reaction| reaction.user.as_str()).collect();
    let people = respond::People::load(ctx, ids).await?;
    let response = |one: &LatestReaction| respond::reaction(&found.message.id, &one.user, &one.reaction, &people);
    Ok(reactions.iter().map(response).collect())
}

impl Fields for LatestReaction {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        Some(Cow::Owned(match field {
            "type" => self.reaction.kind.as_str().into(),
            "user_id" => self.user.as_str().into(),
            "created_at" => self.reaction.created_at.micros().into(),
            _ => return None,
        }))
    }
}

/// Where a reaction stands in the order of creation; no two stand in the same place. As text it is the cursor.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    at: Time,
    user: &'a str,
    kind: &'a str,
}

impl Place<'_> {
    fn of(reaction: &LatestReaction) -> Place<'_> {
        Place { at: reaction.reaction.created_at, user: &reaction.user, kind: &reaction.reaction.kind }
    }

    /// User ids hold no colon.
    fn write(&self) -> String {
        format!("{}:{}:{}", self.at.micros(), self.user, self.kind)
    }

    fn read(text: &str) -> Result<Place<'_>> {
        let mut parts = text.splitn(3, ':');
        let place = match (parts.next().map(str::parse), parts.next(), parts.next()) {
            (Some(Ok(at)), Some(user), Some(kind)) => Some(Place { at: Time(at), user, kind }),
            _ => None,
        };
        place.ok_or_else(|| ApiError::field("next", "next must be what an earlier answer gave"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let place = Place { at: Time(12), user: "ana", kind: "a:b" };
        assert_eq!(Place::read(&place.write()).unwrap(), place);
        assert!(Place::read("x").is_err() && Place::read("12:ana").is_err());
    }
}
