//! One change of a channel and of its members: one transaction, with its events in the order in which clients expect them.

use std::sync::Arc;

use crate::access::Action;
use crate::chat::announce::{self, Told, ToldMember};
use crate::chat::{Caller, Ctx, Granted, Right, messages, respond};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::{Channel, Effect, Event, Member, Message, Outcome, Tick, Transaction};
use crate::wire::Time;
use crate::wire::channels::ChannelResponse;
use crate::wire::messages::MessageResponse;

/// What becomes of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Added,
    Invited,
    Updated,
    Accepted,
    Rejected,
    Removed,
}

/// A member as he will be, or, when he is removed, as he was.
#[derive(Clone, Debug)]
pub(crate) struct MemberChange {
    pub turn: Turn,
    pub member: Member,
}

/// A system message that goes with a change, and who says it.
pub(crate) struct Said {
    pub speaker: Ctx,
    pub message: Message,
}

/// The channel's record as it will be (`at` is still the version that was read), its members' turns, and what is said of it.
pub(crate) struct Change {
    pub channel: Channel,
    pub members: Vec<MemberChange>,
    pub said: Option<Said>,
}

impl Change {
    /// A change of members alone.
    pub fn of_members(granted: &Granted, members: Vec<MemberChange>) -> Change {
        Change { channel: granted.channel.rewritten(), members, said: None }
    }
}

/// What was committed.
pub(crate) struct Changed {
    pub message: Option<Arc<MessageResponse>>,
}

/// Commits the change. `None`: the channel or a member changed meanwhile; read again and try again.
pub(crate) async fn commit(ctx: &Ctx, granted: &Granted, mut change: Change) -> Result<Option<Changed>> {
    let (store, cid) = (&ctx.app.store, &granted.cid);
    count_members(&mut change);
    index(ctx, cid, &change.members).await?;
    let mut tx = store.channel_change(cid, if change.said.is_some() { Tick::Message } else { Tick::Change });
    store.write_channel(&mut tx, &change.channel)?;
    for MemberChange { turn, member } in &change.members {
        write(ctx, cid, *turn, member, &mut tx)?;
    }
    leave_threads(ctx, cid, &change.members, &mut tx).await?;
    for event in events(ctx, granted, &change).await? {
        tx.append(event)?;
    }
    let after = Granted { channel: Arc::new(change.channel.clone()), ..granted.clone() };
    let message = say(&after, &change.members, change.said.as_ref(), &mut tx).await?;
    let outcome = store.commit_channel(cid, tx).await?;
    for changed in &change.members {
        store.forget_member(cid, &changed.member.user_id);
    }
    Ok(settled(outcome, message.as_deref())?.map(|message| Changed { message }))
}

/// The answer's message, with the moment of the commit. `None`: a conflict.
pub(super) fn settled(
    outcome: Outcome,
    message: Option<&MessageResponse>,
) -> Result<Option<Option<Arc<MessageResponse>>>> {
    match outcome {
        Outcome::Committed { at } => Ok(Some(
            message.map(|message| Arc::new(MessageResponse { created_at: at, updated_at: at, ..message.clone() })),
        )),
        Outcome::Conflict { what } => match message {
            Some(message) if what == "claim" || what == "sent" => Err(ApiError::message_exists(&message.id)),
            _ => Ok(None),
        },
    }
}

fn count_members(change: &mut Change) {
    let came =
        change.members.iter().filter(|changed| matches!(changed.turn, Turn::Added | Turn::Invited)).count() as u32;
    let left = change.members.iter().filter(|changed| changed.turn == Turn::Removed).count() as u32;
    change.channel.member_count = (change.channel.member_count + came).saturating_sub(left);
}

/// The lists of the newcomers, before they are members: a list may be too large, never too small. Who once hid the channel sees
/// it when he comes back.
async fn index(ctx: &Ctx, cid: &str, members: &[MemberChange]) -> Result<()> {
    let newcomers = members.iter().filter(|changed| matches!(changed.turn, Turn::Added | Turn::Invited));
    let lists: Vec<_> = newcomers.map(|changed| super::hide::list(ctx, cid, &changed.member.user_id)).collect();
    futures_util::future::try_join_all(lists).await?;
    Ok(())
}

