//! From a request to a record: what may be in a message, and what must not.

use serde_json::{Map, Value};

use super::granted::sees;
use crate::access::Action;
use crate::chat::{Ctx, Granted, locations, polls, teams, user_groups};
use crate::error::{ApiError, Code, Result, at_most};
use crate::limits;
use crate::store::{Message, Pin};
use crate::wire::messages::{MessageRequest, PinExpiry};
use crate::wire::{Custom, Time};

/// Text of the message that a frozen channel answers with (`rules.md` 4.6).
pub(crate) const ERROR_FROZEN: &str = "Sorry, this channel has been frozen by the admin";

/// Keys that a client may not send, and the limits of a message's parts (`objects.md` 7.1, 7.2).
pub(crate) fn check_shape(ctx: &Ctx, request: &MessageRequest) -> Result<()> {
    let mut refused: Vec<&str> =
        MessageRequest::REFUSED.iter().copied().filter(|key| request.custom.0.contains_key(*key)).collect();
    if request.html.is_some() && !ctx.is_server() {
        refused.push("html");
    }
    if let Some(first) = refused.first() {
        let reasons: Vec<String> = refused.iter().map(|key| format!("message.{key} is a reserved field")).collect();
        return Err(ApiError::field(format!("message.{first}"), reasons.join(", ")));
    }
    let bad = |id: &String| id.is_empty() || id.len() > limits::MESSAGE_ID_CHARS || id.contains([',', '%', '\n', '\0']);
    if request.id.as_ref().is_some_and(bad) {
        let message = format!("message.id must be 1 to {} characters without , and %", limits::MESSAGE_ID_CHARS);
        return Err(ApiError::field("message.id", message));
    }
    check_names(request)?;
    match request.kind.as_deref() {
        None | Some("" | "regular" | "system" | "reply") => {}
        Some(_) => return Err(ApiError::field("message.type", "message.type must be one of [regular system]")),
    }
    Ok(())
}

/// How many things a message names, and how long their names are.
fn check_names(request: &MessageRequest) -> Result<()> {
    let lists = [
        ("message.mentioned_users", &request.mentioned_users, limits::MENTIONED_USERS),
        ("message.mentioned_roles", &request.mentioned_roles, limits::MENTIONED_ROLES),
        ("message.mentioned_group_ids", &request.mentioned_group_ids, limits::MENTIONED_ROLES),
        ("message.restricted_visibility", &request.restricted_visibility, limits::RESTRICTED_VISIBILITY),
    ];
    let lists = lists.map(|(name, list, most)| (name, list.as_deref().unwrap_or_default(), most));
    let attachments = ("message.attachments", request.attachments.as_ref().map_or(0, Vec::len), limits::ATTACHMENTS);
    for (name, count, most) in lists.iter().map(|(name, list, most)| (*name, list.len(), *most)).chain([attachments]) {
        at_most(name, count, most)?;
    }
    let single = [
        ("message.parent_id", &request.parent_id),
        ("message.quoted_message_id", &request.quoted_message_id),
        ("message.poll_id", &request.poll_id),
    ];
    let single = single.map(|(name, id)| (name, id.as_slice()));
    let most = limits::MESSAGE_ID_CHARS;
    for (name, ids) in lists.iter().map(|(name, list, _)| (*name, *list)).chain(single) {
        if ids.iter().any(|id| id.len() > most) {
            let message = format!("{name} must not name anything with more than {most} characters");
            return Err(ApiError::field(name, message));
        }
    }
    Ok(())
}

/// What the caller must be allowed to do for this very message.
pub(crate) fn check_rights(granted: &Granted, request: &MessageRequest) -> Result<()> {
    let right = &granted.right;
    let some = |list: Option<usize>| list.is_some_and(|len| len > 0);
    let needs = [
        (request.parent_id.is_some(), Action::CreateReply),
        (some(request.attachments.as_ref().map(Vec::len)), Action::CreateAttachment),
        (some(request.mentioned_users.as_ref().map(Vec::len)), Action::CreateMention),
        (some(request.mentioned_roles.as_ref().map(Vec::len)), Action::NotifyRole),
        (some(request.mentioned_group_ids.as_ref().map(Vec::len)), Action::NotifyGroup),
        (request.mentioned_channel.unwrap_or(false), Action::NotifyChannel),
        (request.mentioned_here.unwrap_or(false), Action::NotifyHere),
        (some(request.restricted_visibility.as_ref().map(Vec::len)), Action::CreateRestrictedVisibilityMessage),
        (request.pinned.unwrap_or(false), Action::PinMessage),
        (request.text.as_deref().is_some_and(has_link), Action::AddLinks),
    ];
    for (needed, action) in needs {
        if needed {
            right.require(action)?;
        }
    }
    if request.poll_id.is_some() {
        polls::check_may_send(granted)?;
    }
    if request.kind.as_deref() == Some("system") && !right.allows(Action::CreateSystemMessage) {
        return Err(ApiError::not_allowed("creating system messages not allowed"));
    }
    Ok(())
}

