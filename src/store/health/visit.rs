//! All that `weir doctor` asks of Redis.

use std::time::{Duration, Instant};

use super::{Finding, Instance};
use crate::config::{Durability, Promise};
use crate::error::Result;
use crate::store::cluster::{Member, uncovered};
use crate::store::redis::Redis;
use crate::store::{Store, local_micros};

/// Round trips that are timed.
const ROUNDS: usize = 21;
/// A round trip that takes longer is felt: a message takes one or two.
const SLOW: Duration = Duration::from_millis(3);
/// Clocks further apart make tokens expire at the wrong moment.
const SKEW: i64 = 2_000_000;

/// Connects as a server would and looks at everything; says so when it gets no further.
pub async fn visit(url: &str, prefix: &str, promise: &Promise) -> Vec<Finding> {
    let redis = match Redis::connect(url).await {
        Ok(redis) => redis,
        Err(error) => {
            let says = format!("Redis cannot be used: {error:#}");
            return vec![Finding::fail(
                "reach",
                says,
                "start it, or correct REDIS_URL (host, port, user, password, rediss:// for TLS)",
            )];
        }
    };
    let mut findings = vec![Finding::ok("reach", "Redis answers")];
    if let Err(error) = look(&redis, prefix, promise, &mut findings).await {
        let cause = error.cause.map_or(error.message, |cause| format!("{cause:#}"));
        findings.push(Finding::fail("reach", format!("Redis stopped answering: {cause}"), "look into its log"));
    }
    findings
}

async fn look(redis: &Redis, prefix: &str, promise: &Promise, findings: &mut Vec<Finding>) -> Result<()> {
    let instances = Instance::all(redis).await?;
    for instance in &instances {
        findings.extend(instance.at_start(promise));
        findings.push(instance.memory());
    }
    findings.push(latency(redis).await?);
    findings.extend(clocks(redis).await?);
    let partitions: Option<String> =
        redis.call(::redis::cmd("HGET").arg(Store::meta_key(prefix)).arg("partitions")).await?;
    findings.push(keyspace(prefix, partitions.as_deref(), instances.len()));
    if let Some(cluster) = redis.cluster() {
        findings.extend(members(&cluster.view().await, promise));
    }
    Ok(())
}

async fn latency(redis: &Redis) -> Result<Finding> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let _pongs: Vec<(String, String)> = redis.on_masters(&::redis::cmd("PING")).await?;
        times.push(start.elapsed());
    }
    times.sort();
    let median = times[ROUNDS / 2];
    let says = format!("a round trip to Redis takes {:.2} ms (median of {ROUNDS})", median.as_secs_f64() * 1000.0);
    Ok(match median > SLOW {
        true => {
            Finding::warn("latency", says, "run Weir near its Redis, and look what else keeps Redis busy (SLOWLOG GET)")
        }
        false => Finding::ok("latency", says),
    })
}

async fn clocks(redis: &Redis) -> Result<Vec<Finding>> {
    let before = local_micros();
    let times: Vec<(String, (i64, i64))> = redis.on_masters(&::redis::cmd("TIME")).await?;
    let here = before + (local_micros() - before) / 2;
    let finding = |(place, (seconds, micros)): (String, (i64, i64))| {
        let ahead = seconds * 1_000_000 + micros - here;
        let says = format!("the clock of {place} is {:.3} s ahead of this machine's", ahead as f64 / 1e6);
        match ahead.abs() > SKEW {
            true => Finding::warn(
                "clock",
                says,
                "let both follow NTP: messages stay in order, but tokens expire at the wrong moment",
            ),
            false => Finding::ok("clock", says),
        }
    };
    Ok(times.into_iter().map(finding).collect())
}

