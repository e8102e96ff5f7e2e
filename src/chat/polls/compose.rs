//! From a request to a record: what may be in a poll.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::{ApiError, Code, Result, at_most};
use crate::limits;
use crate::store::{Poll, PollOption};
use crate::wire::Custom;
use crate::wire::polls::{PollOptionRequest, PollRequest};

/// Makes the poll what the request says; what it leaves out has its default. Options keep their votes by their ids, and those
/// that name none by their texts.
pub(super) fn fill(poll: &mut Poll, request: &PollRequest) -> Result<()> {
    check_text("name", &request.name, 1, limits::POLL_NAME_CHARS)?;
    let description = request.description.clone().unwrap_or_default();
    check_text("description", &description, 0, limits::POLL_DESCRIPTION_CHARS)?;
    poll.anonymous = match request.voting_visibility.as_deref() {
        None | Some("" | "public") => false,
        Some("anonymous") => true,
        Some(_) => {
            return Err(ApiError::field("voting_visibility", "voting_visibility must be one of [public anonymous]"));
        }
    };
    poll.max_votes = match request.max_votes_allowed {
        None => None,
        Some(most) if (1..=limits::POLL_MAX_VOTES).contains(&most) => u32::try_from(most).ok(),
        Some(_) => {
            let message = format!("max_votes_allowed must be 1 to {}", limits::POLL_MAX_VOTES);
            return Err(ApiError::field("max_votes_allowed", message));
        }
    };
    poll.name.clone_from(&request.name);
    poll.description = description;
    poll.unique = request.enforce_unique_vote.unwrap_or(false);
    poll.suggestions = request.allow_user_suggested_options.unwrap_or(false);
    poll.answers = request.allow_answers.unwrap_or(false);
    poll.closed = request.is_closed.unwrap_or(false);
    poll.custom = without(&request.custom, PollRequest::IGNORED);
    if Custom(poll.custom.clone()).json_len() > limits::CUSTOM_BYTES {
        let message = format!("poll custom data must be at most {} bytes of JSON", limits::CUSTOM_BYTES);
        return Err(ApiError::new(Code::PayloadTooBig, message));
    }
    fill_options(poll, request.options.as_deref().unwrap_or_default())?;
    check_size(poll)
}

/// A poll must not become too large to be told of with every vote.
pub(super) fn check_size(poll: &Poll) -> Result<()> {
    let bytes = serde_json::to_vec(poll).map_err(ApiError::internal)?.len();
    if bytes > limits::POLL_BYTES {
        let message = format!("a poll with its options must be at most {} bytes of JSON", limits::POLL_BYTES);
        return Err(ApiError::new(Code::PayloadTooBig, message));
    }
    Ok(())
}

fn fill_options(poll: &mut Poll, options: &[PollOptionRequest]) -> Result<()> {
    let before = std::mem::take(&mut poll.options);
    // Those that ask for an id come first: no other may take it by its text.
    let asked: HashSet<&str> = options.iter().filter_map(|option| option.id.as_deref()).collect();
    for option in options {
        let known = |held: &&PollOption| match &option.id {
            Some(id) => held.id == *id,
            None => held.text == option.text && !asked.contains(held.id.as_str()),
        };
        match before.iter().find(known) {
            Some(held) => {
                poll.options.push(held.clone());
                change(poll, poll.options.len() - 1, option)?;
            }
            None => {
                add(poll, option)?;
            }
        }
    }
    Ok(())
}

/// Adds an option.
pub(super) fn add(poll: &mut Poll, request: &PollOptionRequest) -> Result<PollOption> {
    at_most("options", poll.options.len() + 1, limits::POLL_OPTIONS)?;
    let id = match &request.id {
        Some(id) => check_id("option.id", id).map(|()| id.clone())?,
        None => uuid::Uuid::new_v4().to_string(),
    };
    if poll.option(&id).is_some() {
        return Err(ApiError::field("option.id", format!("poll option with id {id} already exists")));
    }
    poll.options.push(PollOption { id, number: poll.numbers, ..PollOption::default() });
    poll.numbers += 1;
    change(poll, poll.options.len() - 1, request)
}

/// Gives the option at this place another text and other custom data.
pub(super) fn change(poll: &mut Poll, at: usize, request: &PollOptionRequest) -> Result<PollOption> {
    check_text("option.text", &request.text, 1, limits::POLL_OPTION_CHARS)?;
    let custom = without(&request.custom, PollOptionRequest::IGNORED);
    if Custom(custom.clone()).json_len() > limits::POLL_OPTION_CUSTOM_BYTES {
        let most = limits::POLL_OPTION_CUSTOM_BYTES;
        return Err(ApiError::new(
            Code::PayloadTooBig,
            format!("option custom data must be at most {most} bytes of JSON"),
        ));
    }
    let twin = |(other, option): (usize, &PollOption)| other != at && option.text == request.text;
    if poll.options.iter().enumerate().any(twin) {
        let message = format!("option.text: the poll already has an option {:?}", request.text);
        return Err(ApiError::field("option.text", message));
    }
    let option = &mut poll.options[at];
    option.text.clone_from(&request.text);
    option.custom = custom;
    Ok(option.clone())
}

pub(super) fn check_id(path: &str, id: &str) -> Result<()> {
    if id.is_empty() || id.chars().count() > limits::POLL_ID_CHARS || id.contains(['/', '\n', '\0']) {
        let most = limits::POLL_ID_CHARS;
        return Err(ApiError::field(path, format!("{path} must be 1 to {most} characters without / and line breaks")));
    }
    Ok(())
}

