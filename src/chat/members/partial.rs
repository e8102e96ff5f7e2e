//! What a member sets for himself: pins, archives, data of his own (`rules.md` 4.4, 4.5).

use serde_json::{Map, Value};

use crate::access::Action;
use crate::chat::announce::{self, ToldMember};
use crate::chat::{Ctx, Granted, partial, respond};
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::store::{Effect, Member, Outcome, Tick};
use crate::wire::channels::{MemberRequest, UpdateMemberPartialRequest, UpdateMemberPartialResponse};
use crate::wire::{Custom, Time};
use std::sync::Arc;

/// Changes a membership: one's own, or, for servers, that of whom the request names (`path` when the path does).
pub(crate) async fn update_partial(
    ctx: &Ctx,
    cid: &str,
    path: Option<String>,
    request: UpdateMemberPartialRequest,
) -> Result<UpdateMemberPartialResponse> {
    let user = subject(ctx, path, &request)?;
    let (set, unset) = (request.set.unwrap_or_default(), request.unset.unwrap_or_default());
    for _ in 0..limits::CONFLICT_RETRIES {
        let granted = ctx.channel(cid, Action::ReadChannel).await?;
        let missing = || ApiError::not_found(format!("user {user} is not a member of channel {cid}"));
        let member = ctx.app.store.fresh_member(cid, &user).await?.ok_or_else(missing)?;
        let changed = changed(ctx, &member, &set, &unset)?;
        if commit(ctx, &granted, &member, &changed).await? {
            return answer(ctx, &granted, &user).await;
        }
        ctx.app.store.forget_channel(cid, ctx.viewer());
    }
    Err(ApiError::busy())
}

fn subject(ctx: &Ctx, path: Option<String>, request: &UpdateMemberPartialRequest) -> Result<String> {
    if !ctx.is_server() {
        let own = ctx.writer()?.id.clone();
        return match path {
            Some(id) if id != own => Err(ApiError::not_allowed("a member can only be updated by themselves")),
            _ => Ok(own),
        };
    }
    let named = path.or(request.user_id.clone()).or(request.user.as_ref().map(|user| user.id.clone()));
    named.ok_or_else(|| ApiError::input("either user or user_id must be provided when using server side auth."))
}

/// The record afterwards. Pins, archives, the role and custom data are one object while `set` and `unset` are applied.
fn changed(ctx: &Ctx, member: &Member, set: &Map<String, Value>, unset: &[String]) -> Result<Member> {
    for key in partial::keys(set, unset) {
        if MemberRequest::IGNORED.contains(&key) || key == "user_id" {
            return Err(ApiError::not_allowed(format!("field `{key}` is reserved and cannot updated")));
        }
        if key == "channel_role" && !ctx.is_server() {
            return Err(ApiError::not_allowed("this channel role can only be updated server side"));
        }
    }
    let mut object = member.custom.clone();
    object.insert("pinned".into(), member.pinned_at.is_some().into());
    object.insert("archived".into(), member.archived_at.is_some().into());
    object.insert("channel_role".into(), member.channel_role.clone().into());
    partial::apply(&mut object, set, unset)?;
    let role = match object.shift_remove("channel_role") {
        Some(Value::String(role)) if !role.is_empty() => role,
        None | Some(Value::Null) => "channel_member".to_owned(),
        Some(_) => return Err(ApiError::field("set.channel_role", "set.channel_role must be a text")),
    };
    let pinned_at = moment("pinned", object.shift_remove("pinned"), member.pinned_at)?;
    let archived_at = moment("archived", object.shift_remove("archived"), member.archived_at)?;
    if Custom(object.clone()).json_len() > limits::CUSTOM_BYTES {
        return Err(ApiError::new(
            Code::PayloadTooBig,
            format!("member custom data must be at most {} bytes of JSON", limits::CUSTOM_BYTES),
        ));
    }
    Ok(Member { channel_role: role, pinned_at, archived_at, custom: object, ..member.rewritten() })
}

/// Since when: what was already so keeps its moment, what becomes so has that of the commit.
fn moment(name: &str, wanted: Option<Value>, known: Option<Time>) -> Result<Option<Time>> {
    match wanted {
        Some(Value::Bool(true)) => Ok(known.or(Some(Time::STAMP))),
        None | Some(Value::Null | Value::Bool(false)) => Ok(None),
        Some(_) => Err(ApiError::field(format!("set.{name}"), format!("set.{name} must be true or false"))),
    }
}

/// `false`: the member or the channel changed meanwhile.
async fn commit(ctx: &Ctx, granted: &Granted, before: &Member, changed: &Member) -> Result<bool> {
    let (store, cid, user) = (&ctx.app.store, &granted.cid, &before.user_id);
    let mut tx = store.channel_change(cid, Tick::Change);
    let mut effects = vec![Effect::Member(cid.clone(), user.clone())];
    store.write_member(&mut tx, cid, changed)?;
    // Pins and data concern nobody else's sending; a role decides what its holder may do.
    if before.channel_role != changed.channel_role {
        store.write_channel(&mut tx, &granted.channel.rewritten())?;
        effects.push(Effect::Channel(cid.clone()));
    }
    let people = respond::People::load(ctx, [user.as_str()]).await?;
    let shown = Member { at: Time::STAMP, ..changed.clone() };
    let member = Arc::new(respond::member(&shown, &granted.channel, &people, "", ctx.now()));
    let told = ToldMember { channel: &granted.channel, member };
    let mut event = announce::member_updated(&told)?;
    event.header.effects = effects;
    tx.append(event)?;
    tx.append(announce::member_updated_own(&told)?)?;
    let outcome = store.commit_channel(cid, tx).await?;
    store.forget_member(cid, user);
    Ok(matches!(outcome, Outcome::Committed { .. }))
}

async fn answer(ctx: &Ctx, granted: &Granted, user: &str) -> Result<UpdateMemberPartialResponse> {
    let missing = || ApiError::not_found(format!("user {user} is not a member of channel {}", granted.cid));
    let member = ctx.app.store.fresh_member(&granted.cid, user).await?.ok_or_else(missing)?;
    let people = respond::People::load(ctx, [user]).await?;
    Ok(UpdateMemberPartialResponse {
        channel_member: respond::member(&member, &granted.channel, &people, ctx.viewer(), ctx.now()),
    })
}