/// Who leaves the channel leaves its threads. His own list of threads is an index that may name them until he reads it.
async fn leave_threads(ctx: &Ctx, cid: &str, members: &[MemberChange], tx: &mut Transaction) -> Result<()> {
    let store = &ctx.app.store;
    let gone = members.iter().filter(|changed| changed.turn == Turn::Removed).map(|changed| &changed.member.user_id);
    let lists = gone.map(|user| async move { Ok::<_, ApiError>((user, store.user_threads(user).await?)) });
    for (user, threads) in futures_util::future::try_join_all(lists).await? {
        for (parent, _) in threads.iter().filter(|(_, entry)| entry.cid == cid) {
            store.leave_thread(tx, cid, parent, user);
        }
    }
    Ok(())
}

fn write(ctx: &Ctx, cid: &str, turn: Turn, member: &Member, tx: &mut Transaction) -> Result<()> {
    let store = &ctx.app.store;
    match turn {
        Turn::Added | Turn::Invited => store.add_member(tx, cid, member),
        Turn::Updated | Turn::Rejected => store.write_member(tx, cid, member),
        Turn::Accepted => {
            store.write_member(tx, cid, member)?;
            store.read_from_now(tx, cid, &member.user_id)
        }
        Turn::Removed => {
            store.remove_member(tx, cid, &member.user_id);
            Ok(())
        }
    }
}

