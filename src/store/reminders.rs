//! Reminders as they last: with the user, by the message; and in the order in which they are due, for whichever node looks.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::record::{micros, parse, settle};
use super::{Store, Transaction};
use crate::error::{ApiError, Result};
use crate::wire::Time;

/// A reminder. `at` is `updated_at`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reminder {
    #[serde(default, with = "micros", skip_serializing)]
    pub at: Time,
    #[serde(skip)]
    pub message_id: String,
    pub cid: String,
    /// [`Time::STAMP`] is that of the write.
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    #[serde(default, with = "micros::option", skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Time>,
}

impl Reminder {
    fn read(key: &str, message: &str, json: &[u8]) -> Result<Reminder> {
        let mut reminder: Reminder = parse(key, json)?;
        message.clone_into(&mut reminder.message_id);
        settle(&mut reminder.created_at, reminder.at);
        Ok(reminder)
    }

    pub fn created_at(&self) -> Time {
        self.created_at.unwrap_or(self.at)
    }
}

/// A moment at which somebody is to be reminded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub user: String,
    pub message: String,
    pub at: Time,
}

impl Due {
    fn name(user: &str, message: &str) -> String {
        format!("{user}\n{message}")
    }
}

impl Store {
    pub(crate) async fn reminder(&self, user: &str, message: &str) -> Result<Option<Reminder>> {
        let key = self.reminders_key(user);
        let json: Option<Vec<u8>> = self.redis.call(redis::cmd("HGET").arg(&key).arg(message)).await?;
        json.map(|json| Reminder::read(&key, message, &json)).transpose()
    }

    /// All reminders of the user, in no order.
    pub(crate) async fn reminders(&self, user: &str) -> Result<Vec<Reminder>> {
        let key = self.reminders_key(user);
        let found: HashMap<String, Vec<u8>> = self.redis.call(redis::cmd("HGETALL").arg(&key)).await?;
        found.iter().map(|(message, json)| Reminder::read(&key, message, json)).collect()
    }

    /// Those reminders that there are of these messages.
    pub(crate) async fn reminders_of(&self, user: &str, messages: &[&str]) -> Result<Vec<Reminder>> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.reminders_key(user);
        let found: Vec<Option<Vec<u8>>> = self.redis.call(redis::cmd("HMGET").arg(&key).arg(messages)).await?;
        let found = messages.iter().zip(found).filter_map(|(message, json)| Some((message, json?)));
        found.map(|(message, json)| Reminder::read(&key, message, &json)).collect()
    }

    /// Notes with the message that the user has a reminder of it. Written before the reminder: too large is harmless.
    pub(crate) async fn index_reminder(&self, user: &str, message: &str, cid: &str) -> Result<()> {
        let key = self.reminded_key(cid, message);
        self.write(&key, redis::cmd("SADD").arg(&key).arg(user)).await
    }

    /// Who may have a reminder of the message.
    pub(crate) async fn reminded(&self, cid: &str, message: &str) -> Result<Vec<String>> {
        self.redis.call(redis::cmd("SMEMBERS").arg(self.reminded_key(cid, message))).await
    }

    pub(crate) async fn count_reminders(&self, user: &str) -> Result<usize> {
        self.redis.call(redis::cmd("HLEN").arg(self.reminders_key(user))).await
    }

    /// A transaction in the user's partition that writes the reminder in the place of `before`, which must still be as it was
    /// read, or not be there.
    pub(crate) fn put_reminder(
        &self,
        user: &str,
        before: Option<&Reminder>,
        reminder: &Reminder,
    ) -> Result<Transaction> {
        let (key, due, message) = (self.reminders_key(user), self.due_key(self.partition(user)), &reminder.message_id);
        let mut tx = Transaction::new(self.partition(user));
        match before {
            Some(before) => tx.field_unchanged(key.clone(), message, before.at, "reminder"),
            None => tx.field_absent(key.clone(), message, "reminder"),
        }
        tx.field_stamp(key, message, reminder)?;
        match reminder.remind_at {
            Some(at) => tx.index(due, &Due::name(user, message), at),
            None => tx.unindex(due, &Due::name(user, message)),
        }
        Ok(tx)
    }

    /// A transaction in the user's partition that removes the reminders, if they are still as they were read.
    pub(crate) fn remove_reminders<'a>(
        &self,
        user: &str,
        reminders: impl IntoIterator<Item = &'a Reminder>,
    ) -> Transaction {
        let (key, due) = (self.reminders_key(user), self.due_key(self.partition(user)));
        let mut tx = Transaction::new(self.partition(user));
        for Reminder { message_id, at, .. } in reminders {
            tx.field_unchanged(key.clone(), message_id, *at, "reminder");
            tx.field_remove(key.clone(), message_id);
            tx.unindex(due.clone(), &Due::name(user, message_id));
        }
        tx
    }

    /// Reminders that are due by now, of each partition the oldest `most`.
    pub(crate) async fn due_reminders(&self, most: usize) -> Result<Vec<Due>> {
        let now = self.now().micros();
        let looks = (0..self.partitions).map(|partition| async move {
            let mut cmd = redis::cmd("ZRANGEBYSCORE");
            cmd.arg(self.due_key(partition)).arg("-inf").arg(now).arg("WITHSCORES").arg("LIMIT").arg(0).arg(most);
            let found: Vec<(String, i64)> = self.redis.call(&cmd).await?;
            let due = found.into_iter().filter_map(|(name, at)| {
                let (user, message) = name.split_once('\n')?;
                Some(Due { user: user.to_owned(), message: message.to_owned(), at: Time(at) })
            });
            Ok::<_, ApiError>(due.collect::<Vec<_>>())
        });
        Ok(futures_util::future::try_join_all(looks).await?.into_iter().flatten().collect())
    }

    /// A transaction that takes a due moment off the list, if nobody did before: whoever commits it tells of it, and nobody else.
    pub(crate) fn take_due(&self, due: &Due) -> Transaction {
        let partition = self.partition(&due.user);
        let (key, name) = (self.due_key(partition), Due::name(&due.user, &due.message));
        let mut tx = Transaction::new(partition);
        tx.listed(key.clone(), &name, due.at, "due");
        tx.unindex(key, &name);
        tx
    }
}
