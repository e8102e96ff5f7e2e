//! Who may do what: actions, grants and the check. Pure; the rules are those of the protocol page `permissions.md`.
//!
//! A role holds *permissions*: an action with two switches, "only what is one's own" and "in any team". They are kept as bits,
//! so a check is a few `and`s and allocates nothing. What a client is told that it may do (`own_capabilities`) is read from
//! the same bits that its requests are checked against.

mod actions;
mod capabilities;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

pub use actions::Action;
pub use capabilities::{Switches, own_capabilities};

use crate::error::{ApiError, Result};
use actions::{ANY_TEAM, OWNER};

/// Grants in Stream's own shape: role → permission ids.
pub type GrantIds = BTreeMap<String, Vec<String>>;

/// The scope of what belongs to no channel.
pub const APP_SCOPE: &str = ".app";

/// How the caller stands to the thing that he acts on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    /// He made it. *What* he must have made depends on the action: the channel, the message, the reaction, himself.
    pub is_owner: bool,
    /// He and it share a team, or neither has one.
    pub same_team: bool,
    /// Teams count at all; otherwise `same_team` is not looked at.
    pub multi_tenant: bool,
}

impl Ownership {
    /// Someone else's, where teams do not count.
    pub const NONE: Ownership = Ownership { is_owner: false, same_team: false, multi_tenant: false };
    /// His own, where teams do not count.
    pub const OWNER: Ownership = Ownership { is_owner: true, same_team: false, multi_tenant: false };

    /// The same relation, with or without owning.
    pub fn owning(self, is_owner: bool) -> Ownership {
        Ownership { is_owner, ..self }
    }
}

/// A set of permissions: for each combination of the switches one bit per action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions([u128; 4]);

// One bit per action.
const _: () = assert!(Action::ALL.len() <= u128::BITS as usize);

impl Permissions {
    /// Reads a list of ids; an id that names no permission is refused.
    pub fn parse<S: AsRef<str>>(ids: impl IntoIterator<Item = S>) -> Result<Permissions> {
        let mut permissions = Permissions::default();
        for id in ids {
            permissions.set(id.as_ref(), true)?;
        }
        Ok(permissions)
    }

    fn set(&mut self, id: &str, on: bool) -> Result<()> {
        let (action, switches) =
            actions::parse(id).ok_or_else(|| ApiError::input(format!("permission \"{id}\" does not exist")))?;
        match on {
            true => self.0[switches] |= bit(action),
            false => self.0[switches] &= !bit(action),
        }
        Ok(())
    }

    /// The ids, sorted.
    pub fn ids(&self) -> Vec<&'static str> {
        let mut ids: Vec<_> = Action::ALL
            .iter()
            .flat_map(|&action| {
                (0..4).filter(move |&switches| self.0[switches] & bit(action) != 0).map(move |s| action.ids()[s])
            })
            .collect();
        ids.sort_unstable();
        ids
    }

    fn union(self, other: Permissions) -> Permissions {
        Permissions(std::array::from_fn(|switches| self.0[switches] | other.0[switches]))
    }

    /// Whether these permissions are enough for `action` on a thing to which the caller stands in this relation.
    pub fn allow(&self, action: Action, ownership: Ownership) -> bool {
        let Ownership { is_owner, same_team, multi_tenant } = ownership;
        let mut granted = self.0[ANY_TEAM];
        if is_owner {
            granted |= self.0[ANY_TEAM | OWNER];
        }
        if same_team || !multi_tenant {
            granted |= self.0[0];
            if is_owner {
                granted |= self.0[OWNER];
            }
        }
        granted & bit(action) != 0
    }
}

fn bit(action: Action) -> u128 {
    1 << action as u32
}

/// The grants of one scope (a channel type, one channel, or [`APP_SCOPE`]): role → permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(HashMap<String, Permissions>);

