//! Accounts of people who sign in with e-mail and password, and their sessions.
//!
//! An account lives beside its user, in the user's partition; its e-mail address is a claim of its own that names the user.
//! An address counts only while the account names it too, so a claim that a crash left behind lets nobody in.

#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::keys::digest;
use super::record::{is_default, micros, parse};
use super::{Outcome, Store, Transaction};
use crate::error::{ApiError, Result};
use crate::wire::Time;

/// How long a session lasts after its last use.
pub(crate) const SESSION_LASTS: Duration = Duration::from_secs(30 * 24 * 3600);
/// A session in use is prolonged this often.
const SESSION_RENEWAL: Duration = Duration::from_secs(24 * 3600);

/// An account.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Account {
    #[serde(with = "micros", skip_serializing)]
    pub at: Time,
    pub user_id: String,
    /// In lower case.
    pub email: String,
    /// The name given at registration, for the user that may still have to be made.
    pub name: String,
    /// Argon2 hash of the password.
    pub hash: String,
    /// Unset until the second write: then the first one's `at`.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// Counts changes of the password; sessions of an older generation are over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub generation: u32,
    /// The user was made and has joined what everybody joins. Until then, signing in finishes the registration.
    #[serde(default, skip_serializing_if = "is_default")]
    pub settled: bool,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// A signed-in browser. Its token is kept as a hash only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub user_id: String,
    /// The account's generation when the session began.
    #[serde(default, skip_serializing_if = "is_default")]
    pub generation: u32,
    #[serde(with = "micros")]
    pub created_at: Time,
    #[serde(with = "micros")]
    pub expires: Time,
}

/// What became of writing an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Done,
    /// Somebody has the user id, or the account changed since it was read: try again.
    Conflict,
    /// The address belongs to another account.
    EmailTaken,
}

impl Store {
    pub(crate) async fn account(&self, user: &str) -> Result<Option<Account>> {
        let key = self.account_of_user_key(user);
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        json.map(|json| parse(&key, &json)).transpose()
    }

    /// The account of an address, which must be in lower case.
    pub(crate) async fn account_by_email(&self, email: &str) -> Result<Option<Account>> {
        let user: Option<String> = self.redis.call(redis::cmd("GET").arg(self.account_key(email))).await?;
        let Some(user) = user else { return Ok(None) };
        Ok(self.account(&user).await?.filter(|account| account.email == email))
    }

    /// Writes a new account.
    ///
    /// Order: the account, then the claim of its address. A crash between the two leaves an account that no address leads to:
    /// it blocks nothing, and the same person can register again.
    pub(crate) async fn create_account(&self, account: &Account) -> Result<Written> {
        let key = self.account_of_user_key(&account.user_id);
        let mut tx = Transaction::new(self.partition(&account.user_id));
        tx.absent(key.clone(), "account");
        tx.absent(self.user_key(&account.user_id), "user");
        tx.stamp(key.clone(), account)?;
        if let Outcome::Conflict { .. } = tx.commit(self).await? {
            return Ok(Written::Conflict);
        }
        if self.claim_name(&self.account_key(&account.email), &account.user_id).await? {
            return Ok(Written::Done);
        }
        let _: () = self.redis.call(redis::cmd("DEL").arg(&key)).await?;
        Ok(Written::EmailTaken)
    }

    /// Writes an account back, if it still is as `before` was read; its address may be another one.
    ///
    /// Order: the claim of the new address, the account, the old address given up. A crash on the way leaves an address
    /// claimed that the account does not name: nobody can sign in with it, and only this user can take it.
    pub(crate) async fn change_account(&self, before: &Account, account: &Account) -> Result<Written> {
        let moves = before.email != account.email;
        if moves && !self.claim_name(&self.account_key(&account.email), &account.user_id).await? {
            return Ok(Written::EmailTaken);
        }
        let key = self.account_of_user_key(&account.user_id);
        let mut tx = Transaction::new(self.partition(&account.user_id));
        tx.unchanged(key.clone(), before.at, "account");
        tx.stamp(key, &Account { created_at: before.created_at.or(Some(before.at)), ..account.clone() })?;
        if let Outcome::Conflict { .. } = tx.commit(self).await? {
            return Ok(Written::Conflict);
        }
        if moves {
            let _: () = self.redis.call(redis::cmd("DEL").arg(self.account_key(&before.email))).await?;
        }
        Ok(Written::Done)
    }

    /// Whether this user's account is the first one of all: one is, for ever.
    ///
    /// Only to be asked once the account is written: so the one that is first exists, whatever crashes.
    pub(crate) async fn is_first_account(&self, user: &str) -> Result<bool> {
        self.claim_name(&self.first_account_key(), user).await
    }

    /// Whether there is any account.
    pub(crate) async fn has_accounts(&self) -> Result<bool> {
        self.redis.call(redis::cmd("EXISTS").arg(self.first_account_key())).await
    }

    /// Sets the key, which never changes afterwards, to `value`; whether it holds that now.
    async fn claim_name(&self, key: &str, value: &str) -> Result<bool> {
        let claimed: bool = self.write(key, redis::cmd("SETNX").arg(key).arg(value)).await?;
        if claimed {
            return Ok(true);
        }
        let owner: Option<String> = self.redis.call(redis::cmd("GET").arg(key)).await?;
        Ok(owner.as_deref() == Some(value))
    }

    /// Begins a session under a token that nobody can guess.
    pub(crate) async fn open_session(&self, token: &str, account: &Account) -> Result<()> {
        let now = self.now();
        let session = Session {
            user_id: account.user_id.clone(),
            generation: account.generation,
            created_at: now,
            expires: now.plus_seconds(SESSION_LASTS.as_secs() as i64),
        };
        self.write_session(token, &session, "NX").await
    }

    /// The session of a token. One that was not used for a day lasts the full time again.
    pub(crate) async fn session(&self, token: &str) -> Result<Option<Session>> {
        let key = self.session_key(&digest(token));
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("GET").arg(&key)).await?;
        let Some(mut session) = json.map(|json| parse::<Session>(&key, &json)).transpose()? else { return Ok(None) };
        let full = self.now().plus_seconds(SESSION_LASTS.as_secs() as i64);
        if session.expires.plus_seconds(SESSION_RENEWAL.as_secs() as i64) < full {
            session.expires = full;
            // Not where it was closed in the meantime.
            self.write_session(token, &session, "XX").await?;
        }
        Ok(Some(session))
    }

    pub(crate) async fn close_session(&self, token: &str) -> Result<()> {
        self.redis.call(redis::cmd("DEL").arg(self.session_key(&digest(token)))).await
    }

    async fn write_session(&self, token: &str, session: &Session, only_if: &str) -> Result<()> {
        let json = serde_json::to_vec(session).map_err(ApiError::internal)?;
        let mut cmd = redis::cmd("SET");
        cmd.arg(self.session_key(&digest(token))).arg(json).arg(only_if).arg("EX").arg(SESSION_LASTS.as_secs());
        self.redis.call::<Option<String>>(&cmd).await.map(drop)
    }
}
