//! Accounts over a real Redis: who becomes what, and who gets in.

use std::path::PathBuf;

use serde_json::{from_value, json};

use super::*;
use crate::auth::{Identity, Tokens};
use crate::error::Code;
use crate::events::Hub;
use crate::store::{Sizes, Store, with_store};

fn app(store: &Arc<Store>) -> Arc<App> {
    Arc::new(App {
        store: store.clone(),
        hub: Arc::new(Hub::new().0),
        search: None,
        tokens: Tokens::new("a-secret-of-32-characters-exactly", false),
        api_key: "key".into(),
        node: "node".into(),
        uploads: PathBuf::new(),
        sizes: Sizes::at(PathBuf::new(), 0),
        signer: None,
        public_url: None,
        push_key: None,
        push_hosts: Vec::new(),
        rate_limits: true,
        links: None,
        gifs: None,
        translations: None,
        metrics: Box::new(String::new),
    })
}

async fn with_app(story: impl AsyncFnOnce(&Arc<App>)) {
    with_store(async |store| story(&app(store)).await).await;
}

async fn registers(app: &Arc<App>, name: &str, email: &str) -> Result<SignedIn> {
    let request = from_value(json!({"name": name, "email": email, "password": "right horse"})).unwrap();
    register(app, request, Some("address")).await
}

async fn signs_in(app: &Arc<App>, email: &str, password: &str) -> Result<SignedIn> {
    sign_in(app, from_value(json!({"email": email, "password": password})).unwrap(), Some("address")).await
}

async fn changes(app: &Arc<App>, token: &str, change: serde_json::Value) -> Result<SignedIn> {
    update_me(app, Some(token), from_value(change).unwrap(), Some("address")).await
}

