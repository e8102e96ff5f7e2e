//! What people may call themselves, and what passes for an e-mail address and a password.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use uuid::Uuid;

use crate::error::{ApiError, Result};
use crate::wire::accounts::{RegisterRequest, UpdateMeRequest};

/// Characters of a name.
const NAME_CHARS: usize = 100;
/// Characters of an e-mail address (RFC 5321), and of what is before its `@`.
pub(super) const EMAIL_CHARS: usize = 254;
const LOCAL_PART_CHARS: usize = 64;
/// Characters of a password.
pub(super) const PASSWORD_CHARS: RangeInclusive<usize> = 8..=200;
/// Bytes of a picture's address.
const IMAGE_BYTES: usize = 2048;
/// Characters that a user id takes from the name, and random ones behind it.
const SLUG_CHARS: usize = 40;
const RANDOM_CHARS: usize = 6;

/// A registration that may be tried.
pub(super) struct Registration {
    pub name: String,
    pub email: String,
    pub password: String,
}

/// A change that may be tried; `None` stays as it is.
#[derive(Default)]
pub(super) struct Change {
    pub name: Option<String>,
    /// Empty: no picture any more.
    pub image: Option<String>,
    pub email: Option<String>,
    /// The new password and the current one.
    pub password: Option<(String, String)>,
}

/// Checks every field, so that all that is wrong is said at once.
pub(super) fn registration(request: RegisterRequest) -> Result<Registration> {
    let mut faults = Faults::default();
    let registration = Registration {
        name: faults.take("name", name(&request.name)),
        email: faults.take("email", email(&request.email)),
        password: faults.take("password", password(request.password.0)),
    };
    faults.none().map(|()| registration)
}

/// The same for a change.
pub(super) fn change(request: UpdateMeRequest) -> Result<Change> {
    let mut faults = Faults::default();
    let current = request.current_password.map(|current| current.0).unwrap_or_default();
    if request.password.is_some() && current.is_empty() {
        faults.note("current_password", "Please enter your current password.");
    }
    let change = Change {
        name: request.name.map(|text| faults.take("name", name(&text))),
        image: request.image.map(|text| faults.take("image", image(&text))),
        email: request.email.map(|text| faults.take("email", email(&text))),
        password: request.password.map(|new| (faults.take("password", password(new.0)), current)),
    };
    faults.none().map(|()| change)
}

pub(super) fn email_taken() -> ApiError {
    ApiError::field("email", "This e-mail address already has an account.")
}

pub(super) fn wrong_current_password() -> ApiError {
    ApiError::field("current_password", "This is not your current password.")
}

/// How addresses are compared.
pub(super) fn normal_email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// An id for a new user: readable, and hardly ever taken.
pub(super) fn user_id(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        match letter.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => slug.push(letter),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(SLUG_CHARS);
    let slug = match slug.trim_end_matches('-') {
        "" => "user",
        slug => slug,
    };
    let random = Uuid::new_v4().into_bytes().into_iter().take(RANDOM_CHARS).map(|byte| char::from(b'a' + byte % 26));
    format!("{slug}-{}", random.collect::<String>())
}

#[derive(Default)]
struct Faults(BTreeMap<&'static str, &'static str>);

impl Faults {
    fn note(&mut self, field: &'static str, sentence: &'static str) {
        self.0.insert(field, sentence);
    }

    fn take(&mut self, field: &'static str, value: std::result::Result<String, &'static str>) -> String {
        value.unwrap_or_else(|sentence| {
            self.note(field, sentence);
            String::new()
        })
    }

    fn none(self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut error = ApiError::input(self.0.values().copied().collect::<Vec<_>>().join(" "));
        error.exception_fields =
            self.0.into_iter().map(|(field, sentence)| (field.to_owned(), sentence.to_owned())).collect();
        Err(error)
    }
}

fn name(text: &str) -> std::result::Result<String, &'static str> {
    let name = text.trim();
    match name.chars().count() {
        0 => Err("Please enter a name."),
        1..=NAME_CHARS if !name.chars().any(char::is_control) => Ok(name.to_owned()),
        1..=NAME_CHARS => Err("The name must be a single line of text."),
        _ => Err("The name can have at most 100 characters."),
    }
}

fn email(text: &str) -> std::result::Result<String, &'static str> {
    let email = normal_email(text);
    if email.is_empty() {
        return Err("Please enter an e-mail address.");
    }
    if email.chars().count() > EMAIL_CHARS {
        return Err("The e-mail address can have at most 254 characters.");
    }
    if looks_like_email(&email) { Ok(email) } else { Err("This does not look like an e-mail address.") }
}