/// Whether the text holds a web address.
pub(crate) fn has_link(text: &str) -> bool {
    text.contains("http://") || text.contains("https://") || text.contains("www.")
}

/// The parts of a record that sending and editing set alike.
pub(crate) fn fill(record: &mut Message, request: &MessageRequest) -> Result<()> {
    record.text = request.text.clone().unwrap_or_default();
    record.html.clone_from(&request.html);
    let attachments = request.attachments.iter().flatten().map(|attachment| attachment.0.clone()).collect();
    let attached = std::mem::replace(&mut record.attachments, attachments);
    record.mentioned_users = unique(request.mentioned_users.as_deref().unwrap_or_default());
    record.mentioned_roles = unique(request.mentioned_roles.as_deref().unwrap_or_default());
    record.mentioned_group_ids = unique(request.mentioned_group_ids.as_deref().unwrap_or_default());
    record.mentioned_channel = request.mentioned_channel.unwrap_or(false);
    record.mentioned_here = request.mentioned_here.unwrap_or(false);
    record.quoted_message_id = request.quoted_message_id.clone().filter(|id| !id.is_empty());
    let kept = std::mem::replace(&mut record.custom, custom(&request.custom.0));
    locations::check_gps(&record.custom)?;
    check_size(record, &attached, &kept)
}

/// What a draft keeps of a message: checked like one, but it may be unfinished, and name what is no more.
pub(crate) fn unfinished(ctx: &Ctx, cid: &str, request: &MessageRequest) -> Result<Message> {
    check_shape(ctx, request)?;
    let mut record = Message {
        id: request.id.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
        cid: cid.to_owned(),
        user_id: ctx.actor()?.id.clone(),
        parent_id: request.parent_id.clone().filter(|id| !id.is_empty()),
        show_in_channel: request.show_in_channel.unwrap_or(false),
        silent: request.silent.unwrap_or(false),
        ..Message::default()
    };
    fill(&mut record, request)?;
    if record.text.chars().count() > limits::MESSAGE_TEXT_CHARS {
        let message = format!("message.text must be a maximum of {} characters in length", limits::MESSAGE_TEXT_CHARS);
        return Err(ApiError::new(Code::MessageTooLong, message));
    }
    Ok(record)
}

