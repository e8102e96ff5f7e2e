//! A channel's own data, as creation and full updates set it (`objects.md` 4.2).

use serde_json::{Map, Value};

use crate::access::Action;
use crate::chat::{Ctx, Granted, members, messages, users};
use crate::error::{ApiError, Code, Result, at_most};
use crate::limits;
use crate::store::Channel;
use crate::wire::Custom;
use crate::wire::channels::ChannelDataRequest;

/// The custom data of a request: without what clients echo, and refused when it names what is not for them to set.
pub(super) fn custom(data: &ChannelDataRequest) -> Result<Map<String, Value>> {
    let refused: Vec<String> = ChannelDataRequest::REFUSED
        .iter()
        .filter(|key| data.custom.0.contains_key(**key))
        .map(|key| format!("data.{key} is a reserved field"))
        .collect();
    if !refused.is_empty() {
        return Err(ApiError::input(refused.join(", ")));
    }
    let is_ours = |key: &str| ChannelDataRequest::IGNORED.contains(&key);
    let custom: Map<String, Value> = data
        .custom
        .0
        .iter()
        .filter(|(key, _)| !is_ours(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    check_custom(&custom)?;
    Ok(custom)
}

/// Refuses custom data of a channel that is too large.
pub(super) fn check_custom(custom: &Map<String, Value>) -> Result<()> {
    if Custom(custom.clone()).json_len() > limits::CUSTOM_BYTES {
        return Err(ApiError::new(
            Code::PayloadTooBig,
            format!("channel custom data must be at most {} bytes of JSON", limits::CUSTOM_BYTES),
        ));
    }
    Ok(())
}

/// Refuses keys that a later dotted path could not name.
pub(super) fn check_key(path: &str, key: &str) -> Result<()> {
    if key.is_empty()
        || key.contains("..")
        || key.starts_with('.')
        || key.ends_with('.')
        || key.contains(char::is_whitespace)
    {
        return Err(ApiError::field(path, format!("{path}: \"{key}\" is not a valid key")));
    }
    Ok(())
}

pub(super) fn check_tags(path: &str, tags: &[String]) -> Result<()> {
    at_most(path, tags.len(), limits::FILTER_TAGS)
}

/// Replaces the custom data; of the built-in fields only those named change.
pub(super) async fn replace(
    ctx: &Ctx,
    granted: &Granted,
    record: &mut Channel,
    data: &ChannelDataRequest,
) -> Result<()> {
    check_rights(ctx, granted, data)?;
    record.custom = custom(data)?;
    record.custom.keys().try_for_each(|key| check_key("data", key))?;
    record.frozen = data.frozen.unwrap_or(record.frozen);
    record.disabled = data.disabled.unwrap_or(record.disabled);
    if data.team.is_some() {
        record.team = data.team.clone().filter(|team| !team.is_empty());
    }
    if let Some(tags) = &data.filter_tags {
        check_tags("data.filter_tags", tags)?;
        record.filter_tags.clone_from(tags);
    }
    if !ctx.is_server() {
        return Ok(());
    }
    if let Some(overrides) = &data.config_overrides {
        record.config_overrides = members::overrides(overrides)?;
    }
    translation(record, data)?;
    match (&data.created_by, &data.created_by_id) {
        (Some(_), Some(_)) => return Err(ApiError::input("cannot set both data.created_by and data.created_by_id.")),
        (Some(user), None) => record.created_by = users::named(ctx, &user.id, Some(user.clone())).await?.id.clone(),
        (None, Some(id)) => record.created_by = users::named(ctx, id, None).await?.id.clone(),
        (None, None) => {}
    }
    Ok(())
}

/// Takes what a server says of automatic translation.
pub(super) fn translation(record: &mut Channel, data: &ChannelDataRequest) -> Result<()> {
    record.auto_translation = data.auto_translation_enabled.unwrap_or(record.auto_translation);
    if let Some(language) = &data.auto_translation_language {
        record.auto_translation_language = translation_language("data", language)?;
    }
    Ok(())
}

/// A language to translate into; empty is none.
pub(super) fn translation_language(path: &str, language: &str) -> Result<Option<String>> {
    if language.is_empty() {
        return Ok(None);
    }
    let path = format!("{path}.auto_translation_language");
    messages::translate::check_language(&path, Some(language)).map(|language| Some(language.to_owned()))
}

/// Clients echo the whole channel, so only what differs from it is a wish.
fn check_rights(ctx: &Ctx, granted: &Granted, data: &ChannelDataRequest) -> Result<()> {
    let channel = &granted.channel;
    granted.right.require(Action::UpdateChannel)?;
    if data.frozen.is_some_and(|frozen| frozen != channel.frozen) {
        granted.right.require(Action::UpdateChannelFrozen)?;
    }
    if ctx.is_server() {
        return Ok(());
    }
    if data.disabled.is_some_and(|disabled| disabled != channel.disabled) {
        return Err(ApiError::not_allowed("changing channel disabled is not allowed client-side"));
    }
    if data.team.as_deref().is_some_and(|team| team != channel.team.as_deref().unwrap_or("")) {
        return Err(ApiError::new(Code::Authentication, "changing channel team is not allowed client-side"));
    }
    if data.auto_translation_enabled == Some(true)
        || data.auto_translation_language.as_deref().is_some_and(|language| !language.is_empty())
    {
        return Err(ApiError::not_allowed("changing automatic translation is not allowed client-side"));
    }
    if data.config_overrides.is_some() {
        return Err(ApiError::not_allowed("field `config_overrides` can only be updated using server-side auth"));
    }
    Ok(())
}
