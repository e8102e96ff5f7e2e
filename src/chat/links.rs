//! Previews of links (`rules.md` 5.5).

use super::Ctx;
use crate::error::{ApiError, Code, Result};
use crate::limits;
use crate::links::Failed;
use crate::wire::links::Preview;

/// The preview of one page.
pub(crate) async fn preview(ctx: &Ctx, address: Option<&str>) -> Result<Preview> {
    let address = address.map(str::trim).unwrap_or_default();
    if address.is_empty() {
        return Err(ApiError::required("url"));
    }
    if address.len() > limits::LINK_CHARS {
        return Err(ApiError::field("url", format!("url must be at most {} bytes long", limits::LINK_CHARS)));
    }
    let Some(links) = &ctx.app.links else {
        return Err(ApiError::new(Code::FeatureNotSupported, "link previews are turned off on this server"));
    };
    let store = &ctx.app.store;
    let preview = match store.preview(address).await? {
        Some(known) => known,
        None => {
            let fetched = links.preview(address).await;
            if let Err(error) = &fetched {
                tracing::debug!(%error, "a page has no preview");
            }
            // Of a page that was not asked nothing is known.
            let asked = !matches!(fetched, Err(Failed::Busy));
            let preview = fetched.unwrap_or_default();
            if asked {
                let lasts = if preview.is_some() { limits::PREVIEW_LASTS } else { limits::NO_PREVIEW_LASTS };
                store.keep_preview(address, preview.as_ref(), lasts).await?;
            }
            preview
        }
    };
    // What went wrong is nobody's business: it would tell who is there in networks that the caller does not see.
    preview.ok_or_else(|| ApiError::field("url", "there is no preview of this page"))
}
