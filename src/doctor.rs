//! `weir doctor`: looks whether all is well and names the remedy where it is not.

mod machine;

use std::ffi::OsStr;

use serde::Serialize;

use crate::cli::DoctorArgs;
use crate::config::{Config, PrivateRedisSettings, Redis};
use crate::store::health::{Finding, State, visit};
use crate::store::private::{PrivateRedis, PrivateRedisError};

/// All that was found.
#[derive(Debug, Serialize)]
struct Report {
    /// The worst of all findings.
    state: State,
    findings: Vec<Finding>,
}

/// The command: prints what it finds, and fails when something does.
pub async fn run(args: DoctorArgs) -> anyhow::Result<()> {
    let report = match Config::load(args.serve) {
        Ok(config) => examine(&config, args.connections).await,
        Err(error) => Report::refused(error),
    };
    println!("{}", if args.json { report.to_json()? } else { report.to_text() });
    anyhow::ensure!(!report.has_failed(), "not all is well");
    Ok(())
}

/// Examines a deployment as `weir serve` would start it, for that many connections to one node.
async fn examine(config: &Config, connections: u64) -> Report {
    // The one TLS provider of the process; an error means that it is installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut findings = vec![secret(config)];
    findings.extend(machine::findings(&config.data_dir, connections));
    findings.extend(redis(config).await);
    Report::new(findings)
}

impl Report {
    fn new(findings: Vec<Finding>) -> Report {
        let state = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
        Report { state, findings }
    }

    /// Settings that are refused: nothing else can be examined.
    fn refused(why: impl std::fmt::Display) -> Report {
        Report::new(vec![Finding::fail("settings", why.to_string(), "weir serve --help explains every setting")])
    }

    fn has_failed(&self) -> bool {
        self.state == State::Fail
    }

    /// One line per finding, for people.
    fn to_text(&self) -> String {
        let mut lines = Vec::new();
        for Finding { check, state, says, remedy } in &self.findings {
            let state = match state {
                State::Ok => "ok  ",
                State::Warn => "warn",
                State::Fail => "FAIL",
            };
            let remedy = remedy.as_ref().map(|remedy| format!(". Remedy: {remedy}")).unwrap_or_default();
            lines.push(format!("{state}  {check:<12} {says}{remedy}"));
        }
        lines.join("\n")
    }

    /// The same for programs.
    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

fn secret(config: &Config) -> Finding {
    match config.credentials.weakness() {
        Some((says, remedy)) => Finding::warn("secret", says, remedy),
        None => Finding::ok("secret", "the API secret is long enough"),
    }
}

async fn redis(config: &Config) -> Vec<Finding> {
    let settings = match &config.redis {
        Redis::At(url) => return visit(url.expose(), &config.key_prefix, &config.promise).await,
        Redis::Private(settings) => settings,
    };
    match PrivateRedis::start(settings).await {
        // A Weir is at work in this folder: its Redis is the one to look at.
        Err(PrivateRedisError::InUse(_)) => visit(&running(settings), &config.key_prefix, &config.promise).await,
        Err(error) => vec![Finding::fail("redis", error.to_string(), "see above; then run weir doctor again")],
        Ok(redis) => {
            let findings = match redis.ready().await {
                Ok(()) => visit(redis.url(), &config.key_prefix, &config.promise).await,
                Err(error) => vec![Finding::fail("redis", error.to_string(), "look into its log above")],
            };
            redis.stop().await;
            findings
        }
    }
}

fn running(settings: &PrivateRedisSettings) -> String {
    let socket = settings.folder.join(crate::store::private::SOCKET);
    format!("redis+unix://{}", crate::store::private::percent_encoded(OsStr::new(&socket)))
}
