//! Finding people (`rules.md` 3.2, 12).

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Ctx, require};
use crate::access::Action;
use crate::chat::{respond, teams, watching};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::query::{Direction, Fields, Filter, Sort, USERS};
use crate::store::User;
use crate::wire::Time;
use crate::wire::users::{QueryUsersRequest, QueryUsersResponse};

/// Users looked at together.
const BATCH: usize = 1000;
/// Sort keys of one query.
const SORT_KEYS: usize = 5;

/// Lists users; follows their presence on request.
pub(crate) async fn query(ctx: &Ctx, request: QueryUsersRequest) -> Result<QueryUsersResponse> {
    let ctx = &ctx.acting_for("user", request.user, request.user_id).await?;
    // Whom he may not see because of teams is left out below; those of his own are meant unless he speaks about teams.
    require(ctx, Action::SearchUser, true)?;
    let filter = Filter::parse(request.filter_conditions.as_ref().unwrap_or(&Value::Null), &USERS)?;
    let sort = Sort::parse(request.sort.as_ref(), &USERS, SORT_KEYS, &[("created_at", Direction::Descending)])?;
    let limit = bounded("limit", request.limit, limits::USERS_PAGE_DEFAULT, limits::USERS_PAGE)?;
    let offset = bounded("offset", request.offset, 0, limits::OFFSET)?;
    let with_deactivated = request.include_deactivated_users.unwrap_or(false);
    let mut found = matching(ctx, &filter, &sort, with_deactivated).await?;
    let page: Vec<Arc<User>> = found.drain(..).skip(offset).take(limit).collect();
    if request.presence.unwrap_or(false) {
        let connection = watching::connection(ctx).await?;
        watching::follow(ctx, &connection, page.iter().map(|user| user.id.clone()).collect()).await?;
    }
    let users = page.iter().map(|user| respond::full_user(ctx, user));
    Ok(QueryUsersResponse { users: futures_util::future::try_join_all(users).await? })
}

async fn matching(ctx: &Ctx, filter: &Filter, sort: &Sort, with_deactivated: bool) -> Result<Vec<Arc<User>>> {
    let store = &ctx.app.store;
    let ids: Vec<String> = match filter.required_values("id") {
        Some(ids) => ids.into_iter().map(str::to_owned).collect(),
        None => store.all_user_ids().await?,
    };
    let everywhere = !teams::count(ctx) || filter.mentions("teams");
    let mut found = Vec::new();
    for ids in ids.chunks(BATCH) {
        let users = store.users(ids.iter().map(String::as_str)).await?;
        for user in users.into_values() {
            let listed = user.deleted_at.is_none()
                && (with_deactivated || user.deactivated_at.is_none())
                && match everywhere {
                    true => teams::sees(ctx, &user),
                    false => ctx.actor.as_ref().is_none_or(|own| own.id == user.id || teams::share(own, &user)),
                };
            let fields = UserFields { user: &user, viewer: ctx.viewer(), now: ctx.now() };
            if listed && filter.matches(&fields) {
                found.push((sort.key(&fields), user));
            }
        }
    }
    // Equal keys need an order of their own, or pages would overlap.
    found.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.id.cmp(&right.id)));
    Ok(found.into_iter().map(|(_, user)| user).collect())
}

/// A limit or offset: the default when absent; out of bounds is refused.
pub(crate) fn bounded(path: &str, asked: Option<i64>, default: usize, most: usize) -> Result<usize> {
    match asked.map(usize::try_from) {
        None => Ok(default),
        Some(Ok(asked)) if asked <= most => Ok(asked),
        Some(Ok(_)) => Err(ApiError::field(path, format!("{path} must be {most} or less"))),
        Some(Err(_)) => Err(ApiError::field(path, format!("{path} must be 0 or greater"))),
    }
}

/// A user as the filter language sees him.
struct UserFields<'a> {
    user: &'a User,
    viewer: &'a str,
    now: Time,
}

impl Fields for UserFields<'_> {
    fn get(&self, field: &str) -> Option<Cow<'_, Value>> {
        let user = self.user;
        let text = |text: &Option<String>| text.as_ref().map(|text| Value::from(text.as_str()));
        let value = match field {
            "banned" => Some(user.is_banned(self.now).into()),
            "bypass_moderation" => Some(false.into()),
            "created_at" => Some(user.created_at().micros().into()),
            "id" => Some(user.id.as_str().into()),
            "language" => Some(user.language.as_str().into()),
            "last_active" => user.last_active.map(|at| at.micros().into()),
            "name" => text(&user.name),
            "image" => text(&user.image),
            "role" => Some(user.role.as_str().into()),
            // Who is banned without knowing it does not find himself.
            "shadow_banned" => Some((user.is_shadow_banned(self.now) && self.viewer != user.id).into()),
            "teams" => Some(json!(user.teams)),
            "updated_at" => Some(user.updated_at().micros().into()),
            custom => return user.custom.get(custom).map(Cow::Borrowed),
        };
        value.map(Cow::Owned)
    }
}