fn code(result: Result<SignedIn>) -> Code {
    result.err().expect("is refused").code
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_at_once_one_looks_after_the_server_and_all_meet() {
    with_app(async |app| {
        assert!(!info(app).await.unwrap().accounts);
        let names: Vec<String> = (0..100).map(|i| format!("Person {i}")).collect();
        let all =
            names.iter().map(|name| async move { registers(app, name, &format!("{name}@x").replace(' ', "")).await });
        let all = futures_util::future::try_join_all(all).await.unwrap();
        let roles: Vec<_> = all.iter().map(|signed_in| signed_in.response.user.role.as_str()).collect();
        assert_eq!(roles.iter().filter(|role| **role == "super_admin").count(), 1);
        assert_eq!(roles.iter().filter(|role| **role == "user").count(), 99);
        assert!(info(app).await.unwrap().accounts);

        let general = app.store.fresh_channel("team:general").await.unwrap().unwrap();
        assert_eq!((general.member_count, general.custom["name"].as_str()), (100, Some("General")));
        for signed_in in &all {
            let id = &signed_in.response.user.id;
            assert!(app.store.fresh_member("team:general", id).await.unwrap().is_some(), "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_yields_a_chat_token() {
    with_app(async |app| {
        let ana = registers(app, "Ana", "Ana@X").await.unwrap();
        assert_eq!((ana.response.email.as_str(), ana.response.api_key.as_str()), ("ana@x", "key"));
        assert_eq!(ana.response.user.name.as_deref(), Some("Ana"));
        let again = me(app, Some(&ana.token)).await.unwrap();
        let Identity::User { id, .. } = app.tokens.verify(&again.response.token, app.store.now()).unwrap() else {
            panic!("a user's token");
        };
        assert_eq!(id, ana.response.user.id);
        sign_out(app, Some(&ana.token)).await.unwrap();
        assert_eq!(code(me(app, Some(&ana.token)).await), Code::Authentication);
        assert_eq!(code(me(app, None).await), Code::Authentication);
        let back = signs_in(app, " ANA@x ", "right horse").await.unwrap();
        assert_eq!(back.response.user.id, ana.response.user.id);
    })
    .await;
}

#[tokio::test]
async fn an_address_registers_once() {
    with_app(async |app| {
        registers(app, "Ana", "ana@x").await.unwrap();
        let refusal = registers(app, "Eve", "ANA@x").await.err().unwrap();
        assert!(refusal.code == Code::Input && refusal.exception_fields.contains_key("email"));
    })
    .await;
}

#[tokio::test]
async fn a_registration_that_broke_off_is_finished_by_its_owner() {
    with_app(async |app| {
        let account = begin(app, "Ana", "ana@x", "right horse".into()).await.unwrap().unwrap();
        assert!(app.store.fresh_user(&account.user_id).await.unwrap().is_none());
        let eve = json!({"name": "Eve", "email": "ana@x", "password": "wrong horse"});
        assert_eq!(code(register(app, from_value(eve).unwrap(), None).await), Code::Input);
        let ana = registers(app, "Ana", "ana@x").await.unwrap();
        assert_eq!((&ana.response.user.id, ana.response.user.role.as_str()), (&account.user_id, "super_admin"));
        assert!(app.store.account(&account.user_id).await.unwrap().unwrap().settled);
        assert_eq!(registers(app, "Bob", "bob@x").await.unwrap().response.user.role, "user");

        // The first account's claim is older than its user.
        let fay = begin(app, "Fay", "fay@x", "right horse".into()).await.unwrap().unwrap();
        assert!(!app.store.is_first_account(&fay.user_id).await.unwrap());
        assert_eq!(signs_in(app, "fay@x", "right horse").await.unwrap().response.user.role, "user");
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slow_and_knowing_is_not() {
    with_app(async |app| {
        registers(app, "Ana", "ana@x").await.unwrap();
        for _ in 0..30 {
            signs_in(app, "ana@x", "right horse").await.unwrap();
        }
        for _ in 0..10 {
            assert_eq!(code(signs_in(app, "ana@x", "wrong horse").await), Code::Authentication);
        }
        let refusal = signs_in(app, "ana@x", "right horse").await.err().unwrap();
        assert!(refusal.code == Code::RateLimit && refusal.retry_after.is_some_and(|wait| wait <= 90));
        // Nobody's address is guessed as slowly as somebody's, and all guesses of one client are counted together.
        let mut guesses = 0;
        while code(signs_in(app, &format!("nobody{guesses}@x"), "wrong horse").await) == Code::Authentication {
            guesses += 1;
        }
        // A slow machine gets one more every 18 seconds.
        assert!((39..50).contains(&guesses), "{guesses}");
        assert_eq!(code(signs_in(app, "ana@x", "right horse").await), Code::RateLimit);
    })
    .await;
}

#[tokio::test]
async fn a_profile_changes() {
    with_app(async |app| {
        let ana = registers(app, "Ana", "ana@x").await.unwrap();
        registers(app, "Bob", "bob@x").await.unwrap();
        let change = json!({"name": "Ana Bell", "image": "https://x.org/a.png", "email": "Bell@x"});
        let changed = changes(app, &ana.token, change).await.unwrap();
        let user = &changed.response.user;
        assert_eq!((user.name.as_deref(), user.image.as_deref()), (Some("Ana Bell"), Some("https://x.org/a.png")));
        assert_eq!((changed.response.email.as_str(), &changed.token), ("bell@x", &ana.token));
        assert_eq!(code(signs_in(app, "ana@x", "right horse").await), Code::Authentication);
        signs_in(app, "bell@x", "right horse").await.unwrap();

        let bare = changes(app, &ana.token, json!({"image": ""})).await.unwrap();
        assert_eq!((bare.response.user.image.as_deref(), bare.response.user.name.as_deref()), (None, Some("Ana Bell")));
        let refusal = changes(app, &ana.token, json!({"email": "bob@x", "name": "Bob"})).await.err().unwrap();
        assert!(refusal.exception_fields.contains_key("email"));
        assert_eq!(me(app, Some(&ana.token)).await.unwrap().response.user.name.as_deref(), Some("Ana Bell"));
        assert_eq!(code(update_me(app, None, UpdateMeRequest::default(), None).await), Code::Authentication);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_began() {
    with_app(async |app| {
        let ana = registers(app, "Ana", "ana@x").await.unwrap();
        let elsewhere = signs_in(app, "ana@x", "right horse").await.unwrap();
        let change = |current: &str| json!({"password": "new horse!", "current_password": current});
        let refusal = changes(app, &ana.token, change("wrong horse")).await.err().unwrap();
        assert!(refusal.code == Code::Input && refusal.exception_fields.contains_key("current_password"));

        let changed = changes(app, &ana.token, change("right horse")).await.unwrap();
        me(app, Some(&changed.token)).await.unwrap();
        for token in [&ana.token, &elsewhere.token] {
            assert_eq!(code(me(app, Some(token)).await), Code::Authentication);
        }
        assert_eq!(code(signs_in(app, "ana@x", "right horse").await), Code::Authentication);
        signs_in(app, "ana@x", "new horse!").await.unwrap();
        let Identity::User { id, issued_at } = app.tokens.verify(&changed.response.token, app.store.now()).unwrap()
        else {
            panic!("a user's token");
        };
        users::authenticated(app, &id, issued_at).await.unwrap();
        let long_ago = Some(app.store.now().plus_seconds(-60));
        assert_eq!(users::authenticated(app, &id, long_ago).await.unwrap_err().code, Code::TokenExpired);
    })
    .await;
}

#[tokio::test]
async fn who_is_deactivated_stays_outside() {
    with_app(async |app| {
        let ana = registers(app, "Ana", "ana@x").await.unwrap();
        let mut user = User::clone(&*app.store.fresh_user(&ana.response.user.id).await.unwrap().unwrap());
        user.deactivated_at = Some(app.store.now());
        app.store.commit_user(&user.id, app.store.put_user(&user, false).unwrap()).await.unwrap();
        assert_eq!(code(signs_in(app, "ana@x", "right horse").await), Code::NotAllowed);
        assert_eq!(code(me(app, Some(&ana.token)).await), Code::Authentication);
    })
    .await;
}
