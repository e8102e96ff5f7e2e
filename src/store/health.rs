//! What Redis is like, and whether that keeps the promise: the checks of the start and of `weir doctor`.

mod visit;

use std::collections::HashMap;

use serde::Serialize;

use super::redis::Redis;
use crate::config::{Durability, Promise};
use crate::error::Result;
pub use visit::visit;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// It works, and will bite.
    Warn,
    /// It cannot be relied on.
    Fail,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub check: &'static str,
    pub state: State,
    pub says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    pub fn ok(check: &'static str, says: impl Into<String>) -> Finding {
        Finding { check, state: State::Ok, says: says.into(), remedy: None }
    }

    pub fn warn(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { check, state: State::Warn, says: says.into(), remedy: Some(remedy.into()) }
    }

    pub fn fail(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { state: State::Fail, ..Finding::warn(check, says, remedy) }
    }
}

/// One Redis, as it describes itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Instance {
    place: String,
    /// `INFO`.
    info: HashMap<String, String>,
    /// `CONFIG GET append*`; empty where the operator does not let us ask.
    config: HashMap<String, String>,
}

/// The oldest Redis with the commands that are used.
const LEAST_VERSION: (u32, u32) = (6, 2);

impl Instance {
    /// All masters: the one Redis, where it is no cluster.
    pub async fn all(redis: &Redis) -> Result<Vec<Instance>> {
        let infos: Vec<(String, String)> = redis.on_masters(&::redis::cmd("INFO")).await?;
        let mut cmd = ::redis::cmd("CONFIG");
        cmd.arg("GET").arg("append*");
        let configs: Vec<(String, HashMap<String, String>)> = redis.on_masters(&cmd).await.unwrap_or_default();
        let mut configs: HashMap<_, _> = configs.into_iter().collect();
        let read = |text: String| {
            let fields = text.lines().filter_map(|line| line.trim_end().split_once(':'));
            fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let instance = |(place, info): (String, String)| Instance {
            config: configs.remove(&place).unwrap_or_default(),
            info: read(info),
            place,
        };
        Ok(infos.into_iter().map(instance).collect())
    }

    fn info(&self, name: &str) -> &str {
        self.info.get(name).map_or("", String::as_str)
    }

    fn number(&self, name: &str) -> u64 {
        self.info(name).parse().unwrap_or(0)
    }

    /// The version, of Valkey too, which names the Redis it is compatible with.
    pub fn version(&self) -> Finding {
        let version = self.info("redis_version");
        let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
        let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let says = format!("{} is version {version}", self.place);
        match found >= LEAST_VERSION {
            true => Finding::ok("version", says),
            false => Finding::fail("version", says, "use Redis 6.2 or later, or Valkey"),
        }
    }

    /// Nothing that was acknowledged may be thrown away when memory is full.
    pub fn eviction(&self) -> Finding {
        let policy = Some(self.info("maxmemory_policy")).filter(|policy| !policy.is_empty()).unwrap_or("noeviction");
        let says = format!("{} has the maxmemory-policy {policy}", self.place);
        match policy {
            "noeviction" => Finding::ok("eviction", says),
            _ => Finding::fail(
                "eviction",
                format!("{says}: it throws records away when its memory is full"),
                "CONFIG SET maxmemory-policy noeviction, and the same in its configuration file",
            ),
        }
    }

    /// Whether it takes writes at all.
    pub fn role(&self) -> Finding {
        match self.info("role") {
            "slave" => Finding::fail(
                "role",
                format!("{} is a replica and takes no writes", self.place),
                "name the master in REDIS_URL",
            ),
            _ => Finding::ok("role", format!("{} is a master", self.place)),
        }
    }

    /// The level that it keeps: none when it writes nothing to its disk that it could be restored from.
    pub fn keeps(&self) -> Option<Durability> {
        let fsync = self.config.get("appendfsync").map(String::as_str);
        match (self.info("aof_enabled"), fsync) {
            ("1", Some("always")) => Some(Durability::Durable),
            // What cannot be asked is taken to be what Redis does when nobody says otherwise.
            ("1", Some("everysec") | None) => Some(Durability::Fast),
            _ => None,
        }
    }

    /// Whether what it writes to its disk keeps the promise.
    pub fn persistence(&self, promise: &Promise) -> Finding {
        const CHECK: &str = "persistence";
        let kept = self.keeps();
        let says = match (self.info("aof_enabled"), self.config.get("appendfsync")) {
            ("1", Some(fsync)) => format!("{} keeps an append-only file (appendfsync {fsync})", self.place),
            ("1", None) => format!("{} keeps an append-only file; how often it writes cannot be asked", self.place),
            _ => format!("{} keeps no append-only file: what was acknowledged is gone when it ends", self.place),
        };
        let set = |fsync| {
            format!("CONFIG SET appendonly yes, CONFIG SET appendfsync {fsync}, and the same in its configuration file")
        };
        match (promise.level, kept) {
            (None, None) => Finding::warn(CHECK, says, set("always")),
            (Some(Durability::Durable), Some(Durability::Fast)) if self.config.is_empty() => Finding::warn(
                CHECK,
                says,
                "make sure that it says appendfsync always, or promise less: WEIR_DURABILITY=fast",
            ),
            (Some(Durability::Durable), None | Some(Durability::Fast)) => Finding::fail(
                CHECK,
                format!("{says}; WEIR_DURABILITY=durable promises that a power cut loses nothing"),
                format!("{}; or promise less: WEIR_DURABILITY=fast", set("always")),
            ),
            (Some(level), None) => {
                Finding::fail(CHECK, format!("{says}; WEIR_DURABILITY={} promises more", level.name()), set("everysec"))
            }
            _ => Finding::ok(CHECK, says),
        }
    }

    /// Whether there are the replicas that `replicated` waits for.
    pub fn replicas(&self, promise: &Promise) -> Option<Finding> {
        let online = (0..self.number("connected_slaves"))
            .filter(|index| self.info(&format!("slave{index}")).contains("state=online"))
            .count();
        let says = format!("{} has {online} replicas", self.place);
        match promise.level {
            Some(Durability::Replicated) if online < usize::from(promise.replicas) => Some(Finding::warn(
                "replicas",
                format!("{says}, {} must have a write before it is acknowledged: writes are refused", promise.replicas),
                "add replicas, or ask for fewer: WEIR_REPLICAS",
            )),
            Some(Durability::Replicated) => Some(Finding::ok("replicas", says)),
            _ => None,
        }
    }

    /// Whether there is room.
    pub fn memory(&self) -> Finding {
        let (used, most) = (self.number("used_memory"), self.number("maxmemory"));
        let megabytes = |bytes: u64| bytes / 1024 / 1024;
        match most {
            0 => Finding::ok("memory", format!("{} uses {} MiB, without a limit", self.place, megabytes(used))),
            _ => {
                let says = format!("{} uses {} of {} MiB", self.place, megabytes(used), megabytes(most));
                match used > most / 10 * 9 {
                    true => Finding::warn("memory", says, "raise maxmemory: when it is reached, writes are refused"),
                    false => Finding::ok("memory", says),
                }
            }
        }
    }

    /// What must hold before the first request is served.
    pub fn at_start(&self, promise: &Promise) -> Vec<Finding> {
        let mut findings = vec![self.version(), self.role(), self.eviction(), self.persistence(promise)];
        findings.extend(self.replicas(promise));
        findings
    }
}

/// Refuses a Redis that cannot keep the promise, and logs what will bite. Returns the level that is kept.
pub(super) async fn at_start(redis: &Redis, promise: &Promise) -> anyhow::Result<Option<Durability>> {
    let instances = Instance::all(redis).await?;
    for finding in instances.iter().flat_map(|instance| instance.at_start(promise)) {
        let Finding { state, says, remedy, .. } = finding;
        let remedy = remedy.unwrap_or_default();
        match state {
            State::Ok => {}
            State::Warn => tracing::warn!("{says}. Remedy: {remedy}"),
            State::Fail => anyhow::bail!("{says}. Remedy: {remedy}"),
        }
    }
    let weakest = instances.iter().map(Instance::keeps).min_by_key(|kept| match kept {
        None => 0,
        Some(Durability::Fast) => 1,
        _ => 2,
    });
    Ok(promise.level.or(weakest.flatten()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(fields: &[(&str, &str)], fsync: Option<&str>) -> Instance {
        let map = |fields: &[(&str, &str)]| fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let config = fsync.map(|fsync| map(&[("appendfsync", fsync)])).unwrap_or_default();
        Instance { place: "here".into(), info: map(fields), config }
    }

    fn promise(level: Option<Durability>) -> Promise {
        Promise { level, ..Promise::default() }
    }

    #[test]
    fn what_is_promised_must_be_kept() {
        use Durability::{Durable, Fast, Replicated};
        for (aof, fsync, level, expected) in [
            ("1", Some("always"), Some(Durable), State::Ok),
            ("1", Some("everysec"), Some(Durable), State::Fail),
            ("1", None, Some(Durable), State::Warn),
            ("1", Some("everysec"), Some(Fast), State::Ok),
            ("1", Some("no"), Some(Fast), State::Fail),
            ("0", Some("always"), Some(Fast), State::Fail),
            ("0", Some("always"), Some(Replicated), State::Fail),
            ("1", Some("everysec"), None, State::Ok),
            ("0", Some("everysec"), None, State::Warn),
        ] {
            let finding = instance(&[("aof_enabled", aof)], fsync).persistence(&promise(level));
            assert_eq!(finding.state, expected, "{finding:?}");
            assert_eq!(finding.remedy.is_some(), expected != State::Ok, "{finding:?}");
        }
    }

    #[test]
    fn old_evicting_copying_and_full_ones_are_named() {
        let bad = instance(
            &[
                ("redis_version", "6.0.16"),
                ("maxmemory_policy", "allkeys-lru"),
                ("role", "slave"),
                ("used_memory", "95"),
                ("maxmemory", "100"),
            ],
            None,
        );
        assert_eq!([bad.version().state, bad.eviction().state, bad.role().state], [State::Fail; 3]);
        assert_eq!(bad.memory().state, State::Warn);
        let good = instance(&[("redis_version", "7.0.15"), ("role", "master")], None);
        assert_eq!([good.version().state, good.eviction().state, good.role().state], [State::Ok; 3]);
    }

    #[test]
    fn replicas_that_only_load_do_not_count() {
        let fields = [
            ("connected_slaves", "2"),
            ("slave0", "ip=127.0.0.1,port=1,state=online,offset=1,lag=0"),
            ("slave1", "ip=127.0.0.1,port=2,state=wait_bgsave,offset=0,lag=0"),
        ];
        let instance = instance(&fields, None);
        let wanting = |replicas| Promise { level: Some(Durability::Replicated), replicas, ..Promise::default() };
        assert_eq!(instance.replicas(&wanting(1)).map(|finding| finding.state), Some(State::Ok));
        assert_eq!(instance.replicas(&wanting(2)).map(|finding| finding.state), Some(State::Warn));
        assert_eq!(instance.replicas(&promise(Some(Durability::Fast))), None);
    }
}