pub(super) fn check_text(path: &str, text: &str, least: usize, most: usize) -> Result<()> {
    if least > 0 && text.trim().is_empty() {
        return Err(ApiError::required(path));
    }
    if text.chars().count() > most {
        return Err(ApiError::field(path, format!("{path} must be a maximum of {most} characters in length")));
    }
    Ok(())
}

fn without(custom: &Custom, ignored: &[&str]) -> Map<String, Value> {
    let further = custom.0.iter().filter(|(key, _)| !ignored.contains(&key.as_str()));
    further.map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn filled(poll: &Poll, request: Value) -> Result<Poll> {
        let mut poll = poll.clone();
        fill(&mut poll, &from_value(request).expect("a request")).map(|()| poll)
    }

    fn lunch() -> Poll {
        filled(&Poll::default(), json!({"name": "Lunch?", "options": [{"id": "a", "text": "Soup"}, {"text": "Bread"}]}))
            .expect("a poll")
    }

    #[test]
    fn options_keep_their_numbers_by_id_or_text() {
        let before = lunch();
        assert_eq!(before.options.iter().map(|option| option.number).collect::<Vec<_>>(), [0, 1]);
        let after = filled(
            &before,
            json!({"name": "Lunch?", "options": [{"text": "Rice"}, {"text": "Bread"}, {"id": "a", "text": "Stew"}]}),
        )
        .expect("a poll");
        let told: Vec<_> = after.options.iter().map(|option| (option.text.as_str(), option.number)).collect();
        assert_eq!(told, [("Rice", 2), ("Bread", 1), ("Stew", 0)]);
        let again = filled(&after, json!({"name": "x", "options": [{"id": "a", "text": "Stew"}, {"text": "Rice"}]}))
            .expect("a poll");
        assert_eq!(again.numbers, 3);
        let new = filled(
            &Poll { options: Vec::new(), ..after },
            json!({"name": "x", "options": [{"id": "a", "text": "Stew"}]}),
        );
        assert_eq!(new.expect("a poll").options[0].number, 3, "votes for an earlier option of that id do not return");
    }

    #[test]
    fn what_a_poll_cannot_be() {
        let long = |chars: usize| "é".repeat(chars);
        let many = |count: usize| (0..count).map(|at| json!({"text": at.to_string()})).collect::<Vec<_>>();
        let heavy = |letter: &str| {
            (0..100)
                .map(|at| json!({"id": at.to_string(), "text": format!("{at:3}{}", letter.repeat(252))}))
                .collect::<Vec<_>>()
        };
        let big = |bytes: usize| "x".repeat(bytes - r#"{"note":""}"#.len());
        let cases = [
            (json!({"name": long(1000)}), true),
            (json!({"name": long(1001)}), false),
            (json!({"name": " "}), false),
            (json!({"name": null}), false),
            (json!({"name": "x", "description": long(5000)}), true),
            (json!({"name": "x", "description": long(5001)}), false),
            (json!({"name": "x", "max_votes_allowed": 1}), true),
            (json!({"name": "x", "max_votes_allowed": 10}), true),
            (json!({"name": "x", "max_votes_allowed": 0}), false),
            (json!({"name": "x", "max_votes_allowed": 11}), false),
            (json!({"name": "x", "voting_visibility": "secret"}), false),
            (json!({"name": "x", "options": many(100)}), true),
            (json!({"name": "x", "options": many(101)}), false),
            (json!({"name": "x", "options": [{"text": long(255)}]}), true),
            (json!({"name": "x", "options": [{"text": long(256)}]}), false),
            (json!({"name": "x", "options": heavy("é")}), true),
            (json!({"name": "x", "options": heavy("語")}), false),
            (json!({"name": "x", "options": [{"text": ""}]}), false),
            (json!({"name": "x", "options": [{"text": "a"}, {"text": "a"}]}), false),
            (json!({"name": "x", "options": [{"text": "a", "id": "1"}, {"text": "b", "id": "1"}]}), false),
            (json!({"name": "x", "options": [{"text": "a", "id": "x".repeat(255)}]}), true),
            (json!({"name": "x", "options": [{"text": "a", "id": "x".repeat(256)}]}), false),
            (json!({"name": "x", "options": [{"text": "a", "id": "a/b"}]}), false),
            (json!({"name": "x", "note": big(5120)}), true),
            (json!({"name": "x", "note": big(5121)}), false),
            (json!({"name": "x", "options": [{"text": "a", "note": big(1024)}]}), true),
            (json!({"name": "x", "options": [{"text": "a", "note": big(1025)}]}), false),
        ];
        for (request, is_good) in cases {
            let text = request.to_string();
            assert_eq!(filled(&Poll::default(), request).is_ok(), is_good, "{:.200}", text);
        }
    }

    #[test]
    fn what_clients_echo_is_left_out() {
        let echoed = json!({"name": "x", "vote_count": 7, "own_votes": [], "color": "teal",
            "options": [{"text": "a", "position": 1, "vote_count": 2, "mood": "glad"}]});
        let poll = filled(&Poll::default(), echoed).expect("a poll");
        assert_eq!(Value::Object(poll.custom), json!({"color": "teal"}));
        assert_eq!(Value::Object(poll.options[0].custom.clone()), json!({"mood": "glad"}));
    }
}
