//! How long nobody can chat when a process is started.

use std::time::Instant;

use anyhow::Result;
use serde_json::json;

use crate::client::{Client, request, server_token};
use crate::redis_server::{Fsync, Redis};
use crate::statistics::Figures;
use crate::subjects::{Server, Subject};

/// From the start of the process to the first channel that it made, over an empty Redis that runs.
pub async fn run(subject: Subject) -> Result<Figures> {
    let redis = Redis::start(Fsync::EverySecond).await?;
    let body = json!({"data": {"created_by_id": "first"}, "state": false}).to_string();
    let request = request("POST", "/channels/messaging/first/query", &server_token()?, &body);
    let start = Instant::now();
    let server = Server::start_over(subject, redis).await?;
    Client::connect(server.address).await?.call(&request).await?;
    let time = start.elapsed();
    server.stop().await?;
    let mut figures = Figures::default();
    figures.set("ms", time.as_secs_f64() * 1000.0);
    Ok(figures)
}
