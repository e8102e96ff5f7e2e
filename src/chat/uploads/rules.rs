//! Which files the app takes, as its settings say (`objects.md` 2.5, `rest.md` 10). Clients look at the same lists before they send.

use super::Accepts;
use crate::error::{ApiError, Result};
use crate::limits;
use crate::store::Settings;
use crate::wire::settings::FileUploadConfig;

/// Those for what the endpoint takes.
pub(super) fn of(settings: &Settings, accepts: Accepts) -> &FileUploadConfig {
    match accepts {
        Accepts::Anything => &settings.file_uploads,
        Accepts::Images => &settings.image_uploads,
    }
}

/// The most bytes of one file.
pub(crate) fn size_limit(rules: &FileUploadConfig) -> u64 {
    if rules.size_limit == 0 { limits::UPLOAD_BYTES } else { rules.size_limit }
}

/// Refuses a file for its name.
pub(super) fn check_name(rules: &FileUploadConfig, name: &str) -> Result<()> {
    let name = name.to_lowercase();
    let among = |extensions: &[String]| extensions.iter().any(|extension| name.ends_with(&extension.to_lowercase()));
    if !is_taken(&rules.allowed_file_extensions, &rules.blocked_file_extensions, among) {
        return Err(ApiError::field("file", format!("files with a name like {name} are not taken here")));
    }
    Ok(())
}

/// Refuses a file for what it holds.
pub(super) fn check_type(rules: &FileUploadConfig, kind: &str) -> Result<()> {
    let among = |types: &[String]| types.iter().any(|other| other.eq_ignore_ascii_case(kind));
    if !is_taken(&rules.allowed_mime_types, &rules.blocked_mime_types, among) {
        return Err(unsupported(kind));
    }
    Ok(())
}

/// The refusal of a file for what it holds.
pub(super) fn unsupported(kind: &str) -> ApiError {
    ApiError::field("file", format!("File type {kind} is not supported"))
}

fn is_taken(allowed: &[String], blocked: &[String], among: impl Fn(&[String]) -> bool) -> bool {
    (allowed.is_empty() || among(allowed)) && !among(blocked)
}

/// Refuses rules that contradict themselves or are without end. `name` is the setting's.
pub(crate) fn check(name: &str, rules: &FileUploadConfig) -> Result<()> {
    let both =
        |what: &str| Err(ApiError::field(name, format!("Cannot specify both allowed {what} and blocked {what}")));
    if !rules.allowed_file_extensions.is_empty() && !rules.blocked_file_extensions.is_empty() {
        return both("file extensions");
    }
    if !rules.allowed_mime_types.is_empty() && !rules.blocked_mime_types.is_empty() {
        return both("mime types");
    }
    if rules.size_limit > limits::UPLOAD_BYTES {
        return Err(ApiError::field(name, format!("{name}.size_limit must be at most {}", limits::UPLOAD_BYTES)));
    }
    let lists = [
        ("allowed_file_extensions", &rules.allowed_file_extensions),
        ("blocked_file_extensions", &rules.blocked_file_extensions),
        ("allowed_mime_types", &rules.allowed_mime_types),
        ("blocked_mime_types", &rules.blocked_mime_types),
    ];
    for (list, entries) in lists {
        let list = format!("{name}.{list}");
        crate::error::at_most(&list, entries.len(), limits::UPLOAD_RULES)?;
        if entries.iter().any(|entry| entry.is_empty() || entry.chars().count() > limits::UPLOAD_NAME_CHARS) {
            let longest = limits::UPLOAD_NAME_CHARS;
            return Err(ApiError::field(&list, format!("{list}: each entry has 1 to {longest} characters")));
        }
        if list.ends_with("extensions") && entries.iter().any(|entry| !entry.starts_with('.')) {
            return Err(ApiError::field(&list, format!("{list}: each entry begins with a dot, as in .pdf")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    #[test]
    fn what_is_allowed_is_all_and_what_is_blocked_is_none() {
        let documents = FileUploadConfig { allowed_file_extensions: list(&[".PDF", ".txt"]), ..Default::default() };
        assert!(check_name(&documents, "Notes.pdf").is_ok());
        assert!(check_name(&documents, "notes.pdf.exe").is_err());
        let harmless = FileUploadConfig { blocked_mime_types: list(&["text/html"]), ..Default::default() };
        assert!(check_type(&harmless, "text/html").is_err());
        assert!(check_type(&harmless, "text/plain").is_ok());
        assert!(check_name(&FileUploadConfig::default(), "anything").is_ok());
    }

    #[test]
    fn rules_without_sense_are_refused() {
        let of = |allowed: &[&str], blocked: &[&str], size_limit| FileUploadConfig {
            allowed_file_extensions: list(allowed),
            blocked_file_extensions: list(blocked),
            size_limit,
            ..Default::default()
        };
        assert!(check("file_upload_config", &of(&[".pdf"], &[], limits::UPLOAD_BYTES)).is_ok());
        for refused in
            [of(&[".a"], &[".b"], 0), of(&["pdf"], &[], 0), of(&[""], &[], 0), of(&[], &[], limits::UPLOAD_BYTES + 1)]
        {
            assert!(check("file_upload_config", &refused).is_err());
        }
        let full = vec![".a"; limits::UPLOAD_RULES];
        assert!(check("file_upload_config", &of(&full, &[], 0)).is_ok());
        assert!(check("file_upload_config", &of(&[&full[..], &[".b"]].concat(), &[], 0)).is_err());
    }
}
