//! Who watches what, and which connections are open: leases of nodes, told as events of the log.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use super::log::{Effect, Event};
use super::reads::read_user_channels;
use super::record::parse;
use super::redis::Script;
use super::{Indexed, Own, Store, User, UserChannel, indexed};
use crate::error::{ApiError, Result};
use crate::limits;

static WATCH: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/watch.lua")));
static PRESENCE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/presence.lua")));

/// One connection's watch of one channel, and the event that tells of it (none where the type has no `connect_events`).
pub(crate) struct Watch {
    pub cid: String,
    /// He watches as a member: should he not be one any more, he does not.
    pub as_member: bool,
    pub event: Option<Event>,
}

/// A connection was opened: the user's record as it is from then on (nobody has none), and what he brings along.
pub(crate) struct Opened {
    pub user: Option<User>,
    pub belongings: Belongings,
}

/// What a user brings along when he connects: his mutes and blocks, the channels he may be in with what only he sees of them, and
/// the threads he may take part in, by parent id.
pub(crate) struct Belongings {
    pub own: Arc<Own>,
    pub channels: HashMap<String, UserChannel>,
    pub threads: HashMap<String, Indexed>,
}

/// The same as the script answers it.
type Answered = (Vec<u8>, Vec<u8>, HashMap<String, Vec<u8>>, HashMap<String, String>);

/// A connection: which node holds its socket, and whose it is. `user` is what watchers are counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionKey {
    pub node: String,
    pub id: String,
    pub user: String,
}

impl Store {
    /// Starts (`true`) or stops watching. The control entry is in the log before this returns, so a state read afterwards plus
    /// the events that follow is whole.
    pub(crate) async fn watch(&self, connection: &ConnectionKey, start: bool, watches: Vec<Watch>) -> Result<()> {
        let mut groups: BTreeMap<u16, Vec<Watch>> = BTreeMap::new();
        for watch in watches {
            groups.entry(self.partition(&watch.cid)).or_default().push(watch);
        }
        let calls = groups.into_iter().map(|(partition, watches)| async move {
            let mut args: Vec<Vec<u8>> = vec![
                if start { "start" } else { "stop" }.into(),
                self.node_watches_key(partition, &connection.node).into(),
                connection.id.clone().into(),
                connection.user.clone().into(),
                limits::LOG_LENGTH.to_string().into(),
                limits::WATCHERS_TOLD.to_string().into(),
            ];
            for watch in watches {
                let (id, cid) = (connection.id.clone(), watch.cid.clone());
                let effect = if start { Effect::Watch(id, cid) } else { Effect::Unwatch(id, cid) };
                let entry = watch.event.map_or_else(|| Ok(Vec::new()), Event::packed)?;
                args.extend([watch.cid.clone().into(), self.watchers_key(&watch.cid).into()]);
                args.extend([Event::effects(vec![effect]).packed()?, entry]);
                args.push(self.channel_state_key(&watch.cid).into());
                args.push(if watch.as_member { self.members_key(&watch.cid) } else { String::new() }.into());
            }
            let _: i64 = self.redis.script(&WATCH, &self.log_key(partition), &args).await?;
            Ok::<_, ApiError>(())
        });
        futures_util::future::try_join_all(calls).await?;
        Ok(())
    }

    /// Opens a connection from `address`, if it is known; `event` is told if it is the user's first. `None`: he has too
    /// many connections.
    pub(crate) async fn open_connection(
        &self,
        connection: &ConnectionKey,
        address: Option<&str>,
        event: Option<Event>,
    ) -> Result<Option<Opened>> {
        let opened = self.presence("open", connection, address, event).await;
        self.users.forget(&connection.user);
        let Some((user, own, channels, threads)) = opened? else { return Ok(None) };
        let user = if user.is_empty() { None } else { Some(parse(&self.user_key(&connection.user), &user)?) };
        let own = Own::read(&self.own_key(&connection.user), &own)?;
        let channels = read_user_channels(&self.user_channels_key(&connection.user), channels)?;
        let threads = indexed::read(threads);
        Ok(Some(Opened { user, belongings: Belongings { own, channels, threads } }))
    }

    /// Closes a connection; `event` is told if it was the user's last.
    pub(crate) async fn close_connection(&self, connection: &ConnectionKey, event: Option<Event>) -> Result<()> {
        self.presence("close", connection, None, event).await?;
        self.users.forget(&connection.user);
        Ok(())
    }

    async fn presence(
        &self,
        verb: &str,
        connection: &ConnectionKey,
        address: Option<&str>,
        event: Option<Event>,
    ) -> Result<Option<Answered>> {
        let partition = self.partition(&connection.user);
        let entry = event.map_or_else(|| Ok(Vec::new()), Event::packed)?;
        let args: [Vec<u8>; 17] = [
            verb.into(),
            self.connections_key(&connection.user).into(),
            self.node_connections_key(partition, &connection.node).into(),
            self.last_active_key(&connection.user).into(),
            connection.id.clone().into(),
            connection.node.clone().into(),
            connection.user.clone().into(),
            limits::LOG_LENGTH.to_string().into(),
            limits::CONNECTIONS_PER_USER.to_string().into(),
            entry,
            self.user_key(&connection.user).into(),
            self.own_key(&connection.user).into(),
            self.user_channels_key(&connection.user).into(),
            self.user_threads_key(&connection.user).into(),
            self.last_address_key(&connection.user).into(),
            address.unwrap_or("").into(),
            limits::ADDRESS_KEPT.as_secs().to_string().into(),
        ];
        self.redis.script(&PRESENCE, &self.log_key(partition), &args).await
    }

    /// Lets the connection follow the presence of these users, from before this returns. Their presence is told in the logs of
    /// their own partitions: where each log has a reader of its own, each is told.
    pub(crate) async fn follow(&self, connection: &ConnectionKey, users: &[String]) -> Result<()> {
        let follow = |users: Vec<String>| Event::effects(vec![Effect::Follow(connection.id.clone(), users)]);
        if self.log_readers() == 1 {
            self.tell(&connection.user, vec![follow(users.to_vec())]).await?;
            return Ok(());
        }
        let groups = self.by_partition(users.iter().map(String::as_str)).into_values();
        let told = groups.map(|users| {
            let event = follow(users.iter().map(|&id| id.to_owned()).collect());
            async move { self.tell(users[0], vec![event]).await }
        });
        futures_util::future::try_join_all(told).await?;
        Ok(())
    }

    /// Whether the connection is open somewhere and belongs to the user.
    pub(crate) async fn has_connection(&self, user: &str, connection: &str) -> Result<bool> {
        self.redis.call(redis::cmd("HEXISTS").arg(self.connections_key(user)).arg(connection)).await
    }

    /// Users who watch the channel, in no order.
    pub(crate) async fn watcher_ids(&self, cid: &str) -> Result<Vec<String>> {
        self.redis.call(redis::cmd("HKEYS").arg(self.watchers_key(cid))).await
    }
}