/// The keyspace's own facts.
fn keyspace(prefix: &str, partitions: Option<&str>, masters: usize) -> Finding {
    const CHECK: &str = "keyspace";
    match partitions.map(str::parse::<u16>) {
        None => Finding::ok(CHECK, format!("nothing is kept under the prefix {prefix} yet")),
        Some(Ok(partitions @ 1..)) if masters <= usize::from(partitions) => {
            Finding::ok(CHECK, format!("the keyspace {prefix} has {partitions} partitions"))
        }
        Some(Ok(partitions @ 1..)) => Finding::warn(
            CHECK,
            format!("the keyspace {prefix} has {partitions} partitions, fewer than there are masters ({masters})"),
            "take masters out: those without a partition have nothing to do",
        ),
        Some(_) => Finding::fail(
            CHECK,
            format!("{} holds no number of partitions", Store::meta_key(prefix)),
            "restore it from a backup: without it no key can be found; or take another WEIR_KEY_PREFIX",
        ),
    }
}

/// The cluster, as one of its nodes sees it.
fn members(members: &[Member], promise: &Promise) -> Vec<Finding> {
    const CHECK: &str = "cluster";
    let mut findings = Vec::new();
    let uncovered = uncovered(members);
    findings.push(match uncovered {
        0 => Finding::ok(CHECK, format!("all slots are held; {} nodes", members.len())),
        _ => Finding::fail(
            CHECK,
            format!("{uncovered} slots are held by nobody who answers"),
            "redis-cli --cluster fix, or start the nodes that are away",
        ),
    });
    for member in members {
        let (host, port) = &member.address;
        if member.failing {
            findings.push(Finding::warn(
                CHECK,
                format!("{host}:{port} is away"),
                "start it, or take it out with CLUSTER FORGET",
            ));
        }
        if member.moving {
            findings.push(Finding::warn(
                CHECK,
                format!("slots of {host}:{port} are on the move: writes to them wait until they have arrived"),
                "let it finish; if nothing moves them any more: redis-cli --cluster fix",
            ));
        }
        let copied = members.iter().any(|other| other.copies.as_ref() == Some(&member.id) && !other.failing);
        if member.master && !member.failing && !member.slots.is_empty() && !copied {
            let says = format!("{host}:{port} has no replica: when it is away, so is its part of the data");
            let remedy = "redis-cli --cluster add-node … --cluster-slave";
            findings.push(match promise.level {
                Some(Durability::Replicated) => Finding::fail(CHECK, says, remedy),
                _ => Finding::warn(CHECK, says, remedy),
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn states(lines: &[&str]) -> Vec<State> {
        let seen: Vec<Member> = lines.iter().filter_map(|line| Member::read(line, "seed", false)).collect();
        assert_eq!(seen.len(), lines.len(), "every line is read");
        members(&seen, &Promise::default()).into_iter().map(|finding| finding.state).collect()
    }

    #[test]
    fn a_whole_cluster_a_lonely_master_a_hole_and_a_move() {
        let (master, replica) = ("a h:1@2 master - 0 0 1 connected 0-16383", "b h:3@4 slave a 0 0 1 connected");
        assert_eq!(states(&[master, replica]), [State::Ok]);
        assert_eq!(states(&[master]), [State::Ok, State::Warn]);
        assert_eq!(states(&["a h:1@2 master - 0 0 1 connected 0-16382", replica]), [State::Fail]);
        assert_eq!(states(&["a h:1@2 master,fail - 0 0 1 connected 0-16383", replica]), [State::Fail, State::Warn]);
        assert_eq!(states(&["a h:1@2 master - 0 0 1 connected 0-16383 [7->-c]", replica]), [State::Ok, State::Warn]);
    }

    #[test]
    fn a_keyspace_without_its_number_is_lost() {
        assert_eq!(keyspace("weir", None, 3).state, State::Ok);
        assert_eq!(keyspace("weir", Some("16"), 3).state, State::Ok);
        assert_eq!(keyspace("weir", Some("16"), 17).state, State::Warn);
        assert_eq!([keyspace("weir", Some("0"), 1).state, keyspace("weir", Some("x"), 1).state], [State::Fail; 2]);
    }
}
