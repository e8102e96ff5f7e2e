//! Channel types: configuration and grants of the built-in ones, and what a channel's own overrides make of them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

use super::commands;
use crate::access::{GrantIds, Grants, Switches};
use crate::error::{ApiError, Result};
use crate::store::Channel;
use crate::wire::Written;
use crate::wire::channels::ChannelConfigResponse;

/// A channel type as one channel has it.
#[derive(Clone, Debug)]
pub(crate) struct ChannelType {
    pub config: Arc<ChannelConfigResponse>,
    pub switches: Switches,
    pub grants: Grants,
    /// The configuration as JSON, for overrides to be laid over.
    json: Map<String, Value>,
}

static BUILT_IN: LazyLock<HashMap<String, Arc<ChannelType>>> = LazyLock::new(|| {
    let types: HashMap<String, Map<String, Value>> = serde_json::from_str(include_str!("../channel_types.json"))
        .unwrap_or_else(|error| panic!("channel_types.json: {error}"));
    types
        .into_iter()
        .map(|(name, mut json)| {
            // The built-in types are as old as the protocol's public documentation of them.
            for key in ["created_at", "updated_at"] {
                json.insert(key.into(), "2020-01-01T00:00:00Z".into());
            }
            let mut kind = build(json, Grants::defaults(&name).clone())
                .unwrap_or_else(|error| panic!("channel type {name}: {error}"));
            // Part of every answer that has a channel.
            kind.config = Arc::new(Arc::unwrap_or_clone(kind.config).write());
            (name, Arc::new(kind))
        })
        .collect()
});

fn build(json: Map<String, Value>, grants: Grants) -> Result<ChannelType> {
    let mut whole = json.clone();
    if let Some(names) = json["commands"].as_array() {
        let commands = serde_json::to_value(commands::listed(names)).map_err(ApiError::internal)?;
        whole.insert("commands".into(), commands);
    }
    let whole = Value::Object(whole);
    let config: ChannelConfigResponse = serde_json::from_value(whole.clone()).map_err(ApiError::internal)?;
    let switches: Switches = serde_json::from_value(whole).map_err(ApiError::internal)?;
    Ok(ChannelType { config: Arc::new(config), switches, grants, json })
}

/// The type by its name. 16 when there is none.
pub(crate) fn named(name: &str) -> Result<Arc<ChannelType>> {
    BUILT_IN.get(name).cloned().ok_or_else(|| ApiError::not_found(format!("{name} is not a defined channel type")))
}

/// All types, in no order.
pub(crate) fn all() -> impl Iterator<Item = &'static Arc<ChannelType>> {
    BUILT_IN.values()
}

/// The channel's type with the channel's own overrides.
pub(crate) fn of(channel: &Channel) -> Result<Arc<ChannelType>> {
    let kind = named(&channel.kind)?;
    if channel.config_overrides.is_empty() {
        return Ok(kind);
    }
    let mut json = kind.json.clone();
    let mut grants = kind.grants.clone();
    for (key, value) in &channel.config_overrides {
        match key.as_str() {
            "grants" => {
                let modifiers: GrantIds = serde_json::from_value(value.clone()).map_err(ApiError::internal)?;
                grants = grants.modified(&modifiers)?;
                json.insert(key.clone(), value.clone());
            }
            _ => {
                json.insert(key.clone(), value.clone());
            }
        }
    }
    build(json, grants).map(Arc::new)
}