impl Grants {
    /// The grants of a scope that nobody has changed. A channel type that is not built in starts as `messaging`.
    pub fn defaults(scope: &str) -> &'static Grants {
        static NOBODY: LazyLock<Grants> = LazyLock::new(Grants::default);
        DEFAULTS.get(scope).or_else(|| DEFAULTS.get("messaging")).unwrap_or(&NOBODY)
    }

    pub fn parse(ids: &GrantIds) -> Result<Grants> {
        Grants::default().replaced(ids)
    }

    /// With the roles of `ids` replaced and all others as they are: how a channel type or the app is updated (`permissions.md` 11).
    pub fn replaced(&self, ids: &GrantIds) -> Result<Grants> {
        let mut grants = self.clone();
        for (role, ids) in ids {
            grants.0.insert(role.clone(), Permissions::parse(ids)?);
        }
        Ok(grants)
    }

    /// With the modifiers of a channel's `config_overrides.grants`: `id` adds, `!id` takes away.
    pub fn modified(&self, modifiers: &GrantIds) -> Result<Grants> {
        let mut grants = self.clone();
        for (role, modifiers) in modifiers {
            let permissions = grants.0.entry(role.clone()).or_default();
            for modifier in modifiers {
                let removed = modifier.strip_prefix('!');
                permissions.set(removed.unwrap_or(modifier), removed.is_none())?;
            }
        }
        Ok(grants)
    }

    /// Back in Stream's shape, lists sorted.
    pub fn ids(&self) -> BTreeMap<&str, Vec<&'static str>> {
        self.0.iter().map(|(role, permissions)| (role.as_str(), permissions.ids())).collect()
    }

    /// What somebody with these roles holds: the union. In a channel that is his app role (that of his team, where he has one)
    /// and his channel role.
    pub fn permissions(&self, roles: &[&str]) -> Permissions {
        roles.iter().filter_map(|&role| self.0.get(role)).fold(Permissions::default(), |all, &role| all.union(role))
    }

    /// The check of a request.
    pub fn allowed(&self, roles: &[&str], action: Action, ownership: Ownership) -> bool {
        roles.iter().filter_map(|&role| self.0.get(role)).any(|permissions| permissions.allow(action, ownership))
    }

    /// The check of a request, with the refusal of [`refusal`].
    pub fn check(&self, caller: Caller<'_>, scope: &str, action: Action, ownership: Ownership) -> Result<()> {
        if self.allowed(caller.roles, action, ownership) { Ok(()) } else { Err(refusal(caller, action, scope)) }
    }
}

/// Who asks, as far as a check and its refusal need to know.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    pub user_id: &'a str,
    /// The app role, then the channel role if there is one.
    pub roles: &'a [&'a str],
}

/// What is said to somebody without the permission (`permissions.md` 10). `scope` is the channel type or [`APP_SCOPE`].
pub fn refusal(caller: Caller<'_>, action: Action, scope: &str) -> ApiError {
    let Caller { user_id, roles } = caller;
    let roles = match roles {
        [role] => format!("role '{role}'"),
        _ => format!("roles ['{}']", roles.join("', '")),
    };
    let action = action.name();
    ApiError::not_allowed(format!(
        "User '{user_id}' with {roles} is not allowed to perform action {action} in scope '{scope}'"
    ))
}

/// What is said to somebody about a thing of a team that he is not in; `team` is the thing's, if it has one.
pub fn refusal_elsewhere(caller: Caller<'_>, own: &[String], team: Option<&str>, scope: &str) -> ApiError {
    let Caller { user_id, roles } = caller;
    let quoted = |names: &[String]| names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    let belongs = match team {
        Some(_) => "requested resource belongs to another team",
        None => "requested resource does not belong to any team",
    };
    ApiError::not_allowed(format!(
        "User '{user_id}' with roles ['{}'] from teams [{}] cannot access resource in scope '{scope}' because {belongs}",
        roles.join("', '"),
        quoted(own)
    ))
}

/// `grants.json`, read once. Were it unreadable, nobody would hold anything; a test reads it.
static DEFAULTS: LazyLock<HashMap<String, Grants>> = LazyLock::new(|| {
    let scopes: HashMap<String, GrantIds> = serde_json::from_str(include_str!("../grants.json")).unwrap_or_default();
    scopes.iter().map(|(scope, ids)| (scope.clone(), Grants::parse(ids).unwrap_or_default())).collect()
});
