//! The partial update of a channel: `set` and `unset` (`rules.md` 4.3).

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::change::{self, Change};
use super::update::{answer, check_cooldown};
use super::{current, data};
use crate::access::Action;
use crate::chat::{Ctx, Granted, members, partial};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::Channel;
use crate::wire::channels::{
    ChannelConfigOverridesRequest, ChannelDataRequest, UpdateChannelPartialRequest, UpdateChannelPartialResponse,
};

/// Names of the built-in fields that may be set.
const BUILT_IN: [&str; 8] =
    ["frozen", "disabled", "cooldown", "team", "filter_tags", "config_overrides", TRANSLATION[0], TRANSLATION[1]];
/// For servers alone.
const TRANSLATION: [&str; 2] = ["auto_translation_enabled", "auto_translation_language"];

/// Sets and removes what the request names; the rest stays.
pub(crate) async fn update_partial(
    ctx: &Ctx,
    cid: &str,
    request: UpdateChannelPartialRequest,
) -> Result<UpdateChannelPartialResponse> {
    let ctx = &ctx.acting_for("user", request.user, request.user_id).await?;
    if !ctx.is_server() {
        ctx.writer()?;
    }
    let (set, unset) = (request.set.unwrap_or_default(), request.unset.unwrap_or_default());
    for _ in 0..limits::CONFLICT_RETRIES {
        let granted = current(ctx, cid).await?;
        check(ctx, &granted, &set, &unset)?;
        let channel = changed(&granted.channel, &set, &unset)?;
        if change::commit(ctx, &granted, Change { channel, members: Vec::new(), said: None }).await?.is_some() {
            let (channel, members) = answer(ctx, cid).await?;
            return Ok(UpdateChannelPartialResponse { channel, members });
        }
    }
    Err(ApiError::busy())
}

fn check(ctx: &Ctx, granted: &Granted, set: &Map<String, Value>, unset: &[String]) -> Result<()> {
    granted.right.require(Action::UpdateChannel)?;
    for path in set.keys().chain(unset) {
        data::check_key("set", path)?;
    }
    for key in partial::keys(set, unset) {
        let reserved =
            [UpdateChannelPartialRequest::REFUSED, ChannelDataRequest::IGNORED, &["muted", "mute_expires_at"]];
        if reserved.iter().any(|names| names.contains(&key)) {
            return Err(ApiError::not_allowed(format!("field `{key}` is reserved and cannot updated")));
        }
        match key {
            "frozen" => granted.right.require(Action::UpdateChannelFrozen)?,
            "cooldown" => check_cooldown(granted)?,
            "team" if !ctx.is_server() => {
                return Err(ApiError::not_allowed("you are not allowed to update the field `team`"));
            }
            "disabled" | "config_overrides" if !ctx.is_server() => {
                return Err(ApiError::not_allowed(format!("field `{key}` can only be updated using server-side auth")));
            }
            key if TRANSLATION.contains(&key) && !ctx.is_server() => {
                return Err(ApiError::not_allowed("changing automatic translation is not allowed client-side"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The record afterwards. Built-in and custom fields are one object while `set` and `unset` are applied.
fn changed(channel: &Channel, set: &Map<String, Value>, unset: &[String]) -> Result<Channel> {
    let mut object = channel.custom.clone();
    let built_in = json!({
        "frozen": channel.frozen,
        "disabled": channel.disabled,
        "cooldown": channel.cooldown,
        "team": channel.team,
        "filter_tags": channel.filter_tags,
        "config_overrides": channel.config_overrides,
        "auto_translation_enabled": channel.auto_translation,
        "auto_translation_language": channel.auto_translation_language,
    });
    object.extend(built_in.as_object().cloned().unwrap_or_default());
    partial::apply(&mut object, set, unset)?;
    let [frozen, disabled, cooldown, team, filter_tags, overrides, translated, language] =
        BUILT_IN.map(|name| object.shift_remove(name).filter(|value| !value.is_null()));
    let cooldown: i64 = read("cooldown", cooldown)?;
    if !(0..=limits::COOLDOWN_SECONDS).contains(&cooldown) {
        return Err(ApiError::field(
            "set.cooldown",
            format!("set.cooldown must be between 0 and {} seconds", limits::COOLDOWN_SECONDS),
        ));
    }
    let filter_tags: Vec<String> = read("filter_tags", filter_tags)?;
    data::check_tags("set.filter_tags", &filter_tags)?;
    let overrides: ChannelConfigOverridesRequest = read("config_overrides", overrides)?;
    data::check_custom(&object)?;
    Ok(Channel {
        frozen: read("frozen", frozen)?,
        disabled: read("disabled", disabled)?,
        cooldown: cooldown as u32,
        team: read::<Option<String>>("team", team)?.filter(|team| !team.is_empty()),
        filter_tags,
        config_overrides: members::overrides(&overrides)?,
        auto_translation: read(TRANSLATION[0], translated)?,
        auto_translation_language: data::translation_language("set", &read::<String>(TRANSLATION[1], language)?)?,
        custom: object,
        // Without it the record was last updated when it was last written: at the commit.
        updated_at: None,
        ..channel.rewritten()
    })
}

fn read<T: DeserializeOwned + Default>(name: &str, value: Option<Value>) -> Result<T> {
    let Some(value) = value else { return Ok(T::default()) };
    serde_json::from_value(value)
        .map_err(|error| ApiError::field(format!("set.{name}"), format!("set.{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(set: Value, unset: &[&str]) -> Result<Channel> {
        let custom = json!({"name": "Kitchen", "place": {"floor": 2}}).as_object().unwrap().clone();
        let channel = Channel { frozen: true, cooldown: 5, custom, ..Channel::default() };
        let unset: Vec<String> = unset.iter().map(|path| (*path).to_owned()).collect();
        changed(&channel, set.as_object().unwrap(), &unset)
    }

    #[test]
    fn built_in_and_custom_fields_change_alike() {
        let channel = applied(
            json!({"cooldown": 10, "place.floor": 3, "config_overrides": {"replies": false}}),
            &["frozen", "name"],
        )
        .unwrap();
        assert_eq!((channel.frozen, channel.cooldown), (false, 10));
        assert_eq!(Value::from(channel.custom), json!({"place": {"floor": 3}}));
        assert_eq!(Value::from(channel.config_overrides), json!({"replies": false}));
    }

    #[test]
    fn values_of_another_type_are_refused() {
        for junk in [
            json!({"frozen": "yes"}),
            json!({"cooldown": 121}),
            json!({"cooldown": -1}),
            json!({"filter_tags": "red"}),
            json!({"config_overrides": 7}),
        ] {
            assert!(applied(junk.clone(), &[]).is_err(), "{junk}");
        }
    }
}
