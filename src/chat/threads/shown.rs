//! Threads in answers and events.

use std::collections::{BTreeMap, HashMap};

use super::fields::Found;
use crate::chat::respond::{self, People};
use crate::chat::users::bounded;
use crate::chat::{Ctx, Granted, keeps, messages};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{MessageRow, Thread, ThreadRead};
use crate::wire::Custom;
use crate::wire::channels::{ChannelResponse, ReadStateResponse};
use crate::wire::messages::{MessageResponse, ThreadParticipantResponse, ThreadResponse, ThreadStateResponse};

/// How much is shown of each thread.
pub(super) struct Sizes {
    replies: usize,
    participants: usize,
    members: usize,
}

impl Sizes {
    pub fn asked(replies: Option<i64>, participants: Option<i64>, members: Option<i64>) -> Result<Sizes> {
        let people = |path, asked| bounded(path, asked, limits::THREAD_PEOPLE, limits::THREAD_PEOPLE);
        Ok(Sizes {
            replies: bounded("reply_limit", replies, limits::THREAD_REPLIES_DEFAULT, limits::THREAD_REPLIES)?,
            participants: people("participant_limit", participants)?,
            members: people("member_limit", members)?,
        })
    }

    /// What an update and its event show.
    pub fn of_update() -> Sizes {
        Sizes { replies: 0, participants: limits::THREAD_PEOPLE, members: 0 }
    }
}

/// The title that was set, or what the parent says.
pub(super) fn title(thread: &Thread) -> &str {
    match &thread.data.title {
        Some(title) => title,
        None if thread.parent.deleted_at.is_some() => "",
        None => &thread.parent.text,
    }
}

/// The thread as an event names it.
pub(crate) fn named(cid: &str, thread: &Thread) -> ThreadResponse {
    ThreadResponse {
        active_participant_count: thread.participants.into(),
        channel_cid: cid.to_owned(),
        created_at: thread.first.created_at(),
        created_by_user_id: thread.first.user_id.clone(),
        deleted_at: thread.parent.deleted_at,
        last_message_at: Some(thread.newest_at),
        parent_message_id: thread.parent.id.clone(),
        participant_count: thread.participants.into(),
        reply_count: thread.parent.reply_count.into(),
        title: title(thread).to_owned(),
        updated_at: thread.updated_at(),
        custom: Custom(thread.data.custom.clone()),
        ..ThreadResponse::default()
    }
}

/// The thread with its parent and who takes part in it.
pub(super) async fn whole(ctx: &Ctx, found: &Found, parent: MessageResponse) -> Result<ThreadResponse> {
    let cast = Cast::load(ctx, found, &Sizes::of_update()).await?;
    Ok(ThreadResponse { parent_message: Some(Box::new(parent)), ..cast.thread(found) })
}

/// The thread with its newest replies, and how far each participant has read.
pub(super) async fn state(
    ctx: &Ctx,
    found: &Found,
    sizes: &Sizes,
    channels: &BTreeMap<String, ChannelResponse>,
) -> Result<ThreadStateResponse> {
    let Found { granted, thread } = found;
    let (cast, parent, latest_replies) = futures_util::future::try_join3(
        Cast::load(ctx, found, sizes),
        parent(ctx, granted, thread),
        messages::newest_replies(ctx, granted, &thread.parent.id, sizes.replies),
    )
    .await?;
    let read = match granted.kind.config.read_events {
        true => Some(cast.reads(ctx, found).await?),
        false => None,
    };
    let channel = channels.get(&granted.cid).cloned().map(Box::new);
    let draft = parent.draft.clone();
    let thread = ThreadResponse { channel, parent_message: Some(Box::new(parent)), ..cast.thread(found) };
    Ok(ThreadStateResponse { thread, latest_replies, read, draft })
}

async fn parent(ctx: &Ctx, granted: &Granted, thread: &Thread) -> Result<MessageResponse> {
    let parent = &thread.parent;
    let own_reactions = ctx.app.store.reactions_of(parent, ctx.viewer()).await?;
    let row = MessageRow { message: parent.clone().into(), own_reactions };
    let mut response = respond::message(ctx, &granted.cid, row).await?;
    if !ctx.is_server() {
        respond::conceal(&mut response);
    }
    keeps::mark_one(ctx, response).await
}

