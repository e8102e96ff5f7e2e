//! Previews of the links in a message (`rules.md` 5.5): looked for after it was sent or edited, and added by an update of their own, so
//! that nobody waits for somebody else's page. A node that dies meanwhile leaves the message without.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::{edit, turn};
use crate::access::Action;
use crate::app::App;
use crate::chat::{Ctx, Granted, links};
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::Message;

/// Messages whose links may be looked at; those of each wait for the same turns.
static PLACES: Semaphore = Semaphore::const_new(limits::PREVIEWED_AT_ONCE);

/// Has the links looked at, if the channel's type wants it, and unless the message is to stay `plain`.
pub(super) fn after(ctx: &Ctx, granted: &Granted, record: &Message, plain: bool) {
    let wanted = granted.kind.config.url_enrichment && ctx.app.links.is_some() && !plain;
    if !wanted || !record.text.contains("://") {
        return;
    }
    let addresses: Vec<String> = addresses(&record.text).map(str::to_owned).collect();
    if addresses.is_empty() {
        return;
    }
    // Anybody can name pages that take their time: what waits for them has its bound.
    let Ok(place) = PLACES.try_acquire() else {
        tracing::debug!(id = record.id, "too many messages wait for previews: one more stays without");
        return;
    };
    let (app, id) = (ctx.app.clone(), record.id.clone());
    tokio::spawn(async move {
        let _place = place;
        if let Err(error) = attach(&app, &id, addresses).await {
            tracing::warn!(error = ?error, message = id, "a message stays without the previews of its links");
        }
    });
}

async fn attach(app: &Arc<App>, id: &str, addresses: Vec<String>) -> Result<()> {
    let ctx = &Ctx::internal(app);
    let found =
        futures_util::future::join_all(addresses.iter().map(|address| links::preview(ctx, Some(address)))).await;
    let previews: Vec<Map<String, Value>> = found
        .into_iter()
        .filter_map(Result::ok)
        .map(|preview| serde_json::to_value(preview).map_err(ApiError::internal))
        .filter_map(|preview| preview.map(|preview| preview.as_object().cloned()).transpose())
        .collect::<Result<_>>()?;
    if previews.is_empty() {
        return Ok(());
    }
    for _ in 0..limits::CONFLICT_RETRIES {
        let _turn = turn(id).await;
        let found = match ctx.message(id, Action::ReadChannel).await {
            Ok(found) if found.message.deleted_at.is_none() => found,
            // It is gone, or its channel is.
            _ => return Ok(()),
        };
        let updated = with(&found.message, &previews);
        let same = updated.attachments == found.message.attachments;
        if same || edit::commit(ctx, &found, &updated).await?.is_some() {
            return Ok(());
        }
        app.store.forget_channel(&found.granted.cid, "");
    }
    Err(ApiError::busy())
}

/// The message with those previews whose address it still names and that it does not have yet.
fn with(message: &Message, previews: &[Map<String, Value>]) -> Message {
    let mut updated = message.rewritten();
    for preview in previews {
        let address = &preview["og_scrape_url"];
        let named = address.as_str().is_some_and(|address| message.text.contains(address));
        let known = updated.attachments.iter().any(|attachment| attachment.get("og_scrape_url") == Some(address));
        if named && !known && updated.attachments.len() < limits::ATTACHMENTS {
            updated.attachments.push(preview.clone());
        }
    }
    updated
}

/// The first links of a text, each once.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let mut found: Vec<&str> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '|')) {
        let Some(start) = word.find("http://").or_else(|| word.find("https://")) else { continue };
        // What ends a sentence or closes a bracket is hardly the address's.
        let address = word[start..].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '*', '_']);
        if address.len() > "https://".len() && address.len() <= limits::LINK_CHARS && !found.contains(&address) {
            found.push(address);
        }
    }
    found.into_iter().take(limits::PREVIEWS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_sentences() {
        let text = "see http://a.example/x, (https://b.example/y?z=1). or <https://c.example> and http://a.example/x http://d.example";
        assert_eq!(
            addresses(text).collect::<Vec<_>>(),
            ["http://a.example/x", "https://b.example/y?z=1", "https://c.example"]
        );
        assert_eq!(addresses("http:// https:// ftp://a.example").count(), 0);
    }
}
