//! What a registration does beside the account: it makes the user, and puts him into the channel that everybody joins.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::app::App;
use crate::chat::{Ctx, channels, members, users};
use crate::error::{ApiError, Code, Result};
use crate::store::{Account, User};
use crate::wire::Custom;
use crate::wire::channels::ChannelDataRequest;
use crate::wire::users::UserRequest;

const GENERAL_TYPE: &str = "team";
const GENERAL_ID: &str = "general";
const GENERAL_NAME: &str = "General";

/// Finishes a registration. Every step may be repeated: after a crash, signing in comes here again.
pub(super) async fn settle(app: &Arc<App>, account: Account) -> Result<Account> {
    if account.settled {
        return Ok(account);
    }
    let user = user(app, &account).await?;
    match join_general(app, &user).await {
        Err(error) if matches!(error.code, Code::Unavailable | Code::Internal) => return Err(error),
        // A channel that takes nobody in must not keep people from signing in.
        Err(error) => tracing::warn!(user = user.id, %error, "a new user could not join {GENERAL_TYPE}:{GENERAL_ID}"),
        Ok(()) => {}
    }
    app.store.change_account(&account, &Account { settled: true, ..account.clone() }).await?;
    let missing = || ApiError::internal(anyhow::anyhow!("account of {} vanished", account.user_id));
    app.store.account(&account.user_id).await?.ok_or_else(missing)
}

/// The account's user. Whose account is the first looks after the server.
async fn user(app: &Arc<App>, account: &Account) -> Result<Arc<User>> {
    let is_first = app.store.is_first_account(&account.user_id).await?;
    if let Some(user) = app.store.fresh_user(&account.user_id).await? {
        return Ok(user);
    }
    let role = if is_first { "super_admin" } else { "user" };
    let details =
        UserRequest { id: account.user_id.clone(), name: Some(account.name.clone()), ..UserRequest::default() };
    users::merge(&Ctx::internal(app), &details, role, false).await
}

async fn join_general(app: &Arc<App>, user: &Arc<User>) -> Result<()> {
    // Newcomers change the same record: one after the other, they do not make each other try again.
    static TURN: Mutex<()> = Mutex::const_new(());
    let _turn = TURN.lock().await;

    let cid = format!("{GENERAL_TYPE}:{GENERAL_ID}");
    let ctx = Ctx { actor: Some(user.clone()), ..Ctx::internal(app) };
    let known = app.store.fresh_channel(&cid).await?;
    if known.as_ref().is_some_and(|channel| channel.is_deleted()) {
        // Somebody decided that there is to be no such channel.
        return Ok(());
    }
    if known.is_none() {
        let name = Map::from_iter([("name".to_owned(), Value::from(GENERAL_NAME))]);
        let data = ChannelDataRequest { custom: Custom(name), ..ChannelDataRequest::default() };
        channels::ensure(&ctx, GENERAL_TYPE, GENERAL_ID, &data, &[]).await?;
    }
    members::rejoin(&ctx, &cid).await
}
