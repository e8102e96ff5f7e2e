//! The nodes' clocks are five minutes wrong, each in its own direction, and then jump: nobody notices.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use tempfile::TempDir;
use weir::wire::Time;

use crate::checker::must_hold;
use crate::node::sign;
use crate::people::Size;
use crate::rest::Rest;
use crate::sized;
use crate::world::World;

/// How far the clocks are off, in seconds.
const OFF: i64 = 300;

/// Makes a process' clock wrong by the seconds that stand in the file CLOCK_FILE; what counts time spans is left alone.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long off(void) {
    static const long right = 0;
    static const volatile long *wrong;
    if (!wrong) {
        const char *path = getenv("CLOCK_FILE");
        int file = path ? open(path, O_RDONLY) : -1;
        void *map = file < 0 ? MAP_FAILED : mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
        if (file >= 0) close(file);
        wrong = map == MAP_FAILED ? &right : map;
    }
    return *wrong;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += off();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    int result = clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return result;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
"#;

/// The shim as a library to be loaded first.
fn shim(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    std::fs::write(&source, SHIM).expect("the folder takes files");
    let made =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl").output();
    let made = made.expect("cc runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    library
}

/// A file that says how far a clock is off.
struct Clock(PathBuf);

impl Clock {
    fn new(path: PathBuf, off: i64) -> Clock {
        std::fs::write(&path, off.to_ne_bytes()).expect("the folder takes files");
        Clock(path)
    }

    /// From now on the clock is off by so many seconds. The file keeps its length: a process has it mapped.
    fn jumps(&self, off: i64) {
        let mut file = OpenOptions::new().write(true).open(&self.0).expect("the file is there");
        file.write_all(&off.to_ne_bytes()).expect("the file can be written");
    }
}

/// How far the node's clock is off, as its answers' `Date` says.
async fn seconds_off(url: &str) -> i64 {
    let response = reqwest::get(format!("{url}/healthz")).await.expect("an answer");
    let date = response.headers()["date"].to_str().expect("a text").to_owned();
    let output = Command::new("date").args(["-d", &date, "+%s"]).output().expect("date runs");
    let there: i64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("seconds");
    there - Time::local().micros() / 1_000_000
}

/// What each kind of token is answered with: the clock that counts is the one that the nodes share.
async fn tokens_hold_as_ever(url: &str) {
    let now = Time::local().micros() / 1_000_000;
    for (claims, expected) in [
        (format!(r#"{{"user_id":"u0","iat":{now}}}"#), None),
        (format!(r#"{{"user_id":"u0","iat":{now},"exp":{}}}"#, now + 60), None),
        (format!(r#"{{"user_id":"u0","exp":{}}}"#, now - 60), Some(40)),
        (format!(r#"{{"user_id":"u0","nbf":{}}}"#, now + 60), Some(41)),
        (format!(r#"{{"user_id":"u0","iat":{}}}"#, now + 60), Some(42)),
    ] {
        let (status, answer) =
            Rest::new(url).call(Method::GET, "/unread", &sign(&claims), None).await.expect("an answer");
        assert_eq!(answer["code"].as_i64(), expected, "{claims}: {status} {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_clocks_change_nothing() {
    let folder = TempDir::new().expect("a folder");
    let library: OsString = shim(folder.path()).into();
    let clocks = [Clock::new(folder.path().join("first"), OFF), Clock::new(folder.path().join("second"), -OFF)];
    let wrong = |clock: &Clock| [("LD_PRELOAD", library.clone()), ("CLOCK_FILE", clock.0.clone().into())];
    let size = Size { readers: 200, channels: 20, writers: 40 };
    let world = World::start_with(size, &[&wrong(&clocks[0]), &wrong(&clocks[1])]).await;
    let load = world.load(sized(Duration::from_millis(300), Duration::from_millis(100)));
    for round in [[OFF, -OFF], [-OFF, OFF]] {
        for ((node, clock), off) in world.nodes.iter().zip(&clocks).zip(round) {
            clock.jumps(off);
            tokens_hold_as_ever(&node.url()).await;
        }
        // The HTTP server keeps a date until its second is over, which after a jump backwards takes its time.
        for (node, off) in world.nodes.iter().zip(round).filter(|(_, off)| round == [OFF, -OFF] || *off > 0) {
            let found = seconds_off(&node.url()).await;
            assert!((found - off).abs() < 30, "the clock is {found} seconds off, not {off}");
        }
        world.more_sent(sized(300, 20_000)).await;
    }
    let ledger = world.finish(load).await;
    let now = Time::local().micros();
    for message in ledger.history.values().flat_map(|history| &history.forwards) {
        assert!((now - message.at).abs() < 200 * 1_000_000, "{} is of another time: {}", message.id, message.at);
    }
    must_hold(&ledger);
}
