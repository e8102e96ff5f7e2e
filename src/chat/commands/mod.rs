//! Slash commands (`rules.md` 13): a text that begins with the name of a command is an act of its writer, not a message. Only he sees
//! what comes of it.

mod giphy;
mod people;

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::{Ctx, Granted, respond};
use crate::error::{ApiError, Result};
use crate::store::{Message, MessageRow};
use crate::wire::messages::MessageResponse;
use crate::wire::settings::CommandResponse;

pub(crate) use giphy::press;

/// The built-in commands: name, arguments, set, and what clients show (`objects.md` 15.1).
const BUILT_IN: [[&str; 4]; 6] = [
    [GIPHY, "[text]", "fun_set", "Post a random gif to the channel"],
    ["flag", "[@username]", "moderation_set", "Flag a user"],
    ["ban", "[@username] [text]", "moderation_set", "Ban a user"],
    ["unban", "[@username]", "moderation_set", "Unban a user"],
    ["mute", "[@username]", "moderation_set", "Mute a user"],
    ["unmute", "[@username]", "moderation_set", "Unmute a user"],
];

const GIPHY: &str = "giphy";

/// Characters that a command's name may have.
const NAME_CHARS: usize = 255;

/// Whether this process can find pictures; settled before it serves.
static GIFS: AtomicBool = AtomicBool::new(false);

/// From now on `/giphy` is among the commands of the channel types that list it.
pub(crate) fn offer_gifs() {
    GIFS.store(true, Ordering::Relaxed);
}

/// The built-in commands that the name of a command or of a set means; `all` means all.
fn meant(named: &str) -> impl Iterator<Item = &'static [&'static str; 4]> {
    BUILT_IN.iter().filter(move |[name, _, set, _]| [*name, *set, "all"].contains(&named))
}

/// The commands of a list of names and sets, without those that nothing runs.
pub(crate) fn listed(names: &[Value]) -> Vec<CommandResponse> {
    let mut commands: Vec<CommandResponse> = Vec::new();
    for [name, args, set, description] in names.iter().filter_map(Value::as_str).flat_map(meant) {
        let runs = *name != GIPHY || GIFS.load(Ordering::Relaxed);
        if runs && !commands.iter().any(|command| command.name == *name) {
            let [name, args, set, description] = [name, args, set, description].map(|text| (*text).to_owned());
            commands.push(CommandResponse { name, args, set, description, ..CommandResponse::default() });
        }
    }
    commands
}

/// Refuses names that are none of a command or of a set.
pub(crate) fn check(names: &[String]) -> Result<()> {
    match names.iter().find(|named| meant(named).next().is_none()) {
        Some(unknown) => {
            let message = format!("commands: there is no command named {unknown:?}");
            Err(ApiError::field("config_overrides.commands", message))
        }
        None => Ok(()),
    }
}

/// The command's name as it is shown.
pub(crate) fn shown(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a command makes of the message that it was written as.
pub(crate) enum Ran {
    /// What its writer is shown.
    Shown(Box<MessageResponse>),
    /// It could not be done, because of this.
    Refused(String),
}

/// The name of the command that the text calls, and what stands behind it. A path (`/etc/hosts`) is no command.
pub(crate) fn called(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('/')?;
    let (name, args) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    let fine = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let is_name = !name.is_empty() && name.chars().all(fine) && name.chars().count() <= NAME_CHARS;
    is_name.then(|| (name, args.trim()))
}

/// Runs the command that the text of `record` calls.
pub(crate) async fn run(ctx: &Ctx, granted: &Granted, record: &Message, (name, args): (&str, &str)) -> Result<Ran> {
    if !granted.kind.config.commands.iter().any(|command| command.name == name) {
        let unknown = format!("Sorry, command {name} doesn't exist. Try posting your message without the starting /");
        return Ok(Ran::Refused(unknown));
    }
    let now = ctx.now();
    let record = Message {
        at: now,
        created_at: Some(now),
        command: Some(name.to_owned()),
        args: Some(args.to_owned()),
        ..record.clone()
    };
    match name {
        GIPHY => giphy::find(ctx, record).await,
        _ => people::act(ctx, granted, name, &record, args).await,
    }
}

/// A message that only its author sees.
async fn ephemeral(ctx: &Ctx, record: Message) -> Result<MessageResponse> {
    let cid = record.cid.clone();
    let row = MessageRow::bare(record);
    let mut response = respond::message(ctx, &cid, row).await?;
    response.kind = Cow::Borrowed("ephemeral");
    Ok(response)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_a_command() {
        assert_eq!(called("/mute @bob"), Some(("mute", "@bob")));
        assert_eq!(called("/giphy"), Some(("giphy", "")));
        assert_eq!(called("/ban\n bob  for spam "), Some(("ban", "bob  for spam")));
        for text in ["mute bob", " /mute bob", "/", "/ mute", "//", "/etc/hosts", "/7:30", "/…"] {
            assert_eq!(called(text), None, "{text}");
        }
    }

    #[test]
    fn commands_are_listed_by_name_by_set_or_all() {
        let names = |asked: Value| -> Vec<String> {
            let asked = asked.as_array().expect("a list").clone();
            listed(&asked).into_iter().map(|command| command.name).collect()
        };
        assert_eq!(names(json!(["unmute", "mute", "mute"])), ["unmute", "mute"]);
        assert_eq!(names(json!(["all"])), ["flag", "ban", "unban", "mute", "unmute"]);
        assert_eq!(names(json!(["fun_set", "ban", "moderation_set"])), ["ban", "flag", "unban", "mute", "unmute"]);
        assert_eq!(names(json!(["dance", 7, "", "mute"])), ["mute"]);
        assert!(check(&["all".into(), "ban".into()]).is_ok() && check(&["dance".into()]).is_err());
    }
}
