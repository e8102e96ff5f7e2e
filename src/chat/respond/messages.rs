//! Messages and reactions in responses.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::{People, Polls};
use crate::chat::keeps::Keeps;
use crate::chat::{Ctx, Granted, commands, locations, user_groups};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::signing::Signer;
use crate::store::{Member, Message, MessageRow, Reaction, UserGroup};
use crate::wire::channels::MemberBriefResponse;
use crate::wire::messages::{
    Attachment, CommandInfoResponse, MessageResponse, ReactionGroupResponse, ReactionResponse,
};
use crate::wire::{Custom, Ready, Time, WrittenMessage};

/// What a list of messages refers to, loaded once for all of them.
struct Cast {
    people: People,
    members: HashMap<String, Arc<Member>>,
    quoted: HashMap<String, Message>,
    polls: Polls,
    groups: HashMap<String, UserGroup>,
    /// Where links to uploads are signed.
    signer: Option<Signer>,
}

impl Cast {
    /// `polls` are those that are loaded already.
    async fn load(ctx: &Ctx, cid: &str, rows: &[MessageRow], polls: &Polls) -> Result<Cast> {
        let quotes: Vec<String> = rows.iter().filter_map(|row| row.message.quoted_message_id.clone()).collect();
        let mut quoted = ctx.app.store.messages_in(cid, &quotes).await?;
        if !quoted.is_empty()
            && let Some(channel) = ctx.app.store.channel(cid).await?
        {
            let since = channel.began().max(channel.truncated_at.unwrap_or(Time(0)));
            quoted.retain(|_, message| since <= message.created_at());
        }
        if !quoted.is_empty() && !ctx.is_server() {
            // What a newcomer is not to see he does not see quoted either.
            let viewer = ctx.app.store.member(cid, ctx.viewer()).await?;
            let before = viewer.and_then(|member| member.hide_messages_before);
            quoted.retain(|_, message| before.is_none_or(|before| before < message.created_at()));
        }
        let mut ids: Vec<&str> = Vec::new();
        for message in rows.iter().map(|row| &*row.message).chain(quoted.values()) {
            ids.extend(named(message));
        }
        let polls = polls.with(ctx, rows, &quoted).await?;
        let messages = rows.iter().map(|row| &*row.message).chain(quoted.values());
        let groups = messages.flat_map(|message| message.mentioned_group_ids.iter().cloned()).collect();
        let groups = ctx.app.store.user_groups_of(groups).await?;
        ids.extend(polls.names());
        ids.push(ctx.viewer());
        ids.sort_unstable();
        ids.dedup();
        let people = People::load(ctx, ids).await?;
        let messages = rows.iter().map(|row| &*row.message).chain(quoted.values());
        let authors = messages.map(|message| message.user_id.as_str()).collect();
        let members = ctx.app.store.members_among(cid, authors).await?;
        Ok(Cast { people, members, quoted, polls, groups, signer: ctx.app.signer.clone() })
    }
}

/// The messages that the caller may see, in the order given.
pub(crate) async fn messages(ctx: &Ctx, granted: &Granted, rows: Vec<MessageRow>) -> Result<Vec<MessageResponse>> {
    messages_with(ctx, granted, rows, &Polls::default()).await
}

/// The same with polls that are loaded already.
pub(super) async fn messages_with(
    ctx: &Ctx,
    granted: &Granted,
    rows: Vec<MessageRow>,
    polls: &Polls,
) -> Result<Vec<MessageResponse>> {
    let cast = Cast::load(ctx, &granted.cid, &rows, polls).await?;
    let (viewer, now) = (ctx.viewer(), ctx.now());
    let sees_restricted = granted.right.allows(crate::access::Action::ReadRestrictedVisibilityMessage);
    let visible = |message: &Message| message.is_visible_to(viewer) || (sees_restricted && !message.shadowed);
    let mut responses: Vec<_> =
        rows.into_iter().filter(|row| visible(&row.message)).map(|row| build(row, &cast, viewer, now)).collect();
    if !ctx.is_server() {
        responses.iter_mut().for_each(conceal);
    }
    Ok(responses)
}

