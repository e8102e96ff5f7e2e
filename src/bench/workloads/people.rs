//! Users, channels with members, and sockets that watch them.

use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};

use crate::client::{Client, request, server_token, user_token};
use crate::sockets::Socket;
use crate::subjects::Server;
use crate::tally::{Heard, Tally};

/// Users or members of one call.
const BATCH: usize = 100;
/// Sockets that are opened at a time.
const AT_ONCE: usize = 64;

/// A number of channels with the same number of members each.
#[derive(Clone, Copy, Debug)]
pub struct People {
    pub channels: usize,
    pub members: usize,
}

impl People {
    pub fn total(self) -> usize {
        self.channels * self.members
    }

    pub fn user(channel: usize, member: usize) -> String {
        format!("user-{channel}-{member}")
    }

    fn everybody(self) -> impl Iterator<Item = (usize, String)> {
        (0..self.total()).map(move |index| {
            let (channel, member) = (index % self.channels, index / self.channels);
            (channel, People::user(channel, member))
        })
    }

    /// Makes users and channels as a back end does.
    pub async fn settle(self, server: &Server) -> Result<()> {
        let mut client = Client::connect(server.address).await?;
        let token = server_token()?;
        let users: Vec<String> = self.everybody().map(|(_, user)| user).collect();
        make_users(&mut client, &token, &users).await?;
        for channel in 0..self.channels {
            let members: Vec<String> = (0..self.members).map(|member| People::user(channel, member)).collect();
            make_channel(&mut client, &token, &channel_id(channel), &members).await?;
        }
        Ok(())
    }

    /// One watching socket for each member; what they hear goes to the tally.
    pub async fn watch(self, server: &Server, tally: &Arc<Tally>) -> Result<Vec<JoinHandle<Heard>>> {
        let everybody: Arc<Vec<_>> = Arc::new(self.everybody().collect());
        let mut tasks = JoinSet::new();
        for first in 0..AT_ONCE {
            let (everybody, address, tally) = (everybody.clone(), server.address, tally.clone());
            tasks.spawn(async move {
                let mut client = Client::connect(address).await?;
                let mut listeners = Vec::new();
                for (channel, user) in everybody.iter().skip(first).step_by(AT_ONCE) {
                    let socket = Socket::open(address, user).await.with_context(|| format!("{user} connects"))?;
                    let connection_id = socket.connection_id.clone();
                    listeners.push(socket.listen(&tally));
                    watch(&mut client, &channel_id(*channel), user, &connection_id).await?;
                }
                anyhow::Ok(listeners)
            });
        }
        let mut listeners = Vec::with_capacity(self.total());
        while let Some(task) = tasks.join_next().await {
            listeners.extend(task??);
        }
        Ok(listeners)
    }
}

pub fn channel_id(channel: usize) -> String {
    format!("channel-{channel}")
}

/// Makes users known.
pub async fn make_users(client: &mut Client, token: &str, users: &[String]) -> Result<()> {
    for batch in users.chunks(BATCH) {
        let users: serde_json::Map<_, _> =
            batch.iter().map(|user| (user.clone(), json!({"id": user, "name": user}))).collect();
        client.call(&request("POST", "/users", token, &json!({"users": users}).to_string())).await?;
    }
    Ok(())
}

/// Makes a channel; the first member is its creator.
pub async fn make_channel(client: &mut Client, token: &str, id: &str, members: &[String]) -> Result<()> {
    let mut batches = members.chunks(BATCH);
    let first = batches.next().unwrap_or_default();
    let body = json!({"data": {"created_by_id": first.first(), "members": first}, "state": false});
    client.call(&request("POST", &format!("/channels/messaging/{id}/query"), token, &body.to_string())).await?;
    for batch in batches {
        let body = json!({"add_members": batch}).to_string();
        client.call(&request("POST", &format!("/channels/messaging/{id}"), token, &body)).await?;
    }
    Ok(())
}

async fn watch(client: &mut Client, channel: &str, user: &str, connection_id: &str) -> Result<()> {
    let path = format!("/channels/messaging/{channel}/query?user_id={user}&connection_id={connection_id}");
    let body = r#"{"watch":true,"state":true,"presence":false,"messages":{"limit":1}}"#;
    client.call(&request("POST", &path, &user_token(user)?, body)).await?;
    Ok(())
}
