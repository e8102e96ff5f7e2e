//! The private Redis with a real redis-server: what it promises, and what happens when it is ill-treated.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use redis::{AsyncCommands, aio::MultiplexedConnection};
use tempfile::TempDir;

use super::*;
use crate::config::Durability;

fn settings(folder: &Path) -> Settings {
    Settings {
        folder: folder.to_owned(),
        program: None,
        search_path: env::var_os("PATH").expect("PATH is set"),
        durability: Durability::Durable,
    }
}

async fn started(settings: &Settings) -> PrivateRedis {
    let redis = PrivateRedis::start(settings).await.expect("starts");
    redis.ready().await.expect("becomes ready");
    redis
}

async fn connection(redis: &PrivateRedis) -> MultiplexedConnection {
    let client = redis::Client::open(redis.url()).expect("a valid address");
    client.get_multiplexed_async_connection().await.expect("connects")
}

async fn setting(redis: &PrivateRedis, name: &str) -> String {
    let pair: Vec<String> =
        redis::cmd("CONFIG").arg("GET").arg(name).query_async(&mut connection(redis).await).await.expect("answers");
    pair[1].clone()
}

async fn process_id(redis: &PrivateRedis) -> Pid {
    let info: String =
        redis::cmd("INFO").arg("server").query_async(&mut connection(redis).await).await.expect("answers");
    let line = info.lines().find_map(|line| line.strip_prefix("process_id:")).expect("names its process");
    Pid::from_raw(line.parse().expect("a number"))
}

/// A program that waits for a line in the pipe `gate` before it becomes the real redis-server.
fn gated(folder: &Path) -> (PathBuf, PathBuf) {
    let gate = folder.join("gate");
    nix::unistd::mkfifo(&gate, nix::sys::stat::Mode::S_IRWXU).expect("makes a pipe");
    let program = folder.join("gated-redis");
    let script = format!("#!/bin/sh\nread line < '{}'\nexec redis-server \"$@\"\n", gate.display());
    fs::write(&program, script).expect("writes");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("makes it run");
    (program, gate)
}

#[tokio::test]
async fn it_answers_on_a_socket_for_its_owner_only() {
    let data = TempDir::new().expect("a folder");
    let redis = started(&settings(&data.path().join("redis"))).await;
    let pong: String = redis::cmd("PING").query_async(&mut connection(&redis).await).await.expect("answers");
    assert_eq!(pong, "PONG");
    let mode = |path: PathBuf| fs::metadata(path).expect("exists").permissions().mode() & 0o777;
    assert_eq!(mode(data.path().join("redis")), 0o700);
    assert_eq!(mode(data.path().join("redis/redis.sock")), 0o700);
    assert_eq!(setting(&redis, "port").await, "0");
    assert_eq!(setting(&redis, "maxmemory-policy").await, "noeviction");
    assert_eq!(setting(&redis, "save").await, "");
}

