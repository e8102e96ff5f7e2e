//! Events of drafts: for their author's own connections, the one that wrote it included.

use super::{channel_event, tell};
use crate::error::Result;
use crate::store::{Audience, Channel, Counts, Effect, Event};
use crate::wire::Time;
use crate::wire::drafts::{DraftMessageResponse, DraftResponse};

/// `draft.updated`.
pub(crate) fn draft_updated(user: &str, channel: &Channel, draft: DraftResponse) -> Result<Event> {
    let mut payload = channel_event("draft.updated", channel);
    payload.parent_id.clone_from(&draft.parent_id);
    payload.draft = Some(Box::new(draft));
    tell(&payload, Audience::Users(vec![user.to_owned()]), Counts::None, vec![Effect::Keeps(user.to_owned())])
}

/// `draft.deleted`. Of the draft it says only what for it was (`realtime.md` 4.6).
pub(crate) fn draft_deleted(user: &str, cid: &str, parent: Option<&str>) -> Result<Event> {
    let (kind, id) = cid.split_once(':').unwrap_or((cid, ""));
    let channel = Channel { kind: kind.to_owned(), id: id.to_owned(), ..Channel::default() };
    let mut payload = channel_event("draft.deleted", &channel);
    payload.parent_id = parent.map(str::to_owned);
    payload.draft = Some(Box::new(DraftResponse {
        channel_cid: cid.to_owned(),
        parent_id: parent.map(str::to_owned),
        created_at: Time::ZERO,
        message: DraftMessageResponse::default(),
        ..DraftResponse::default()
    }));
    tell(&payload, Audience::Users(vec![user.to_owned()]), Counts::None, Vec::new())
}
