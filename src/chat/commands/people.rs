//! Commands about people: `/mute`, `/unmute`, `/ban`, `/unban`, `/flag`. Each is the act of its name, with the act's own rights.

use super::{Ran, ephemeral};
use crate::chat::{Ctx, Granted, moderation};
use crate::error::{ApiError, Code, Result};
use crate::store::Message;
use crate::wire::moderation::{BanRequest, FlagRequest, MuteUserRequest, UnbanParams, UnmuteUserRequest};

pub(super) async fn act(ctx: &Ctx, granted: &Granted, name: &str, record: &Message, args: &str) -> Result<Ran> {
    let Target { id, word, reason } = target(ctx, record, args).await?;
    if id.is_empty() {
        return Ok(Ran::Refused(format!("Say whom you mean: /{name} @username")));
    }
    if id == ctx.viewer() {
        return Ok(Ran::Refused(format!("Sorry, you cannot {name} yourself")));
    }
    let done = match name {
        "mute" => mute(ctx, &id).await,
        "unmute" => unmute(ctx, &id).await,
        "ban" => ban(ctx, granted, &id, reason).await,
        "unban" => unban(ctx, granted, &id).await,
        "flag" => flag(ctx, &id, reason).await,
        // Listed, and not run: the list of commands and this one do not agree.
        _ => Err(ApiError::internal(anyhow::anyhow!("nothing runs the command {name}"))),
    };
    match done {
        Err(ApiError { code: Code::NotFound, .. }) => Ok(Ran::Refused(format!("Sorry, {word} is not a valid user"))),
        // What stands in the way of the act is told in the channel, where it was asked for.
        Err(ApiError { code: Code::Input | Code::NotAllowed, message, .. }) => Ok(Ran::Refused(message)),
        Err(error) => Err(error),
        Ok(what) => {
            let record = Message { text: format!("{word} {what}"), ..record.clone() };
            Ok(Ran::Shown(Box::new(ephemeral(ctx, record).await?)))
        }
    }
}

/// Whom a command is about.
struct Target {
    id: String,
    /// As the writer named him.
    word: String,
    /// What is written behind the name.
    reason: Option<String>,
}

/// The person named first: one whom the message mentions, by name or id, else the one with this id.
async fn target(ctx: &Ctx, record: &Message, args: &str) -> Result<Target> {
    let named = args.strip_prefix('@').unwrap_or(args);
    let mentioned = ctx.app.store.users(record.mentioned_users.iter().map(String::as_str)).await?;
    let names = mentioned.values().flat_map(|user| {
        [Some(user.id.as_str()), user.name.as_deref()].into_iter().flatten().map(|name| (name, user.id.as_str()))
    });
    // "@Ana" must not win over "@Ana Bell", who is meant.
    let meant = names.filter(|(name, _)| begins(named, name)).max_by_key(|(name, _)| name.len());
    let first = named.split(char::is_whitespace).next().unwrap_or_default();
    let (word, id) = meant.unwrap_or((first, first));
    let reason = named[word.len()..].trim();
    Ok(Target { id: id.to_owned(), word: format!("@{word}"), reason: (!reason.is_empty()).then(|| reason.to_owned()) })
}

/// Whether the text begins with this name, and not with a longer word.
fn begins(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix(name).filter(|_| !name.is_empty());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

async fn mute(ctx: &Ctx, id: &str) -> Result<&'static str> {
    let request = MuteUserRequest { target_id: Some(id.to_owned()), ..MuteUserRequest::default() };
    match moderation::mute_user(ctx, request).await?.non_existing_users {
        None => Ok("is muted for you"),
        Some(_) => Err(ApiError::not_found("there is no such user")),
    }
}

async fn unmute(ctx: &Ctx, id: &str) -> Result<&'static str> {
    let request = UnmuteUserRequest { target_id: Some(id.to_owned()), ..UnmuteUserRequest::default() };
    match moderation::unmute_user(ctx, request).await?.non_existing_users {
        None => Ok("is no longer muted for you"),
        Some(_) => Err(ApiError::not_found("there is no such user")),
    }
}

async fn ban(ctx: &Ctx, granted: &Granted, id: &str, reason: Option<String>) -> Result<&'static str> {
    let channel_cid = Some(granted.cid.clone());
    let request = BanRequest { target_user_id: id.to_owned(), channel_cid, reason, ..BanRequest::default() };
    moderation::ban(ctx, request).await?;
    Ok("is banned from this channel")
}

async fn unban(ctx: &Ctx, granted: &Granted, id: &str) -> Result<&'static str> {
    let channel_cid = Some(granted.cid.clone());
    let params = UnbanParams { target_user_id: Some(id.to_owned()), channel_cid, ..UnbanParams::default() };
    moderation::unban(ctx, params).await?;
    Ok("is no longer banned from this channel")
}

async fn flag(ctx: &Ctx, id: &str, reason: Option<String>) -> Result<&'static str> {
    let request = FlagRequest { target_user_id: Some(id.to_owned()), reason, ..FlagRequest::default() };
    moderation::flag(ctx, request).await?;
    Ok("is flagged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_where_its_word_ends() {
        assert!(begins("Ana Bell is loud", "Ana") && begins("Ana Bell is loud", "Ana Bell") && begins("Ana", "Ana"));
        assert!(!begins("Anabel", "Ana") && !begins("ana", "Ana") && !begins("Ana", ""));
    }
}