/// The same for a list, whose messages are written once for everybody, for as long as nothing about them changes.
pub(super) async fn ready(
    ctx: &Ctx,
    granted: &Granted,
    rows: Vec<MessageRow>,
    keeps: &Keeps,
    polls: &Polls,
) -> Result<Vec<Ready<MessageResponse>>> {
    let cast = Cast::load(ctx, &granted.cid, &rows, polls).await?;
    let (viewer, now) = (ctx.viewer(), ctx.now());
    let sees_restricted = granted.right.allows(crate::access::Action::ReadRestrictedVisibilityMessage);
    let visible = |message: &Message| message.is_visible_to(viewer) || (sees_restricted && !message.shadowed);
    let rows = rows.into_iter().filter(|row| visible(&row.message));
    let runs_out = |message: &Message| cast.signer.is_some() && !message.attachments.is_empty();
    rows.map(|row| {
        match is_same_for_all(&row) && !runs_out(&row.message) && is_remembered(&row) && !keeps.has(&row.message.id) {
            true => written(row.message, &cast, now),
            false => {
                let mut response = build(row, &cast, viewer, now);
                if !ctx.is_server() {
                    conceal(&mut response);
                }
                keeps.mark(&mut response);
                Ok(Arc::new(response).into())
            }
        }
    })
    .collect()
}

/// Whether somebody else holds the record, so that its JSON may be asked for again.
fn is_remembered(row: &MessageRow) -> bool {
    Arc::strong_count(&row.message) > 1
}

/// Whether everybody who sees the message sees it alike, and at all times.
fn is_same_for_all(row: &MessageRow) -> bool {
    let message = &row.message;
    row.own_reactions.is_empty()
        && message.deleted_at.is_none()
        && message.deleted_for.is_empty()
        && !message.shadowed
        && message.quoted_message_id.is_none()
        && message.poll_id.is_none()
        && message.pin.is_none()
        && message.mentioned_group_ids.is_empty()
}

fn written(message: Arc<Message>, cast: &Cast, now: Time) -> Result<Ready<MessageResponse>> {
    let role = cast.members.get(&message.user_id).map(|member| &member.channel_role);
    let holds = |written: &WrittenMessage| {
        let mut people = written.people.iter();
        written.channel_role.as_ref() == role && people.all(|user| cast.people.is_still(user))
    };
    if let Some(written) = message.written.get(holds) {
        return Ok(Ready::Json(written.json));
    }
    let people = named(&message).map(|id| cast.people.get(id)).collect();
    let row = MessageRow::bare(message.clone());
    let json: Arc<RawValue> = to_raw_value(&build(row, cast, "", now)).map_err(ApiError::internal)?.into();
    message.written.set(WrittenMessage { people, channel_role: role.cloned(), json: json.clone() });
    Ok(Ready::Json(json))
}

/// Ids of everybody whom a message names.
fn named(message: &Message) -> impl Iterator<Item = &str> {
    let author = [message.user_id.as_str()].into_iter();
    author
        .chain(message.mentioned_users.iter().map(String::as_str))
        .chain(message.thread_participants.iter().map(String::as_str))
        .chain(message.latest_reactions.iter().map(|latest| latest.user.as_str()))
        .chain(message.pin.as_ref().map(|pin| pin.by.as_str()))
}

/// What clients read of a deleted message (`objects.md` 7.1): not its text.
pub(crate) fn conceal(message: &mut MessageResponse) {
    if message.deleted_at.is_some() {
        message.text = "This message was deleted.".into();
        message.html = "<p>This message was deleted.</p>".into();
    }
}

/// The message as events carry it: nobody's in particular. A shadowed one reaches its sender only, who must not notice.
pub(crate) async fn announced(ctx: &Ctx, cid: &str, message: Message) -> Result<Arc<MessageResponse>> {
    let mut response = uncovered(ctx, cid, message).await?;
    conceal(&mut response);
    Ok(Arc::new(response))
}

/// The same as the event of its own deletion carries it: with its text (`objects.md` 7.1).
pub(crate) async fn announced_deleted(ctx: &Ctx, cid: &str, message: Message) -> Result<Arc<MessageResponse>> {
    uncovered(ctx, cid, message).await.map(Arc::new)
}

