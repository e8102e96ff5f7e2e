//! What may happen: the rules, told in the order a person would tell them. Knows no HTTP and no Redis.

pub(crate) mod accounts;
pub(crate) mod announce;
pub(crate) mod channel_types;
pub(crate) mod channels;
pub(crate) mod commands;
pub(crate) mod devices;
pub(crate) mod drafts;
pub(crate) mod events;
mod granted;
mod keeps;
pub(crate) mod links;
pub(crate) mod locations;
pub(crate) mod long_poll;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod moderation;
pub(crate) mod partial;
pub(crate) mod polls;
pub(crate) mod presence;
pub(crate) mod reactions;
pub(crate) mod reads;
pub(crate) mod reminders;
pub(crate) mod respond;
pub(crate) mod roles;
pub(crate) mod settings;
pub(crate) mod slice;
pub(crate) mod sync;
pub(crate) mod teams;
pub(crate) mod threads;
pub(crate) mod uploads;
pub(crate) mod user_groups;
pub(crate) mod users;
pub(crate) mod watching;

use std::sync::Arc;

pub(crate) use granted::{Granted, Right};

use crate::app::App;
use crate::error::{ApiError, Result};
use crate::store::User;
use crate::wire::Time;
use crate::wire::users::UserRequest;

/// Who calls: the token says so, and nothing else.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// A back end with the secret: no permission is checked, and it acts for whom it names.
    Server,
    /// A user or guest.
    User(Arc<User>),
    /// Somebody without a token; the id begins with `!anon`.
    Anonymous(Arc<User>),
}

/// One request: who calls, for whom, over which connection.
#[derive(Clone)]
pub(crate) struct Ctx {
    pub app: Arc<App>,
    pub caller: Caller,
    /// The person acting: the caller himself, or whom a server named.
    pub actor: Option<Arc<User>>,
    /// The socket that the client says it has; may be dead, and of another node.
    pub connection_id: Option<String>,
    /// Where a client calls from, as far as it is known and while it matters: on connecting, and while bans hold for addresses.
    pub address: Option<Arc<str>>,
}

impl Ctx {
    /// For what the process does by itself.
    pub fn internal(app: &Arc<App>) -> Ctx {
        Ctx { app: app.clone(), caller: Caller::Server, actor: None, connection_id: None, address: None }
    }

    pub fn now(&self) -> Time {
        self.app.store.now()
    }

    pub fn is_server(&self) -> bool {
        matches!(self.caller, Caller::Server)
    }

    /// Refuses whoever is no server.
    pub fn server_only(&self) -> Result<()> {
        match self.is_server() {
            true => Ok(()),
            false => Err(ApiError::not_allowed("this endpoint can only be called server side")),
        }
    }

    /// Whose view the answer is: empty for a server that acts for nobody.
    pub fn viewer(&self) -> &str {
        self.actor.as_ref().map_or("", |user| user.id.as_str())
    }

    /// Whether the person acting may keep something about what he is shown.
    pub fn keeps(&self) -> bool {
        self.actor.as_ref().is_some_and(|user| user.keeps.is_set())
    }

    /// The person acting; a server must name one.
    pub fn actor(&self) -> Result<&Arc<User>> {
        self.actor
            .as_ref()
            .ok_or_else(|| ApiError::input("either user or user_id must be provided when using server side auth."))
    }

    /// The person acting, who must be able to write: not anonymous, not deactivated, not deleted.
    pub fn writer(&self) -> Result<&Arc<User>> {
        let user = self.actor()?;
        if matches!(self.caller, Caller::Anonymous(_)) {
            return Err(ApiError::not_allowed("anonymous users may only read"));
        }
        match (user.deactivated_at, user.deleted_at) {
            (_, Some(_)) => Err(ApiError::not_found(format!("the user {} was deleted", user.id))),
            (Some(_), _) => Err(ApiError::not_found(format!("the user {} was deactivated", user.id))),
            _ => Ok(user),
        }
    }

    /// Lets a server act for the person that the request names as `user` or `user_id` (`path` is where, for the error text).
    /// From a client the two are ignored: identity comes from the token only. An unknown person is created, as Stream does.
    pub async fn acting_for(&self, path: &str, user: Option<UserRequest>, user_id: Option<String>) -> Result<Ctx> {
        if !self.is_server() {
            return Ok(self.clone());
        }
        let (id, details) = match (user, user_id) {
            (Some(_), Some(_)) => {
                return Err(ApiError::input(format!("cannot set both {path} and {path}_id.")));
            }
            (Some(user), None) => (user.id.clone(), Some(user)),
            (None, Some(id)) => (id, None),
            (None, None) => return Ok(self.clone()),
        };
        // Boxed, as only servers take this way.
        let actor = Box::pin(users::named(self, &id, details)).await?;
        Ok(Ctx { actor: Some(actor), ..self.clone() })
    }

    /// The same, where somebody must be named.
    pub async fn acting_as(&self, path: &str, user: Option<UserRequest>, user_id: Option<String>) -> Result<Ctx> {
        let ctx = self.acting_for(path, user, user_id).await?;
        match ctx.actor {
            Some(_) => Ok(ctx),
            None => Err(ApiError::input(format!(
                "either {path} or {path}_id must be provided when using server side auth."
            ))),
        }
    }

    /// The person whom the call is about: a client himself, whose own id may be repeated, or whom a server names.
    pub async fn concerning(&self, user: Option<UserRequest>, user_id: Option<String>) -> Result<Ctx> {
        // Clients put their own id into every query.
        let others = |id: &str| !self.is_server() && id != self.viewer();
        if user_id.as_deref().is_some_and(others) || user.as_ref().is_some_and(|user| others(&user.id)) {
            return Err(ApiError::input("Setting user or user_id is only allowed when using server side auth"));
        }
        self.acting_as("user", user, user_id).await
    }
}