/// The channels as the caller sees them, each with its first members.
pub(super) async fn channels<'a>(
    ctx: &Ctx,
    granted: impl Iterator<Item = &'a Granted>,
    sizes: &Sizes,
) -> Result<BTreeMap<String, ChannelResponse>> {
    let granted: BTreeMap<&str, &Granted> = granted.map(|granted| (granted.cid.as_str(), granted)).collect();
    let shown = granted.into_values().map(|granted| async move {
        let members = ctx.app.store.first_members(&granted.cid, 0, sizes.members).await?;
        let ids = members.iter().map(|member| member.user_id.as_str()).chain([granted.channel.created_by.as_str()]);
        let people = People::load(ctx, ids).await?;
        let mut response = respond::channel_for(ctx, granted, &people);
        let now = ctx.now();
        let member = |member| respond::member(member, &granted.channel, &people, ctx.viewer(), now);
        response.members = Some(members.iter().map(|record| member(record)).collect());
        Ok::<_, ApiError>((granted.cid.clone(), response))
    });
    Ok(futures_util::future::try_join_all(shown).await?.into_iter().collect())
}

/// Who takes part, as far as it is shown: those who did first, and the caller.
struct Cast {
    people: People,
    /// By the time of their beginning.
    participants: Vec<(String, ThreadRead)>,
    /// The caller, where he is not among them.
    own: Option<(String, ThreadRead)>,
}

impl Cast {
    async fn load(ctx: &Ctx, found: &Found, sizes: &Sizes) -> Result<Cast> {
        let all: HashMap<String, ThreadRead> =
            ctx.app.store.thread_reads(&found.granted.cid, &found.thread.parent.id).await?;
        let mut participants: Vec<(String, ThreadRead)> = all.into_iter().collect();
        participants.sort_by(|(a, left), (b, right)| (left.since(), a).cmp(&(right.since(), b)));
        let mut rest = participants.split_off(sizes.participants.min(participants.len())).into_iter();
        let own = rest.find(|(id, _)| id == ctx.viewer());
        let ids = participants.iter().map(|(id, _)| id.as_str()).chain([found.thread.first.user_id.as_str()]);
        let people = People::load(ctx, ids.chain([ctx.viewer()])).await?;
        Ok(Cast { people, participants, own })
    }

    fn thread(&self, found: &Found) -> ThreadResponse {
        let (cid, thread) = (&found.granted.cid, &found.thread);
        let participant = |(id, read): &(String, ThreadRead)| ThreadParticipantResponse {
            channel_cid: cid.clone(),
            created_at: read.since(),
            custom: Custom::default(),
            last_read_at: read.at,
            last_thread_message_at: read.wrote(),
            thread_id: thread.parent.id.clone(),
            user: self.people.get(id),
            user_id: id.clone(),
        };
        ThreadResponse {
            created_by: Some(self.people.get(&thread.first.user_id)),
            thread_participants: Some(self.participants.iter().map(participant).collect()),
            ..named(cid, thread)
        }
    }

    /// Read states: those of others only as far as they share them.
    async fn reads(&self, ctx: &Ctx, found: &Found) -> Result<Vec<ReadStateResponse>> {
        let (store, viewer) = (&ctx.app.store, ctx.viewer());
        let users = store.users(self.participants.iter().map(|(id, _)| id.as_str())).await?;
        let shared =
            |id: &str| id == viewer || ctx.is_server() || users.get(id).is_none_or(|user| user.shares("read_receipts"));
        let shown: Vec<_> = self.participants.iter().filter(|(id, _)| shared(id)).chain(&self.own).collect();
        let pointers: Vec<ThreadRead> = shown.iter().map(|(_, read)| read.clone()).collect();
        let counts = store.unread_by(&found.granted.cid, &found.thread.parent.id, &pointers).await?;
        let state = |((id, read), unread): (&(String, ThreadRead), u32)| ReadStateResponse {
            user: self.people.get(id),
            unread_messages: if id == viewer { found.unread().into() } else { unread.into() },
            last_read: read.at,
            last_read_message_id: read.id.clone(),
            ..ReadStateResponse::default()
        };
        Ok(shown.into_iter().zip(counts).map(state).collect())
    }
}
