//! Drafts in answers and events.

use std::collections::HashMap;

use crate::access::Action;
use crate::chat::respond::{self, People};
use crate::chat::{Ctx, Granted, messages};
use crate::error::{ApiError, Result, reachable};
use crate::store::{Draft, Message, MessageRow};
use crate::wire::Custom;
use crate::wire::channels::ChannelResponse;
use crate::wire::drafts::{DraftMessageResponse, DraftResponse};
use crate::wire::messages::{Attachment, MessageResponse};

/// Where a draft is shown, which decides what stands around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    /// By itself: with its channel and the parent of its thread.
    Alone,
    /// The same in an event and in the answer to a save: the channel as everybody sees it.
    Told,
    /// In the state of its channel, or on the parent of its thread.
    Within,
}

/// The drafts that the caller may still read the channel of, in the order given.
pub(crate) async fn responses(ctx: &Ctx, drafts: Vec<Draft>, around: Around) -> Result<Vec<DraftResponse>> {
    let places = places(ctx, &drafts).await?;
    let named = drafts.iter().flat_map(|draft| draft.message.mentioned_users.iter().map(String::as_str));
    let creators = places.values().map(|place| place.granted.channel.created_by.as_str());
    let people = People::load(ctx, named.chain(creators)).await?;
    let mut responses = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let Some(place) = places.get(&draft.message.cid) else { continue };
        let channel = match around {
            Around::Alone => Some(respond::channel_for(ctx, &place.granted, &people)),
            Around::Told => Some(respond::channel(&place.granted.channel, &place.granted.kind, &people)),
            Around::Within => None,
        };
        responses.push(response(draft, place, channel, around, &people));
    }
    Ok(responses)
}

/// A channel that drafts are for, and the messages that they name.
struct Place {
    granted: Granted,
    messages: HashMap<String, MessageResponse>,
}

async fn places(ctx: &Ctx, drafts: &[Draft]) -> Result<HashMap<String, Place>> {
    let mut named: HashMap<&str, Vec<String>> = HashMap::new();
    for Draft { message, .. } in drafts {
        let ids = message.parent_id.iter().chain(&message.quoted_message_id).cloned();
        named.entry(&message.cid).or_default().extend(ids);
    }
    let places = named.into_iter().map(|(cid, ids)| async move {
        let Some(granted) = reachable(ctx.channel(cid, Action::ReadChannel).await)? else { return Ok(None) };
        let mut found: Vec<Message> = ctx.app.store.messages_in(cid, &ids).await?.into_values().collect();
        found.retain(|message| messages::sees(ctx, &granted, message));
        let rows = found.into_iter().map(MessageRow::bare);
        let shown = respond::messages(ctx, &granted, rows.collect()).await?;
        let messages = shown.into_iter().map(|message| (message.id.clone(), message)).collect();
        Ok::<_, ApiError>(Some((cid.to_owned(), Place { granted, messages })))
    });
    Ok(futures_util::future::try_join_all(places).await?.into_iter().flatten().collect())
}

fn response(
    draft: Draft,
    place: &Place,
    channel: Option<ChannelResponse>,
    around: Around,
    people: &People,
) -> DraftResponse {
    let Draft { at, message, kind, poll_id, location } = draft;
    let named = |id: &Option<String>| place.messages.get(id.as_deref()?).cloned().map(Box::new);
    DraftResponse {
        channel: channel.map(Box::new),
        channel_cid: message.cid.clone(),
        created_at: at,
        parent_id: message.parent_id.clone(),
        parent_message: if around == Around::Within { None } else { named(&message.parent_id) },
        quoted_message: named(&message.quoted_message_id),
        message: DraftMessageResponse {
            attachments: message.attachments.into_iter().map(Attachment).collect(),
            mentioned_users: message
                .mentioned_users
                .iter()
                .filter(|id| people.has(id))
                .map(|id| people.get(id))
                .collect(),
            mentioned_channel: message.mentioned_channel.then_some(true),
            mentioned_here: message.mentioned_here.then_some(true),
            mentioned_group_ids: message.mentioned_group_ids,
            mentioned_roles: message.mentioned_roles,
            parent_id: message.parent_id,
            poll_id,
            quoted_message_id: message.quoted_message_id,
            shared_location: location,
            show_in_channel: message.show_in_channel.then_some(true),
            silent: message.silent.then_some(true),
            html: message.html,
            kind,
            id: message.id,
            text: message.text,
            custom: Custom(message.custom),
        },
    }
}
