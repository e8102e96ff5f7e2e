//! What a user has not read: one reading of it for connections, for `GET /unread` and for marking all read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::reader;
use crate::app::App;
use crate::chat::{Ctx, channel_types};
use crate::error::Result;
use crate::limits;
use crate::store::{Belongings, Channel, ChannelUnread, Own, ThreadUnread, UserChannel};
use crate::wire::channels::{UnreadChannelCount, UnreadCountsResponse, UnreadThreadCount, UnreadTypeCount};

/// A channel that the user is in.
pub(crate) struct UnreadChannel {
    pub cid: String,
    pub channel: Arc<Channel>,
    pub seen: UserChannel,
    /// Whether the channel knows reading at all; where not, nothing is unread.
    pub counts: bool,
    pub state: ChannelUnread,
}

/// All that the user has not read, muted channels included.
pub(crate) struct Unread {
    pub channels: Vec<UnreadChannel>,
    /// Parent id → what is unread there; threads of channels that the user is in.
    pub threads: HashMap<String, ThreadUnread>,
    pub own: Arc<Own>,
}

/// Counts over all channels and threads of the user.
pub(crate) async fn unread(app: &App, user: &str) -> Result<Unread> {
    let store = &app.store;
    let (channels, threads, own) =
        futures_util::future::try_join3(store.user_channels(user), store.user_threads(user), store.fresh_own(user))
            .await?;
    unread_of(app, user, Belongings { own, channels, threads }).await
}

/// The same for somebody whose belongings are known.
pub(crate) async fn unread_of(app: &App, user: &str, belongings: Belongings) -> Result<Unread> {
    let Belongings { own, channels: mut seen, threads } = belongings;
    let store = &app.store;
    let cids: Vec<String> = seen.keys().cloned().collect();
    let (states, mut threads, records) = futures_util::future::try_join3(
        store.channels_unread(user, &own, &cids),
        store.threads_unread(user, &own, &threads),
        store.channels(cids.iter().map(String::as_str)),
    )
    .await?;
    if seen.len() > states.len() {
        let gone = seen.iter().filter(|(cid, _)| !states.contains_key(*cid));
        store.forget_channels(user, gone).await?;
    }
    let mut channels = Vec::with_capacity(states.len());
    for (cid, mut state) in states {
        let Some(channel) = records.get(&cid).filter(|channel| state.inside && !channel.is_deleted()) else { continue };
        let counts = channel_types::of(channel)?.config.read_events;
        if !counts {
            state.unread = 0;
        }
        let seen = seen.remove(&cid).unwrap_or_default();
        channels.push(UnreadChannel { cid, channel: channel.clone(), seen, counts, state });
    }
    let counted: std::collections::HashSet<&str> =
        channels.iter().filter(|channel| channel.counts).map(|channel| channel.cid.as_str()).collect();
    threads.retain(|_, thread| counted.contains(thread.cid.as_str()));
    Ok(Unread { channels, threads, own })
}

/// `GET /unread`: muted channels are left out, as in all totals.
pub(crate) async fn unread_counts(ctx: &Ctx, user_id: Option<String>) -> Result<UnreadCountsResponse> {
    let ctx = &reader(ctx, None, user_id).await?;
    let Unread { mut channels, threads, own } = unread(&ctx.app, ctx.viewer()).await?;
    let now = ctx.now();
    channels.retain(|channel| channel.state.unread > 0 && !own.mutes_channel(&channel.cid, now));
    channels.sort_by(|a, b| (b.channel.last_message_at, &a.cid).cmp(&(a.channel.last_message_at, &b.cid)));
    let mut answer = UnreadCountsResponse::default();
    let mut types: BTreeMap<String, UnreadTypeCount> = BTreeMap::new();
    let by_team = ctx.app.store.settings().multi_tenant_enabled;
    let mut teams: BTreeMap<String, i64> = BTreeMap::new();
    for UnreadChannel { cid, channel, state, .. } in channels {
        let unread = i64::from(state.unread);
        answer.total_unread_count += unread;
        let kind = types
            .entry(channel.kind.clone())
            .or_insert_with(|| UnreadTypeCount { channel_type: channel.kind.clone(), ..Default::default() });
        kind.channel_count += 1;
        kind.unread_count += unread;
        if let Some(team) = channel.team.as_ref().filter(|_| by_team) {
            *teams.entry(team.clone()).or_default() += unread;
        }
        if answer.channels.len() < limits::UNREAD_CHANNELS {
            answer.channels.push(UnreadChannelCount {
                channel_id: cid,
                unread_count: unread,
                last_read: state.read.at,
            });
        }
    }
    answer.channel_type = types.into_values().collect();
    answer.total_unread_count_by_team = (!teams.is_empty()).then_some(teams);
    let mut threads: Vec<_> = threads.into_iter().filter(|(_, thread)| thread.unread > 0).collect();
    threads.sort_by(|(a, left), (b, right)| (right.read.at, a).cmp(&(left.read.at, b)));
    answer.total_unread_threads_count = threads.len() as i64;
    answer.threads = threads
        .into_iter()
        .map(|(parent, thread)| UnreadThreadCount {
            parent_message_id: parent,
            unread_count: thread.unread.into(),
            last_read: thread.read.at,
            last_read_message_id: thread.read.id.unwrap_or_default(),
        })
        .collect();
    Ok(answer)
}