async fn uncovered(ctx: &Ctx, cid: &str, message: Message) -> Result<MessageResponse> {
    let everybody = Ctx::internal(&ctx.app);
    let row = MessageRow::bare(message);
    Ok(MessageResponse { shadowed: false, ..self::message(&everybody, cid, row).await? })
}

/// One message.
pub(crate) async fn message(ctx: &Ctx, cid: &str, row: MessageRow) -> Result<MessageResponse> {
    let rows = [row];
    let cast = Cast::load(ctx, cid, &rows, &Polls::default()).await?;
    let [row] = rows;
    Ok(build(row, &cast, ctx.viewer(), ctx.now()))
}

fn build(row: MessageRow, cast: &Cast, viewer: &str, now: Time) -> MessageResponse {
    let MessageRow { message, own_reactions } = row;
    let message = Arc::unwrap_or_clone(message);
    let quoted = message
        .quoted_message_id
        .as_ref()
        .and_then(|id| cast.quoted.get(id))
        .filter(|quoted| may_quote(&message, quoted));
    let quoted = quoted.map(|quoted| {
        let mut response = one(quoted.clone(), Vec::new(), cast, viewer, now);
        conceal(&mut response);
        // Everybody hears of the quote: how whoever quotes has voted is nobody's business.
        if let Some(Some(poll)) = &mut response.poll {
            poll.own_votes.clear();
        }
        Box::new(response)
    });
    MessageResponse { quoted_message: quoted, ..one(message, own_reactions, cast, viewer, now) }
}

/// A quote must not show a message to more people than the message itself.
fn may_quote(message: &Message, quoted: &Message) -> bool {
    let restricted =
        !quoted.restricted_visibility.is_empty() && quoted.restricted_visibility != message.restricted_visibility;
    !restricted && (!quoted.shadowed || message.shadowed)
}

fn one(mut message: Message, own_reactions: Vec<Reaction>, cast: &Cast, viewer: &str, now: Time) -> MessageResponse {
    let people = &cast.people;
    let deleted_for_me = message.deleted_for.iter().any(|id| id == viewer);
    let gone = message.deleted_at.is_some() || deleted_for_me;
    let mut response = MessageResponse {
        html: message.html.clone().unwrap_or_else(|| html(&message.text)),
        kind: Cow::Borrowed(kind(&message, gone)),
        user: people.get(&message.user_id),
        member: cast.members.get(&message.user_id).map(|member| MemberBriefResponse {
            channel_role: member.channel_role.clone(),
            notifications_muted: false,
        }),
        own_reactions: own_reactions.iter().rev().map(|own| reaction(&message.id, viewer, own, people)).collect(),
        reply_count: message.reply_count.into(),
        deleted_reply_count: message.deleted_reply_count.into(),
        show_in_channel: message.show_in_channel.then_some(true),
        created_at: message.created_at(),
        updated_at: message.at,
        deleted_at: message.deleted_at,
        message_text_updated_at: message.text_updated_at,
        shadowed: message.shadowed && viewer != message.user_id,
        mentioned_channel: message.mentioned_channel,
        mentioned_here: message.mentioned_here,
        silent: message.silent,
        deleted_for_me: deleted_for_me.then_some(true),
        ..MessageResponse::default()
    };
    if !gone && message.poll_id.is_some() {
        response.poll = cast.polls.of(&message, people, viewer);
    }
    name_people(&mut response, &message, people);
    let groups = message.mentioned_group_ids.iter().filter_map(|id| cast.groups.get(id));
    let groups: Vec<_> = groups.map(|group| user_groups::respond(group.clone(), None)).collect();
    response.mentioned_groups = (!groups.is_empty()).then_some(groups);
    if !gone {
        made(&mut response, &message);
        response.shared_location = locations::shown(&message).map(Box::new);
        response.attachments = attachments(std::mem::take(&mut message.attachments), &message.cid, cast, now);
    }
    count_reactions(&mut response, &message, people);
    pin(&mut response, &message, people, now);
    response.text = message.text;
    if deleted_for_me {
        (response.text, response.html) = Default::default();
    }
    response.restricted_visibility = message.restricted_visibility;
    response.parent_id = message.parent_id;
    response.quoted_message_id = message.quoted_message_id;
    response.poll_id = message.poll_id;
    (response.id, response.cid, response.custom) = (message.id, message.cid, Custom(message.custom));
    response
}