/// First what watchers learn of each member, then of the channel, then what each person concerned learns.
async fn events(ctx: &Ctx, granted: &Granted, change: &Change) -> Result<Vec<Event>> {
    let shown = Channel { at: Time::STAMP, ..change.channel.clone() };
    let response = Arc::new(response(ctx, granted, &shown, &change.members).await?);
    // Many newcomers are told briefly: the list of members would be repeated for each.
    let brief = match change.members.len() {
        0..=10 => response.clone(),
        _ => Arc::new(ChannelResponse { members: None, ..(*response).clone() }),
    };
    let message = match &change.said {
        Some(said) => Some(respond::announced(ctx, &granted.cid, said.message.stamped()).await?),
        None => None,
    };
    let people =
        respond::People::load(ctx, change.members.iter().map(|changed| changed.member.user_id.as_str())).await?;
    let told: Vec<(&MemberChange, ToldMember<'_>)> = change
        .members
        .iter()
        .map(|changed| {
            let record = stamped(changed);
            let member = Arc::new(respond::member(&record, &shown, &people, "", ctx.now()));
            (changed, ToldMember { channel: &shown, member })
        })
        .collect();
    let mut events = Vec::new();
    for (changed, told) in &told {
        events.push(for_watchers(changed, told)?);
    }
    let channel = Told { channel: &shown, response: &response, by: respond::actor(ctx) };
    events.push(announce::channel_updated(&channel, message.as_ref())?);
    events[0].header.effects = effects(&granted.cid, &change.members);
    for (changed, told) in &told {
        match changed.turn {
            Turn::Added => events.push(announce::notification_added_to_channel(told, &brief)?),
            Turn::Invited => events.push(announce::notification_invited(told, &brief)?),
            Turn::Accepted => events.push(announce::notification_invite_accepted(told, &brief)?),
            Turn::Rejected => events.push(announce::notification_invite_rejected(told, &brief)?),
            Turn::Updated => {}
            Turn::Removed => {
                let effects = farewell(ctx, granted, &changed.member.user_id).await?;
                // Before the effects that end the watches.
                if effects.iter().any(|effect| matches!(effect, Effect::Evict(..))) {
                    events.push(announce::channel_kicked(told, &brief)?);
                }
                events.push(announce::notification_removed_from_channel(told, &brief, effects)?);
                events.push(announce::notification_left(told)?);
            }
        }
    }
    Ok(events)
}

/// What watchers learn of a member.
fn for_watchers(changed: &MemberChange, told: &ToldMember<'_>) -> Result<Event> {
    match changed.turn {
        Turn::Added | Turn::Invited => announce::member_added(told),
        Turn::Removed => announce::member_removed(told),
        Turn::Updated | Turn::Accepted | Turn::Rejected => announce::member_updated(told),
    }
}

/// The record as the commit leaves it: changed at its moment, unless it is gone.
fn stamped(changed: &MemberChange) -> Member {
    match changed.turn {
        Turn::Removed => changed.member.clone(),
        Turn::Added | Turn::Invited => Member { at: Time::STAMP, ..changed.member.clone() },
        _ => Member { at: Time::STAMP, ..changed.member.rewritten() },
    }
}

/// What all nodes must know before anything of this is delivered. Who leaves does so with his own event.
fn effects(cid: &str, members: &[MemberChange]) -> Vec<Effect> {
    let mut effects = vec![Effect::Channel(cid.to_owned())];
    for MemberChange { turn, member } in members {
        let user = member.user_id.clone();
        match turn {
            Turn::Added | Turn::Accepted => {
                // What is hidden from him comes with his counts.
                effects.extend(member.hide_messages_before.map(|_| Effect::Own(user.clone())));
                effects.push(Effect::Joined(cid.to_owned(), user));
            }
            Turn::Invited | Turn::Updated | Turn::Rejected => effects.push(Effect::Member(cid.to_owned(), user)),
            Turn::Removed => {}
        }
    }
    effects
}

/// The membership ends; so do the watches of somebody who could read as a member only.
async fn farewell(ctx: &Ctx, granted: &Granted, user: &str) -> Result<Vec<Effect>> {
    let mut effects = vec![Effect::Left(granted.cid.clone(), user.to_owned())];
    let reads = match ctx.app.store.user(user).await? {
        Some(user) => {
            let theirs = Ctx { caller: Caller::User(user.clone()), actor: Some(user), ..ctx.clone() };
            Right::of(&theirs, &granted.kind, &granted.channel, None).allows(Action::ReadChannel)
        }
        None => false,
    };
    if !reads {
        effects.push(Effect::Evict(granted.cid.clone(), user.to_owned()));
    }
    Ok(effects)
}

/// The channel as events carry it: complete, with the members who came first.
async fn response(ctx: &Ctx, granted: &Granted, shown: &Channel, changes: &[MemberChange]) -> Result<ChannelResponse> {
    let members = first_members(ctx, &granted.cid, changes).await?;
    let ids: Vec<&str> = members.iter().map(|member| member.user_id.as_str()).collect();
    let others = [shown.created_by.as_str(), shown.truncated_by.as_deref().unwrap_or_default()];
    let people = respond::People::load(ctx, ids.into_iter().chain(others)).await?;
    let kind = crate::chat::channel_types::of(shown)?;
    let mut response = respond::channel(shown, &kind, &people);
    response.members =
        Some(members.iter().map(|member| respond::member(member, shown, &people, "", ctx.now())).collect());
    Ok(response)
}

/// Those who will have joined first; never more than are shown, however many there are.
async fn first_members(ctx: &Ctx, cid: &str, changes: &[MemberChange]) -> Result<Vec<Member>> {
    let leaving = changes.iter().filter(|changed| changed.turn == Turn::Removed).count();
    let known = ctx.app.store.first_members(cid, 0, limits::STATE_MEMBERS + leaving).await?;
    let turn_of = |id: &str| changes.iter().find(|changed| changed.member.user_id == id);
    let mut members = Vec::with_capacity(known.len());
    for member in known {
        match turn_of(&member.user_id) {
            None => members.push((*member).clone()),
            Some(changed) if changed.turn == Turn::Removed => {}
            Some(changed) => members.push(stamped(changed)),
        }
    }
    members.extend(changes.iter().filter(|changed| matches!(changed.turn, Turn::Added | Turn::Invited)).map(stamped));
    members.truncate(limits::STATE_MEMBERS);
    Ok(members)
}

/// The system message, after everything else. Its sender has read it, if he is in the channel afterwards.
pub(super) async fn say(
    after: &Granted,
    changes: &[MemberChange],
    said: Option<&Said>,
    tx: &mut Transaction,
) -> Result<Option<Arc<MessageResponse>>> {
    let Some(Said { speaker, message }) = said else { return Ok(None) };
    let store = &speaker.app.store;
    let member = match changes.iter().find(|changed| changed.member.user_id == message.user_id) {
        Some(changed) => Some(Arc::new(changed.member.clone())).filter(|_| changed.turn != Turn::Removed),
        None => store.member(&after.cid, &message.user_id).await?,
    };
    let theirs = Granted { member: member.filter(|member| !member.is_outside()), ..after.clone() };
    messages::send_system(speaker, &theirs, message, tx).await.map(Some)
}
