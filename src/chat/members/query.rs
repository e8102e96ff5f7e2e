//! Listing members (`rules.md` 3.3).

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::Action;
use crate::chat::{Ctx, Granted, channels, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::query::{Direction, Fields, Filter, MEMBERS, Sort};
use crate::store::{Member, User};
use crate::wire::Time;
use crate::wire::channels::{QueryMembersRequest, QueryMembersResponse};

/// Members of one page when the request names no limit.
const PAGE_DEFAULT: usize = 100;

/// The members of a channel that match.
pub(crate) async fn query(ctx: &Ctx, request: QueryMembersRequest) -> Result<QueryMembersResponse> {
    let ctx = &ctx.acting_for("user", request.user.clone(), request.user_id.clone()).await?;
    let filter = Filter::parse(request.filter_conditions.as_ref().unwrap_or(&Value::Null), &MEMBERS)?;
    let sort = Sort::parse(request.sort.as_ref(), &MEMBERS, 1, &[("created_at", Direction::Ascending)])?;
    let limit = channels::limit("limit", request.limit, PAGE_DEFAULT, usize::MAX)?;
    if limit > limits::MEMBERS_PAGE {
        return Err(ApiError::field("limit", format!("limit must be {} or less", limits::MEMBERS_PAGE)));
    }
    let offset = channels::offset("offset", request.offset, limits::MEMBERS_OFFSET)?;
    let granted = ctx.channel(&cid(&request)?, Action::ReadChannel).await?;
    granted.right.require(Action::ReadChannelMembers)?;
    let by_joining = sort.fields().eq([("created_at", Direction::Ascending)]);
    let page = if filter.is_empty() && by_joining && !Bounds::of(&request).any() {
        ctx.app.store.first_members(&granted.cid, offset, limit).await?
    } else {
        matching(ctx, &granted, &request, &filter, &sort).await?.into_iter().skip(offset).take(limit).collect()
    };
    let people = respond::People::load(ctx, page.iter().map(|member| member.user_id.as_str())).await?;
    let shown = page.iter().map(|member| respond::member(member, &granted.channel, &people, ctx.viewer(), ctx.now()));
    Ok(QueryMembersResponse { members: shown.collect() })
}

/// The channel that the payload names, by its id or by the members of a distinct one.
fn cid(request: &QueryMembersRequest) -> Result<String> {
    match (&request.id, &request.members) {
        (Some(id), _) if !id.is_empty() => Ok(format!("{}:{id}", request.kind)),
        (_, Some(members)) if !members.is_empty() => {
            let set: BTreeSet<String> = members.iter().map(|member| member.user_id.clone()).collect();
            Ok(format!("{}:{}", request.kind, channels::distinct_id(&set.into_iter().collect::<Vec<_>>())))
        }
        _ => Err(ApiError::input("either id or members must be provided")),
    }
}

/// All that match, in order.
async fn matching(
    ctx: &Ctx,
    granted: &Granted,
    request: &QueryMembersRequest,
    filter: &Filter,
    sort: &Sort,
) -> Result<Vec<Arc<Member>>> {
    let store = &ctx.app.store;
    let members = match filter.required_values("user_id").or_else(|| filter.required_values("id")) {
        Some(ids) => {
            let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
            store.members_of(&granted.cid, &ids).await?.into_values().collect()
        }
        None => store.all_members(&granted.cid).await?,
    };
    let users = store.users(members.iter().map(|member| member.user_id.as_str())).await?;
    let bounds = Bounds::of(request);
    let now = ctx.now();
    let mut found = Vec::new();
    for member in members.into_iter().filter(|member| bounds.hold(member)) {
        let fields = MemberFields { member: &member, users: &users, now };
        if filter.matches(&fields) {
            let key = sort.key(&fields);
            found.push((key, member));
        }
    }
    // Equal keys need an order of their own, or pages would overlap.
    found.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.user_id.cmp(&right.user_id)));
    Ok(found.into_iter().map(|(_, member)| member).collect())
}

/// How older clients page.
struct Bounds<'a>(&'a QueryMembersRequest);

impl<'a> Bounds<'a> {
    fn of(request: &'a QueryMembersRequest) -> Self {
        Bounds(request)
    }

    fn any(&self) -> bool {
        let request = self.0;
        let ids = [&request.user_id_lt, &request.user_id_lte, &request.user_id_gt, &request.user_id_gte];
        let times = [
            request.created_at_before,
            request.created_at_before_or_equal,
            request.created_at_after,
            request.created_at_after_or_equal,
        ];
        ids.into_iter().any(Option::is_some) || times.into_iter().any(|time| time.is_some())
    }

    fn hold(&self, member: &Member) -> bool {
        let (request, id, at) = (self.0, &member.user_id, member.created_at());
        request.user_id_lt.as_ref().is_none_or(|bound| id < bound)
            && request.user_id_lte.as_ref().is_none_or(|bound| id <= bound)
            && request.user_id_gt.as_ref().is_none_or(|bound| id > bound)
            && request.user_id_gte.as_ref().is_none_or(|bound| id >= bound)
            && request.created_at_before.is_none_or(|bound| at < bound)
            && request.created_at_before_or_equal.is_none_or(|bound| at <= bound)
            && request.created_at_after.is_none_or(|bound| at > bound)
            && request.created_at_after_or_equal.is_none_or(|bound| at >= bound)
    }
}

/// A member as the filter language sees him.
struct MemberFields<'a> {
    member: &'a Member,
    users: &'a HashMap<String, Arc<User>>,
    now: Time,
}

impl Fields for MemberFields<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let member = self.member;
        let user = self.users.get(&member.user_id);
        let value = match field {
            "id" | "user_id" => json!(member.user_id),
            "name" => json!(user.and_then(|user| user.name.as_ref())),
            "user.email" => return user.and_then(|user| user.custom.get("email")).map(Cow::Borrowed),
            "user.nd_deactivated" => json!(user.is_some_and(|user| user.deactivated_at.is_some())),
            "last_active" => json!(user.and_then(|user| user.last_active).map(Time::micros)),
            "channel_role" => json!(member.channel_role),
            "is_moderator" => json!(member.is_moderator()),
            "banned" => json!(member.is_banned(self.now)),
            "notifications_muted" => json!(false),
            "created_at" => json!(member.created_at().micros()),
            "updated_at" => json!(member.at.micros()),
            "joined" => json!(!member.is_outside()),
            "invite" if !member.invited => Value::Null,
            "invite" => match member.status() {
                "member" => json!("accepted"),
                status => json!(status),
            },
            custom => return member.custom.get(custom).map(Cow::Borrowed),
        };
        (!value.is_null()).then_some(Cow::Owned(value))
    }
}
