//! Accounts: people register, sign in and change who they are. A session leads to all that a chat client needs.

mod details;
mod settle;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::{Ctx, respond, users};
use crate::app::App;
use crate::auth::{check_no_password, check_password, hash_password};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Account, Outcome, User, Written};
use crate::wire::Time;
use crate::wire::accounts::{InfoResponse, RegisterRequest, SessionResponse, SignInRequest, UpdateMeRequest};

/// How long the chat token of a session is valid.
const TOKEN_LASTS: Duration = Duration::from_secs(24 * 3600);
/// Wrong passwords for one e-mail address, and from one client address, within the time below.
const GUESSES_PER_EMAIL: u32 = 10;
const GUESSES_PER_ADDRESS: u32 = 50;
const GUESSES_WITHIN: Duration = Duration::from_secs(15 * 60);

/// Somebody who is signed in.
pub(crate) struct SignedIn {
    pub response: SessionResponse,
    /// The session's token, which the browser keeps.
    pub token: String,
}

/// Makes an account and signs in. `address` is where the caller comes from, as far as it is known.
pub(crate) async fn register(app: &Arc<App>, request: RegisterRequest, address: Option<&str>) -> Result<SignedIn> {
    let details::Registration { name, email, password } = details::registration(request)?;
    if let Some(account) = begin(app, &name, &email, password.clone()).await? {
        return enter(app, account).await;
    }
    // A registration that broke off, or was sent twice, goes on for whoever knows its password.
    match app.store.account_by_email(&email).await? {
        Some(account) if !account.settled => match prove(app, &email, password, address).await? {
            Some(account) => enter(app, account).await,
            None => Err(details::email_taken()),
        },
        _ => Err(details::email_taken()),
    }
}

/// Begins a session.
pub(crate) async fn sign_in(app: &Arc<App>, request: SignInRequest, address: Option<&str>) -> Result<SignedIn> {
    let email = details::normal_email(&request.email);
    match prove(app, &email, request.password.0, address).await? {
        Some(account) => enter(app, account).await,
        None => Err(wrong()),
    }
}

/// Ends a session, if there is one.
pub(crate) async fn sign_out(app: &App, token: Option<&str>) -> Result<()> {
    match token {
        Some(token) => app.store.close_session(token).await,
        None => Ok(()),
    }
}

/// Who is signed in, with a fresh chat token.
pub(crate) async fn me(app: &App, token: Option<&str>) -> Result<SignedIn> {
    let (token, account, user) = current(app, token).await?;
    answer(app, &account, &user, token)
}

/// Changes who somebody is. A new password ends all his other sessions and the chat tokens given out before.
pub(crate) async fn update_me(
    app: &Arc<App>,
    token: Option<&str>,
    request: UpdateMeRequest,
    address: Option<&str>,
) -> Result<SignedIn> {
    let (mut token, account, _) = current(app, token).await?;
    let change = details::change(request)?;
    let hash = match change.password {
        Some((_, old)) if prove(app, &account.email, old.clone(), address).await?.is_none() => {
            return Err(details::wrong_current_password());
        }
        Some((new, _)) => Some(hash_password(new).await?),
        None => None,
    };
    let account = rewrite(app, &account.user_id, change.email, hash.clone()).await?;
    let revoked = hash.is_some().then(|| whole_second(app.store.now()));
    let user = change_user(app, &account.user_id, change.name, change.image, revoked).await?;
    if hash.is_some() {
        app.store.close_session(&token).await?;
        token = open_session(app, &account).await?;
    }
    answer(app, &account, &user, token)
}

/// What anybody may know.
pub(crate) async fn info(app: &App) -> Result<InfoResponse> {
    let accounts = app.store.has_accounts().await?;
    let version = env!("CARGO_PKG_VERSION").into();
    Ok(InfoResponse { name: "Weir".into(), version, accounts, push_key: app.push_key.clone() })
}

/// A new account; `None` when the address has one already.
async fn begin(app: &App, name: &str, email: &str, password: String) -> Result<Option<Account>> {
    if app.store.account_by_email(email).await?.is_some() {
        return Ok(None);
    }
    let hash = hash_password(password).await?;
    for _ in 0..limits::CONFLICT_RETRIES {
        let account = Account {
            user_id: details::user_id(name),
            email: email.to_owned(),
            name: name.to_owned(),
            hash: hash.clone(),
            ..Account::default()
        };
        match app.store.create_account(&account).await? {
            Written::Done => return app.store.account(&account.user_id).await,
            Written::EmailTaken => return Ok(None),
            // The random part of the id is taken: another one.
            Written::Conflict => {}
        }
    }
    Err(ApiError::busy())
}