/// As browsers judge it: somebody at a host, which need not have a dot. Whether it exists is not known before a letter arrives.
fn looks_like_email(email: &str) -> bool {
    let Some((local, host)) = email.rsplit_once('@') else { return false };
    let strange = |letter: char| letter.is_whitespace() || letter.is_control() || "\"(),:;<>@[]\\".contains(letter);
    let label = |label: &str| {
        let fine = |letter: char| letter.is_alphanumeric() || letter == '-';
        !label.is_empty() && label.chars().all(fine) && !label.starts_with('-') && !label.ends_with('-')
    };
    (1..=LOCAL_PART_CHARS).contains(&local.chars().count()) && !local.contains(strange) && host.split('.').all(label)
}

fn password(password: String) -> std::result::Result<String, &'static str> {
    match password.chars().count() {
        0 => Err("Please enter a password."),
        length if length < *PASSWORD_CHARS.start() => Err("The password must have at least 8 characters."),
        length if length > *PASSWORD_CHARS.end() => Err("The password can have at most 200 characters."),
        _ => Ok(password),
    }
}

fn image(text: &str) -> std::result::Result<String, &'static str> {
    let image = text.trim();
    let is_link = ["https://", "http://", "/"].iter().any(|start| image.starts_with(start));
    match image {
        "" => Ok(String::new()),
        _ if image.len() <= IMAGE_BYTES && is_link && !image.contains(char::is_whitespace) => Ok(image.to_owned()),
        _ => Err("The picture must be the address of an image, of at most 2048 characters."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn faults<T>(result: Result<T>) -> Vec<String> {
        result.err().map(|error| error.exception_fields.into_keys().collect()).unwrap_or_default()
    }

    #[test]
    fn addresses() {
        let long_local = format!("{}@x.org", "a".repeat(65));
        let long = format!("a@{}.org", "b.".repeat(150));
        for good in
            ["ana@example.org", "a@b", "ana+x.y@ex-ample.co.uk", "o'hara@x.org", "ana@bücher.example", "Ana@X.ORG "]
        {
            assert_eq!(email(good).as_deref(), Ok(good.trim().to_lowercase().as_str()), "{good}");
        }
        for bad in [
            "",
            " ",
            "ana",
            "@",
            "ana@",
            "@x.org",
            "a b@x.org",
            "a@x..org",
            "a@.org",
            "a@x.org.",
            "a@-x.org",
            "a@x-.org",
            "a@x_y",
            "a@b@c",
            "<a@x.org>",
            "a@x.org\nb@x.org",
            "a@x org",
            &long_local,
            &long,
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let request = |body| from_value::<RegisterRequest>(body).unwrap();
        assert_eq!(faults(registration(request(json!({})))), ["email", "name", "password"]);
        let error = registration(request(json!({"name": "Ana", "email": "a@x", "password": "short"}))).err().unwrap();
        assert_eq!((error.code.number(), error.message.as_str()), (4, "The password must have at least 8 characters."));
        let body = json!({"name": " Ana ", "email": " A@x ", "password": "  eight "});
        let Registration { name, email, password } = registration(request(body)).ok().unwrap();
        assert_eq!((name.as_str(), email.as_str(), password.as_str()), ("Ana", "a@x", "  eight "));
    }

    #[test]
    fn lengths() {
        assert!(name(&"ä".repeat(100)).is_ok() && name(&"ä".repeat(101)).is_err() && name(" \t").is_err());
        assert!(name("Ana\nBob").is_err());
        assert!(password("ä".repeat(200)).is_ok() && password("ä".repeat(201)).is_err());
        assert!(password("1234567".into()).is_err() && password("12345678".into()).is_ok());
    }

    #[test]
    fn changes() {
        let judge = |body| change(from_value(body).unwrap());
        assert!(judge(json!({})).is_ok());
        assert!(judge(json!({"image": ""})).is_ok() && judge(json!({"image": "https://x.org/a.png"})).is_ok());
        assert_eq!(faults(judge(json!({"image": "javascript:alert(1)"}))), ["image"]);
        assert_eq!(faults(judge(json!({"name": "", "email": "x"}))), ["email", "name"]);
        assert_eq!(faults(judge(json!({"password": "long enough"}))), ["current_password"]);
        assert_eq!(faults(judge(json!({"password": "short", "current_password": "x"}))), ["password"]);
    }

    #[test]
    fn ids_are_readable_and_valid() {
        let long = "A".repeat(100);
        for (name, slug) in [
            ("Ana Bell", "ana-bell-"),
            ("  --Ana!! (x)", "ana-x-"),
            ("Ödön", "d-n-"),
            ("Анна", "user-"),
            ("user_1@x", "user-1-x-"),
            (long.as_str(), &format!("{}-", "a".repeat(40))),
        ] {
            let id = user_id(name);
            assert!(crate::auth::valid_user_id(&id), "{id}");
            assert_eq!((&id[..slug.len()], id.len()), (slug, slug.len() + 6), "{name}");
        }
        assert_ne!(user_id("Ana"), user_id("Ana"));
    }
}