/// Attachments with links that are good again for a while.
fn attachments(mut sent: Vec<Map<String, Value>>, cid: &str, cast: &Cast, now: Time) -> Vec<Attachment> {
    if let Some(signer) = &cast.signer {
        sent.iter_mut().for_each(|attachment| signer.renew(attachment, cid, now));
    }
    sent.into_iter().map(Attachment).collect()
}

fn kind(message: &Message, gone: bool) -> &'static str {
    match message {
        _ if gone => "deleted",
        message if message.system => "system",
        message if message.parent_id.is_some() => "reply",
        _ => "regular",
    }
}

/// What a command or a translation made of the message.
fn made(response: &mut MessageResponse, message: &Message) {
    if let Some(command) = &message.command {
        response.command_info = Some(CommandInfoResponse { name: commands::shown(command) });
        response.command = Some(command.clone());
        response.args.clone_from(&message.args);
    }
    response.i18n = (!message.i18n.is_empty()).then(|| message.i18n.clone());
}

fn name_people(response: &mut MessageResponse, message: &Message, people: &People) {
    let users = |ids: &[String]| ids.iter().map(|id| people.get(id)).collect::<Vec<_>>();
    let some = |ids: &[String]| (!ids.is_empty()).then(|| ids.to_vec());
    response.mentioned_users = users(&message.mentioned_users);
    response.thread_participants =
        (!message.thread_participants.is_empty()).then(|| users(&message.thread_participants));
    response.mentioned_roles = some(&message.mentioned_roles);
    response.mentioned_group_ids = some(&message.mentioned_group_ids);
}

fn count_reactions(response: &mut MessageResponse, message: &Message, people: &People) {
    let latest = message.latest_reactions.iter().take(limits::LATEST_REACTIONS);
    response.latest_reactions =
        latest.map(|latest| reaction(&message.id, &latest.user, &latest.reaction, people)).collect();
    let mut groups = BTreeMap::new();
    // A group outlives its reactions: it remembers when its first one came.
    for (kind, group) in message.reactions.iter().filter(|(_, group)| group.count > 0) {
        response.reaction_counts.insert(kind.clone(), group.count.into());
        response.reaction_scores.insert(kind.clone(), group.sum);
        let group = ReactionGroupResponse {
            count: group.count.into(),
            sum_scores: group.sum,
            first_reaction_at: group.first_at,
            last_reaction_at: group.last_at,
            latest_reactions_by: Vec::new(),
        };
        groups.insert(kind.clone(), group);
    }
    response.reaction_groups = (!groups.is_empty()).then_some(groups);
}

fn pin(response: &mut MessageResponse, message: &Message, people: &People, now: Time) {
    let Some(pin) = message.pin_at(now) else { return };
    response.pinned = true;
    response.pinned_at = Some(pin.at);
    response.pinned_by = Some(people.get(&pin.by));
    response.pin_expires = pin.expires;
}

/// A reaction.
pub(crate) fn reaction(message_id: &str, user_id: &str, reaction: &Reaction, people: &People) -> ReactionResponse {
    ReactionResponse {
        message_id: message_id.to_owned(),
        user_id: user_id.to_owned(),
        user: people.get(user_id),
        kind: reaction.kind.clone(),
        score: reaction.score,
        created_at: reaction.created_at,
        updated_at: reaction.updated_at,
        emoji_code: reaction.emoji_code.clone(),
        custom: Custom(reaction.custom.clone()),
    }
}

/// The text as HTML: paragraphs and line breaks, everything else escaped.
fn html(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut out = String::with_capacity(text.len() + 10);
    out.push_str("<p>");
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push_str("<br />\n");
        }
        for letter in line.chars() {
            match letter {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                _ => out.push(letter),
            }
        }
    }
    out.push_str("</p>\n");
    out
}