/// The account of an address, for whoever knows its password. Wrong guesses are counted, for the address and for where they
/// come from, on all nodes together; a right one is not.
async fn prove(app: &App, email: &str, password: String, address: Option<&str>) -> Result<Option<Account>> {
    if email.chars().count() > details::EMAIL_CHARS || password.chars().count() > *details::PASSWORD_CHARS.end() {
        return Ok(None);
    }
    let by_address = address.map(|address| (format!("guess-from:{address}"), GUESSES_PER_ADDRESS));
    let guesses: Vec<_> = by_address.into_iter().chain([(format!("guess-for:{email}"), GUESSES_PER_EMAIL)]).collect();
    for (name, burst) in &guesses {
        if let Some(wait) = app.store.rate_limit(name, *burst, GUESSES_WITHIN).await? {
            return Err(ApiError::rate_limited(format!("too many wrong passwords, try again in {wait} seconds"), wait));
        }
    }
    let account = app.store.account_by_email(email).await?;
    let is_right = match &account {
        Some(account) => check_password(password, account.hash.clone()).await?,
        None => check_no_password(password).await?,
    };
    if !is_right {
        return Ok(None);
    }
    for (name, burst) in &guesses {
        app.store.rate_limit_back(name, *burst, GUESSES_WITHIN).await?;
    }
    Ok(account)
}

/// Begins a session of a proven account.
async fn enter(app: &Arc<App>, account: Account) -> Result<SignedIn> {
    let account = settle::settle(app, account).await?;
    let user =
        app.store.fresh_user(&account.user_id).await?.filter(|user| user.deleted_at.is_none()).ok_or_else(wrong)?;
    if user.deactivated_at.is_some() {
        return Err(ApiError::not_allowed("this account is deactivated"));
    }
    let token = open_session(app, &account).await?;
    answer(app, &account, &user, token)
}

async fn open_session(app: &App, account: &Account) -> Result<String> {
    // Three times 122 random bits.
    let token: String = (0..3).map(|_| Uuid::new_v4().simple().to_string()).collect();
    app.store.open_session(&token, account).await?;
    Ok(token)
}

/// Whose session this is: the token, the account and the user.
async fn current(app: &App, token: Option<&str>) -> Result<(String, Account, Arc<User>)> {
    let nobody = || ApiError::authentication("not signed in");
    let token = token.ok_or_else(nobody)?;
    let session = app.store.session(token).await?.ok_or_else(nobody)?;
    let account = app.store.account(&session.user_id).await?;
    let account = account.filter(|account| account.generation == session.generation).ok_or_else(nobody)?;
    let user = app.store.user(&session.user_id).await?;
    let user = user.filter(|user| user.deleted_at.is_none() && user.deactivated_at.is_none()).ok_or_else(nobody)?;
    Ok((token.to_owned(), account, user))
}

fn answer(app: &App, account: &Account, user: &User, token: String) -> Result<SignedIn> {
    let now = app.store.now();
    let response = SessionResponse {
        user: Arc::new(respond::user(user, now)),
        email: account.email.clone(),
        api_key: app.api_key.clone(),
        token: app.tokens.sign_user(&user.id, Some(TOKEN_LASTS), now)?,
    };
    Ok(SignedIn { response, token })
}

/// Gives the account another address or password.
async fn rewrite(app: &App, user: &str, email: Option<String>, hash: Option<String>) -> Result<Account> {
    let missing = || ApiError::authentication("not signed in");
    for _ in 0..limits::CONFLICT_RETRIES {
        let before = app.store.account(user).await?.ok_or_else(missing)?;
        let mut account = before.clone();
        if let Some(email) = &email {
            account.email.clone_from(email);
        }
        if let Some(hash) = &hash {
            account.hash.clone_from(hash);
            account.generation += 1;
        }
        if account == before {
            return Ok(account);
        }
        match app.store.change_account(&before, &account).await? {
            Written::Done => return app.store.account(user).await?.ok_or_else(missing),
            Written::EmailTaken => return Err(details::email_taken()),
            Written::Conflict => {}
        }
    }
    Err(ApiError::busy())
}

/// Gives the user another name or picture, or revokes his chat tokens, and tells of it.
async fn change_user(
    app: &Arc<App>,
    id: &str,
    name: Option<String>,
    image: Option<String>,
    revoked: Option<Time>,
) -> Result<Arc<User>> {
    let missing = || ApiError::authentication("not signed in");
    for _ in 0..limits::CONFLICT_RETRIES {
        let known = app.store.fresh_user(id).await?.ok_or_else(missing)?;
        let mut record = User::clone(&known);
        record.name = name.clone().or(record.name);
        record.image = image.clone().or(record.image).filter(|image| !image.is_empty());
        record.revoke_tokens_issued_before = revoked.max(record.revoke_tokens_issued_before);
        if record == *known {
            return Ok(known);
        }
        users::check_custom(&record)?;
        let mut tx = app.store.put_user(&record, false)?;
        tx.append(users::updated(&Ctx::internal(app), &record).await?)?;
        if let Outcome::Committed { .. } = app.store.commit_user(id, tx).await? {
            return app.store.fresh_user(id).await?.ok_or_else(missing);
        }
    }
    Err(ApiError::busy())
}

/// Tokens say in whole seconds when they were issued: one of this second must still hold.
fn whole_second(time: Time) -> Time {
    Time(time.micros().div_euclid(1_000_000) * 1_000_000)
}

fn wrong() -> ApiError {
    ApiError::authentication("e-mail or password is wrong")
}