#[tokio::test]
async fn durability_decides_how_often_it_writes() {
    for (durability, fsync) in [(Durability::Fast, "everysec"), (Durability::Durable, "always")] {
        let data = TempDir::new().expect("a folder");
        let redis = started(&Settings { durability, ..settings(data.path()) }).await;
        assert_eq!(setting(&redis, "appendonly").await, "yes");
        assert_eq!(setting(&redis, "appendfsync").await, fsync);
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_a_stop() {
    let data = TempDir::new().expect("a folder");
    let redis = started(&settings(data.path())).await;
    let _: () = connection(&redis).await.set("word", "kept").await.expect("writes");
    redis.stop().await;
    assert_eq!(redis.state(), State::Stopped);
    let redis = started(&settings(data.path())).await;
    let word: String = connection(&redis).await.get("word").await.expect("reads");
    assert_eq!(word, "kept");
}

#[tokio::test]
async fn a_killed_redis_comes_back_with_its_data() {
    let data = TempDir::new().expect("a folder");
    let redis = started(&settings(data.path())).await;
    for round in 0..3 {
        let _: () = connection(&redis).await.set("round", round).await.expect("writes");
        let mut state = redis.state.clone();
        state.mark_unchanged();
        kill(process_id(&redis).await, Signal::SIGKILL).expect("kills");
        state.changed().await.expect("tells");
        redis.ready().await.expect("comes back");
        let kept: u32 = connection(&redis).await.get("round").await.expect("reads");
        assert_eq!(kept, round);
    }
}

#[tokio::test]
async fn a_folder_has_one_weir() {
    let data = TempDir::new().expect("a folder");
    let redis = started(&settings(data.path())).await;
    let second = PrivateRedis::start(&settings(data.path())).await;
    assert!(matches!(second, Err(PrivateRedisError::InUse(_))), "{second:?}");
    redis.stop().await;
    started(&settings(data.path())).await;
}

#[tokio::test]
async fn it_is_loading_until_it_answers() {
    let data = TempDir::new().expect("a folder");
    let (program, gate) = gated(data.path());
    let redis = PrivateRedis::start(&Settings { program: Some(program), ..settings(&data.path().join("redis")) }).await;
    // The script runs without our PATH, in the shell's own.
    let redis = redis.expect("starts");
    assert_eq!(redis.state(), State::Loading);
    fs::OpenOptions::new().write(true).open(gate).expect("opens").write_all(b"go\n").expect("writes");
    redis.ready().await.expect("becomes ready");
    assert_eq!(redis.state(), State::Ready);
}

#[tokio::test]
async fn a_stop_while_loading_is_obeyed() {
    let data = TempDir::new().expect("a folder");
    let (program, _gate) = gated(data.path());
    let settings = Settings { program: Some(program), ..settings(&data.path().join("redis")) };
    let redis = PrivateRedis::start(&settings).await.expect("starts");
    redis.stop().await;
    assert_eq!(redis.state(), State::Stopped);
}

#[tokio::test]
async fn deep_and_odd_folders_work() {
    let data = TempDir::new().expect("a folder");
    for name in ["with space, 100% & ünïcode?#".to_owned(), "deep/".repeat(40)] {
        let redis = started(&settings(&data.path().join(name))).await;
        let _: () = connection(&redis).await.set("word", 1).await.expect("writes");
        redis.stop().await;
    }
}

#[tokio::test]
async fn a_missing_program_is_said_with_the_remedy() {
    let data = TempDir::new().expect("a folder");
    let nowhere = Settings { search_path: data.path().into(), ..settings(data.path()) };
    let said = PrivateRedis::start(&nowhere).await.expect_err("nothing to run").to_string();
    assert!(said.contains("apt-get install -y redis-server") && said.contains("REDIS_URL"), "{said}");
    let wrong = Settings { program: Some(data.path().join("no-such-file")), ..settings(data.path()) };
    let said = PrivateRedis::start(&wrong).await.expect_err("nothing to run").to_string();
    assert!(said.contains("WEIR_REDIS_BIN") && said.contains("no-such-file"), "{said}");
}

#[tokio::test]
async fn a_redis_that_cannot_start_says_why() {
    let data = TempDir::new().expect("a folder");
    fs::create_dir(data.path().join("appendonlydir")).expect("makes");
    fs::write(data.path().join("appendonlydir/appendonly.aof.manifest"), "nonsense\n").expect("writes");
    let redis = PrivateRedis::start(&settings(data.path())).await.expect("runs");
    let said = redis.ready().await.expect_err("cannot read its data").to_string();
    assert!(said.contains("exit status: 1") && said.to_lowercase().contains("manifest"), "{said}");
    redis.stop().await;
}

const HOLDER: &str = "WEIR_TEST_HOLDER";

/// Not a test of its own: the process that the next one kills.
#[tokio::test]
async fn holder() {
    if let Some(folder) = env::var_os(HOLDER) {
        let redis = started(&settings(Path::new(&folder))).await;
        println!("holds {}", process_id(&redis).await);
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn a_killed_weir_takes_its_redis_along() {
    let data = TempDir::new().expect("a folder");
    let mut weir = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "store::private::tests::holder", "--nocapture"])
        .env(HOLDER, data.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("runs");
    let output = BufReader::new(weir.stdout.take().expect("piped"));
    let holds =
        output.lines().map_while(Result::ok).find_map(|line| line.split_once("holds ").map(|(_, id)| id.to_owned()));
    let redis_id = Pid::from_raw(holds.expect("starts a Redis").parse().expect("a number"));
    kill(redis_id, None).expect("runs");
    weir.kill().expect("kills");
    weir.wait().expect("ends");
    // The next Weir waits for the first one's Redis, so when it runs, that one is gone.
    let next = started(&settings(data.path())).await;
    assert_ne!(process_id(&next).await, redis_id);
    let gone = tokio::time::timeout(Duration::from_secs(5), async {
        while kill(redis_id, None).is_ok() {
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("ends with its Weir");
}