/// Custom data without the built-in keys that clients echo.
pub(crate) fn custom(custom: &Map<String, Value>) -> Map<String, Value> {
    custom
        .iter()
        .filter(|(key, _)| !MessageRequest::IGNORED.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Attachments and custom data together have a limit. `attached` and `kept` are what the message had of them before: what stays as
/// it is may stay, and as many previews as one text gets do not count, because the server added them.
fn check_size(record: &Message, attached: &[Map<String, Value>], kept: &Map<String, Value>) -> Result<()> {
    if record.attachments == attached && record.custom == *kept {
        return Ok(());
    }
    let mut previews = limits::PREVIEWS;
    let counts = |attachment: &&Map<String, Value>| {
        let is_preview = previews > 0 && attachment.contains_key("og_scrape_url") && attached.contains(*attachment);
        previews -= usize::from(is_preview);
        !is_preview
    };
    let counted = record.attachments.iter().filter(counts);
    let attachments: usize = counted.map(|attachment| Custom(attachment.clone()).json_len()).sum();
    if attachments + Custom(record.custom.clone()).json_len() > limits::CUSTOM_BYTES {
        return Err(ApiError::new(
            Code::PayloadTooBig,
            format!("message attachments and custom data must be at most {} bytes of JSON", limits::CUSTOM_BYTES),
        ));
    }
    Ok(())
}

/// Whether there is anything to send.
pub(crate) fn is_empty(record: &Message) -> bool {
    record.text.trim().is_empty()
        && record.attachments.is_empty()
        && record.custom.is_empty()
        && record.quoted_message_id.is_none()
        && record.location.is_none()
        && record.poll_id.is_none()
}

/// The pin that a request asks for. A `pin_expires` in the past is refused.
pub(crate) fn pin(by: &str, expires: Option<&PinExpiry>, now: Time) -> Result<Pin> {
    let expires = match expires {
        None => None,
        Some(PinExpiry::At(time)) => Some(*time),
        Some(PinExpiry::In(seconds)) => Some(now.plus_seconds(*seconds)),
    };
    if expires.is_some_and(|expires| expires <= now) {
        return Err(ApiError::field("message.pin_expires", "message.pin_expires must lie in the future"));
    }
    Ok(Pin { at: now, by: by.to_owned(), expires })
}

/// All whom a new message names must exist.
pub(crate) async fn check_named(ctx: &Ctx, record: &Message) -> Result<()> {
    check_people(ctx, record).await?;
    user_groups::check_named(ctx, &record.mentioned_group_ids).await
}

/// Users whom the message names must exist.
pub(crate) async fn check_people(ctx: &Ctx, record: &Message) -> Result<()> {
    let named: Vec<&str> =
        record.mentioned_users.iter().chain(&record.restricted_visibility).map(String::as_str).collect();
    let known = ctx.app.store.users(named.iter().copied()).await?;
    match named.iter().find(|id| !known.get(**id).is_some_and(|user| teams::sees(ctx, user))) {
        Some(missing) => Err(ApiError::field("message.mentioned_users", format!("the user {missing} does not exist"))),
        None => Ok(()),
    }
}

/// A quoted message must be one of the same channel that the caller sees, and quoting be possible there.
pub(crate) async fn check_quoted(ctx: &Ctx, granted: &Granted, record: &Message) -> Result<()> {
    let Some(id) = &record.quoted_message_id else { return Ok(()) };
    if !granted.kind.config.quotes {
        return Err(ApiError::new(Code::FeatureNotSupported, "quotes are not enabled for this channel"));
    }
    match ctx.app.store.message_in(&granted.cid, id).await? {
        Some(quoted) if sees(ctx, granted, &quoted) => Ok(()),
        _ => Err(ApiError::field("message.quoted_message_id", format!("quoted message with id {id} doesn't exist"))),
    }
}

/// The longest text, in characters: the channel's own limit, within ours.
pub(crate) fn longest_text(configured: i64) -> usize {
    usize::try_from(configured).unwrap_or(1).clamp(1, limits::MESSAGE_TEXT_CHARS)
}

fn unique(ids: &[String]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    ids.iter().filter(|id| seen.insert(*id)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(attachments: &[Value], custom: &Value) -> MessageRequest {
        let mut request = json!({ "text": "see", "attachments": attachments });
        let more = custom.as_object().expect("an object").clone();
        request.as_object_mut().expect("an object").extend(more);
        serde_json::from_value(request).expect("a request")
    }

    /// Whether the message with these attachments may get those, and this custom data.
    fn fits(before: &[&Value], after: &[&Value], custom: &Value) -> bool {
        let attachments = before.iter().filter_map(|attachment| attachment.as_object().cloned()).collect();
        let mut record = Message { attachments, ..Message::default() };
        let after: Vec<Value> = after.iter().map(|attachment| (*attachment).clone()).collect();
        match fill(&mut record, &request(&after, custom)) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.code, Code::PayloadTooBig);
                false
            }
        }
    }

    #[test]
    fn previews_that_are_there_already_do_not_count() {
        let preview = |at: usize| json!({ "og_scrape_url": format!("https://{at}.example"), "text": "x".repeat(2000) });
        let previews = [preview(1), preview(2), preview(3), preview(4)];
        let [one, two, three, four] = previews.each_ref();
        let nothing = json!({});
        assert!(fits(&[one, two, three], &[one, two, three], &nothing));
        assert!(fits(&[one, two, three, four], &[one, two, three, four], &nothing));
        assert!(fits(&[one, two, three], &[one, two], &json!({ "colour": "c".repeat(5000) })));
        assert!(!fits(&[one, two, three], &[one, two, three], &json!({ "colour": "c".repeat(6000) })));
        assert!(!fits(&[], &[one, two, three], &nothing), "a client brings them along");
        assert!(!fits(&[one], &[one, two, three, four], &nothing), "a client adds to them");
        assert!(!fits(&[one], &[one, one, one, one, one, one, one], &nothing), "a client repeats them");
        let own = json!({ "type": "file", "text": "x".repeat(3000) });
        assert!(fits(&[one, two, three], &[&own, one, two, three], &nothing));
        assert!(!fits(&[one, &own], &[one, &own], &json!({ "colour": "c".repeat(3000) })), "its own count as ever");
    }
}
