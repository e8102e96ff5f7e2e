use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use super::*;

/// A Redis of the test's own, which ends with it.
struct Server {
    child: Child,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is only a test's server: there is nothing to save.
        let _gone = self.child.kill().and_then(|()| self.child.wait());
    }
}

fn server() -> (Server, String) {
    let folder = TempDir::new().expect("a folder");
    let socket = folder.path().join("redis.sock");
    let mut child = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
        .arg(&socket)
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-server starts");
    let says = BufReader::new(child.stdout.take().expect("its output"));
    let ready = says.lines().map_while(std::result::Result::ok).any(|line| line.contains("accept connections"));
    assert!(ready, "redis-server becomes ready");
    (Server { child, _folder: folder }, format!("redis+unix://{}", socket.display()))
}

/// Runs a story with an empty store.
pub(crate) async fn with_store(story: impl AsyncFnOnce(&Arc<Store>)) {
    let (_server, url) = server();
    story(&Arc::new(Store::open(&url, "test", &crate::config::Promise::default()).await.expect("opens"))).await;
}

fn account(user: &str, email: &str) -> Account {
    Account { user_id: user.into(), email: email.into(), name: user.into(), hash: "hash".into(), ..Account::default() }
}

#[tokio::test]
async fn an_address_leads_to_its_account() {
    with_store(async |store| {
        assert_eq!(store.create_account(&account("ana", "a@x")).await.unwrap(), Written::Done);
        let ana = store.account_by_email("a@x").await.unwrap().unwrap();
        assert_eq!((ana.user_id.as_str(), ana.settled), ("ana", false));
        assert_eq!(store.account("ana").await.unwrap(), Some(ana));
        assert_eq!(store.account_by_email("b@x").await.unwrap(), None);
        assert_eq!(store.account("bob").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_address_and_a_user_id_are_given_once() {
    with_store(async |store| {
        let names: Vec<Account> = (0..50).map(|i| account(&format!("ana-{i}"), "a@x")).collect();
        let tries =
            futures_util::future::try_join_all(names.iter().map(|name| store.create_account(name))).await.unwrap();
        assert_eq!(tries.iter().filter(|written| **written == Written::Done).count(), 1);
        assert_eq!(tries.iter().filter(|written| **written == Written::EmailTaken).count(), 49);
        let winner = store.account_by_email("a@x").await.unwrap().unwrap().user_id;
        for name in &names {
            assert_eq!(store.account(&name.user_id).await.unwrap().is_some(), name.user_id == winner);
        }
        assert_eq!(store.create_account(&account(&winner, "b@x")).await.unwrap(), Written::Conflict);
        assert_eq!(store.account_by_email("b@x").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_known_user_id_is_not_taken_over() {
    with_store(async |store| {
        let user = crate::store::User::new("ana", "user");
        store.put_user(&user, true).unwrap().commit(store).await.unwrap();
        assert_eq!(store.create_account(&account("ana", "a@x")).await.unwrap(), Written::Conflict);
    })
    .await;
}

#[tokio::test]
async fn an_account_moves_to_another_address() {
    with_store(async |store| {
        store.create_account(&account("ana", "a@x")).await.unwrap();
        store.create_account(&account("bob", "b@x")).await.unwrap();
        let ana = store.account("ana").await.unwrap().unwrap();
        let to = |email: &str| Account { email: email.into(), hash: "new".into(), ..ana.clone() };

        assert_eq!(store.change_account(&ana, &to("b@x")).await.unwrap(), Written::EmailTaken);
        assert_eq!(store.change_account(&ana, &to("c@x")).await.unwrap(), Written::Done);
        let moved = store.account_by_email("c@x").await.unwrap().unwrap();
        assert_eq!((moved.hash.as_str(), moved.created_at), ("new", Some(ana.at)));
        assert_eq!(store.account_by_email("a@x").await.unwrap(), None);

        // What was read before the change is too old to be written.
        assert_eq!(store.change_account(&ana, &to("d@x")).await.unwrap(), Written::Conflict);
        assert_eq!(store.account_by_email("d@x").await.unwrap(), None);
        // The address is free again for others, the one left claimed only for ana.
        assert_eq!(store.create_account(&account("eve", "a@x")).await.unwrap(), Written::Done);
        assert_eq!(store.create_account(&account("fay", "d@x")).await.unwrap(), Written::EmailTaken);
        assert_eq!(
            store.change_account(&moved, &Account { email: "d@x".into(), ..moved.clone() }).await.unwrap(),
            Written::Done
        );
        assert_eq!(store.account_by_email("d@x").await.unwrap().unwrap().user_id, "ana");
    })
    .await;
}

#[tokio::test]
async fn exactly_one_is_first_and_stays_so() {
    with_store(async |store| {
        assert!(!store.has_accounts().await.unwrap());
        let names: Vec<String> = (0..100).map(|i| format!("user-{i}")).collect();
        let first =
            futures_util::future::try_join_all(names.iter().map(|name| store.is_first_account(name))).await.unwrap();
        assert_eq!(first.iter().filter(|first| **first).count(), 1);
        assert!(store.has_accounts().await.unwrap());
        for (name, was_first) in names.iter().zip(first) {
            assert_eq!(store.is_first_account(name).await.unwrap(), was_first);
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used() {
    with_store(async |store| {
        let ana = Account { generation: 3, ..account("ana", "a@x") };
        store.open_session("token", &ana).await.unwrap();
        let session = store.session("token").await.unwrap().unwrap();
        assert_eq!((session.user_id.as_str(), session.generation), ("ana", 3));
        assert_eq!(store.session("other").await.unwrap(), None);

        let key = store.session_key(&digest("token"));
        assert!(!key.contains("token"));
        let aged = Session { expires: session.expires.plus_seconds(-2 * 24 * 3600), ..session.clone() };
        let mut cmd = redis::cmd("SET");
        cmd.arg(&key).arg(serde_json::to_vec(&aged).unwrap()).arg("EX").arg(60);
        let _: () = store.redis.call(&cmd).await.unwrap();
        assert!(store.session("token").await.unwrap().unwrap().expires >= session.expires);
        let lasts: u64 = store.redis.call(redis::cmd("TTL").arg(&key)).await.unwrap();
        assert!(lasts > SESSION_LASTS.as_secs() - 60);

        store.close_session("token").await.unwrap();
        assert_eq!(store.session("token").await.unwrap(), None);
    })
    .await;
}

#[test]
fn nothing_secret_is_shown() {
    assert!(!format!("{:?}", account("ana", "a@x")).contains("hash"));
}
