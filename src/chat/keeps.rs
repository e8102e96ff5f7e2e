//! What somebody keeps to himself about channels and messages: drafts and reminders, shown in answers to him alone. Of people who
//! keep neither, which are nearly all, nothing is asked.

use std::collections::{HashMap, HashSet};

use super::{Ctx, drafts, reminders};
use crate::error::Result;
use crate::wire::drafts::DraftResponse;
use crate::wire::messages::MessageResponse;
use crate::wire::reminders::ReminderResponse;

/// What the caller keeps about the channels and messages of one answer.
#[derive(Default)]
pub(crate) struct Keeps {
    /// By cid.
    drafts: HashMap<String, DraftResponse>,
    /// By the thread's parent.
    thread_drafts: HashMap<String, DraftResponse>,
    /// By message id.
    reminders: HashMap<String, ReminderResponse>,
}

impl Keeps {
    /// Asks for what is kept about these channels (`None`) and messages, all at once. Only where [`Ctx::keeps`] says so.
    pub async fn load(ctx: &Ctx, places: &[(&str, Option<&str>)]) -> Result<Keeps> {
        let store = &ctx.app.store;
        let messages: Vec<&str> = places.iter().filter_map(|(_, message)| *message).collect();
        let (drafts, reminders) = futures_util::future::try_join(
            store.drafts_at(ctx.viewer(), places),
            store.reminders_of(ctx.viewer(), &messages),
        )
        .await?;
        let drafts = drafts::responses(ctx, drafts, drafts::Around::Within).await?;
        let (thread_drafts, drafts): (Vec<_>, Vec<_>) = drafts.into_iter().partition(|draft| draft.parent_id.is_some());
        let parent = |draft: DraftResponse| (draft.parent_id.clone().unwrap_or_default(), draft);
        let reminder = |reminder| reminders::bare(ctx.viewer(), reminder);
        Ok(Keeps {
            drafts: drafts.into_iter().map(|draft| (draft.channel_cid.clone(), draft)).collect(),
            thread_drafts: thread_drafts.into_iter().map(parent).collect(),
            reminders: reminders.iter().map(|one| (one.message_id.clone(), reminder(one))).collect(),
        })
    }

    /// The draft for the channel.
    pub fn draft(&self, cid: &str) -> Option<DraftResponse> {
        self.drafts.get(cid).cloned()
    }

    /// Whether anything is kept about the message.
    pub fn has(&self, message: &str) -> bool {
        self.thread_drafts.contains_key(message) || self.reminders.contains_key(message)
    }

    /// The message with what is kept about it.
    pub fn marked(&self, mut message: MessageResponse) -> MessageResponse {
        self.mark(&mut message);
        message
    }

    /// Says in the message what is kept about it.
    pub fn mark(&self, message: &mut MessageResponse) {
        message.draft = self.thread_drafts.get(&message.id).cloned().map(Box::new);
        message.reminder = self.reminders.get(&message.id).cloned().map(Box::new);
    }
}

/// Says in each of the messages what the caller keeps about it.
pub(crate) async fn mark(ctx: &Ctx, messages: Vec<MessageResponse>) -> Result<Vec<MessageResponse>> {
    if !ctx.keeps() {
        return Ok(messages);
    }
    let places: Vec<(&str, Option<&str>)> =
        messages.iter().map(|message| (message.cid.as_str(), Some(message.id.as_str()))).collect();
    let keeps = Keeps::load(ctx, &places).await?;
    Ok(messages.into_iter().map(|message| keeps.marked(message)).collect())
}

/// The same for one message.
pub(crate) async fn mark_one(ctx: &Ctx, message: MessageResponse) -> Result<MessageResponse> {
    if !ctx.keeps() {
        return Ok(message);
    }
    let keeps = Keeps::load(ctx, &[(message.cid.as_str(), Some(message.id.as_str()))]).await?;
    Ok(keeps.marked(message))
}

/// Which of these messages, each with its channel, there are.
pub(super) async fn known(ctx: &Ctx, messages: impl Iterator<Item = (&str, &str)>) -> Result<HashSet<String>> {
    let mut ids: HashMap<&str, Vec<String>> = HashMap::new();
    for (cid, id) in messages {
        ids.entry(cid).or_default().push(id.to_owned());
    }
    let known = ids.into_iter().map(|(cid, ids)| async move { ctx.app.store.messages_in(cid, &ids).await });
    let known = futures_util::future::try_join_all(known).await?;
    Ok(known.into_iter().flat_map(HashMap::into_keys).collect())
}
