//! The protocol page's tables, cell by cell.

use serde_json::{Value, json};

use super::*;

/// Columns of the tables below.
const ROLES: [&str; 7] = ["admin", "moderator", "user", "channel_member", "channel_moderator", "guest", "anonymous"];

const APP: &str = "
    flag-user           xxx..x.  mute-user           xxx..x.
    read-flag-reports   xx.....  search-user         xxx..x.
    update-flag-report  xx.....  update-user         ooo..o.
";

const MESSAGING: &str = "
    add-links                      xxoxx..  ban-channel-member             xx..x..
    ban-user                       xx.....  create-attachment              xxoxx..
    create-call                    xx.xx..  create-channel                 xxx....
    create-mention                 xxoxx..  create-message                 xxoxx..
    create-reaction                xxoxx..  create-system-message          xx..x..
    delete-attachment              xxo.x..  delete-channel                 xoo....
    delete-message                 xxo.x..  delete-reaction                xxo.x..
    flag-message                   xxoxx..  join-call                      xx.xx..
    mute-channel                   xxoxx..  pin-message                    xxoxx..
    read-channel                   xxoxx..  read-channel-members           xxoxx..
    read-message-flags             xx..x..  recreate-channel               xoo....
    remove-own-channel-membership  xxoxx..  run-message-action             xxoxx..
    send-custom-event              xxoxx..  skip-channel-cooldown          xx..x..
    skip-message-moderation        xx..x..  truncate-channel               xoo....
    unblock-message                xx..x..  update-channel                 xxo.x..
    update-channel-cooldown        xx..x..  update-channel-frozen          xx..x..
    update-channel-members         xxo.x..  update-message                 xxo.x..
    upload-attachment              xxoxx..
";

const LIVESTREAM: &str = "
    add-links                      xxx....  ban-channel-member             xx..x..
    ban-user                       xx.....  create-attachment              xxx....
    create-call                    xx..x..  create-channel                 xxx....
    create-mention                 xxx....  create-message                 xxx....
    create-reaction                xxx....  create-system-message          xx..x..
    delete-attachment              xxo.x..  delete-channel                 x......
    delete-message                 xxo.x..  delete-reaction                xxo.x..
    flag-message                   xxx..x.  join-call                      xxx..xx
    mute-channel                   xxx..x.  pin-message                    xxo.x..
    read-channel                   xxx..xx  read-channel-members           xxx..xx
    read-message-flags             xx..x..  recreate-channel               x......
    remove-own-channel-membership  x......  run-message-action             xxx....
    send-custom-event              xxx....  skip-channel-cooldown          xx..x..
    skip-message-moderation        xx..x..  truncate-channel               x......
    unblock-message                xx..x..  update-channel                 x......
    update-channel-cooldown        xx..x..  update-channel-frozen          xx..x..
    update-channel-members         x......  update-message                 xxo.x..
    upload-attachment              xxx....
";

const COMMERCE: &str = "
    add-links                      xxoxxx.  ban-channel-member             xx..x..
    ban-user                       xx.....  create-attachment              xxoxx..
    create-call                    xx..x..  create-channel                 xx...x.
    create-mention                 xxoxx..  create-message                 xxoxx..
    create-reaction                xxoxx..  create-system-message          xx..x..
    delete-attachment              xxo.xo.  delete-channel                 x......
    delete-message                 xxo.xo.  delete-reaction                xxo.xo.
    flag-message                   xxoxxo.  join-call                      xx.xx..
    mute-channel                   xxoxxo.  pin-message                    xxo.xo.
    read-channel                   xxoxxo.  read-channel-members           xxoxxo.
    read-message-flags             xx..x..  recreate-channel               x......
    remove-own-channel-membership  xxoxx..  run-message-action             xxoxx..
    send-custom-event              xxoxx..  skip-channel-cooldown          xx..x..
    skip-message-moderation        xx..x..  truncate-channel               x......
    unblock-message                xx..x..  update-channel                 xx..x..
    update-channel-cooldown        xx..x..  update-channel-frozen          xx..x..
    update-channel-members         xxo.xo.  update-message                 xxo.xo.
    upload-attachment              xxoxxx.
";

const GAMING: &str = "
    add-links                      xxoxx..  ban-channel-member             xx..x..
    ban-user                       xx.....  create-attachment              xxoxx..
    create-call                    xx.xx..  create-channel                 x......
    create-mention                 xxoxx..  create-message                 xxoxx..
    create-reaction                xxoxx..  create-system-message          xx..x..
    delete-attachment              xxo.x..  delete-channel                 x......
    delete-message                 xxo.x..  delete-reaction                xxo.x..
    flag-message                   xxoxx..  join-call                      xx.xx..
    mute-channel                   xxoxx..  pin-message                    xx..x..
    read-channel                   xxoxx..  read-channel-members           xxoxx..
    read-message-flags             xx..x..  recreate-channel               x......
    remove-own-channel-membership  xxoxx..  run-message-action             xxoxx..
    send-custom-event              xxoxx..  skip-channel-cooldown          xx..x..
    skip-message-moderation        xx..x..  truncate-channel               x......
    unblock-message                xx..x..  update-channel                 x......
    update-channel-cooldown        xx..x..  update-channel-frozen          xx..x..
    update-channel-members         x......  update-message                 xxo.x..
    upload-attachment              xxoxx..
";

/// The newer permissions of `permissions.md` 5, in the types where members write.
const NEWER: &str = "
    create-reply                         xxoxx..  cast-vote                           xx.xx..
    query-votes                          xx.xx..  send-poll                           xx.xx..
    update-thread                        xxo.x..  create-restricted-visibility-message xx.....
    read-restricted-visibility-message   x......  notify-channel                      xx.xx..
    notify-here                          xx.xx..  notify-role                         xx.xx..
    notify-group                         xx.xx..  add-own-channel-membership          xxo....
    create-distinct-channel-for-others   .......  use-frozen-channel                  .......
    read-disabled-channel                .......
";

const TYPES: [(&str, &str); 5] = [
    ("messaging", MESSAGING),
    ("team", MESSAGING),
    ("livestream", LIVESTREAM),
    ("commerce", COMMERCE),
    ("gaming", GAMING),
];

fn holds(scope: &str, role: &str, id: &str) -> bool {
    Grants::defaults(scope).permissions(&[role]).ids().contains(&id)
}

/// Each cell says exactly which forms of an id a role holds; the global roles follow the first two columns in any team.
fn check_table(scope: &str, table: &str) {
    let words: Vec<&str> = table.split_whitespace().collect();
    assert!(!words.is_empty() && words.len().is_multiple_of(2));
    for row in words.chunks(2) {
        let (id, cells) = (row[0], row[1]);
        let owned = format!("{id}-owner");
        for (role, cell) in ROLES.into_iter().zip(cells.chars()) {
            let held = (holds(scope, role, id), holds(scope, role, &owned));
            assert_eq!(held, (cell == 'x', cell == 'o'), "{id} of {role} in {scope}");
        }
        if id == "update-user" {
            continue;
        }
        for (role, cell) in ["global_admin", "global_moderator"].into_iter().zip(cells.chars()) {
            let held =
                [holds(scope, role, &format!("{id}-any-team")), holds(scope, role, &format!("{owned}-any-team"))];
            assert_eq!(held, [cell == 'x', cell == 'o'], "{id} of {role} in {scope}");
            assert!(!holds(scope, role, id) && !holds(scope, role, &owned), "{id} of {role} in {scope}");
        }
    }
}

#[test]
fn documented_grants() {
    check_table(".app", APP);
    for (scope, table) in TYPES {
        check_table(scope, table);
    }
    for role in ["global_admin", "global_moderator"] {
        assert!(holds(".app", role, "update-user-owner") && !holds(".app", role, "update-user-owner-any-team"));
    }
    assert_eq!(Grants::defaults("custom-type"), Grants::defaults("messaging"));
}

#[test]
fn newer_grants() {
    for scope in ["messaging", "team", "gaming"] {
        check_table(scope, NEWER);
    }
    // In a livestream members hold nothing of their own, and everybody else what members hold elsewhere.
    check_table(
        "livestream",
        "create-reply xxx.... cast-vote xxx.x.. query-votes xxx.x.. send-poll xxx.x.. update-thread xxo.x..",
    );
    check_table("commerce", "create-reply xxoxx.. cast-vote xx.xx.. update-thread xxo.xo. notify-here xx.xx..");
    for role in ["admin", "moderator", "channel_member", "channel_moderator", "global_admin", "super_admin"] {
        assert!(holds("messaging", role, "share-location-any-team"), "{role}");
    }
    check_table(
        ".app",
        "create-poll xxx..x. query-polls xxx..x. update-poll xxo.... delete-poll xxo.... close-poll xxo....",
    );
    check_table(".app", "update-user-role ....... update-user-teams ....... ban-user .......");
}

#[test]
fn the_tables_name_every_grant() {
    for (scope, table) in TYPES {
        let named: Vec<&str> = table.split_whitespace().chain(NEWER.split_whitespace()).collect();
        for (role, ids) in Grants::defaults(scope).ids() {
            for id in ids {
                let (action, _) = actions::parse(id).unwrap();
                assert!(
                    named.contains(&action.ids()[0]) || action == Action::ShareLocation,
                    "{id} of {role} in {scope}"
                );
            }
        }
    }
}

#[test]
fn the_operator_may_all_that_admins_may_and_change_people() {
    let everywhere = Ownership { multi_tenant: true, ..Ownership::NONE };
    for scope in [".app", "messaging", "livestream", "team", "gaming", "commerce"] {
        let grants = Grants::defaults(scope);
        for &action in Action::ALL.iter().filter(|&&action| grants.allowed(&["admin"], action, Ownership::OWNER)) {
            assert!(grants.allowed(&["super_admin"], action, everywhere), "{action:?} in {scope}");
        }
    }
    for action in [Action::UpdateUser, Action::UpdateUserRole, Action::UpdateUserTeams, Action::BanUser] {
        assert!(Grants::defaults(APP_SCOPE).allowed(&["super_admin"], action, everywhere), "{action:?}");
    }
}

const OUTSIDER: (&[&str], bool) = (&["user"], false);
const CREATOR: (&[&str], bool) = (&["user"], true);
const MEMBER: (&[&str], bool) = (&["user", "channel_member"], false);
const MODERATOR: (&[&str], bool) = (&["user", "channel_moderator"], false);
const ADMIN: (&[&str], bool) = (&["admin"], false);
const GUEST: (&[&str], bool) = (&["guest"], false);

/// The live checks of `permissions.md` 5: `y` or `n` per person, the types in the order of that table.
#[test]
fn live_checks() {
    use Action::*;
    type Person = (&'static [&'static str], bool);
    let checks: [(&[Action], &[Person], [&str; 5]); 8] = [
        (&[CreateChannel], &[OUTSIDER, GUEST, ADMIN], ["yny", "yny", "yny", "nny", "nyy"]),
        (&[ReadChannel], &[OUTSIDER, GUEST], ["nn", "yy", "nn", "nn", "nn"]),
        (&[UpdateChannelMembers], &[CREATOR, MEMBER, MODERATOR], ["yny", "nnn", "yny", "nnn", "yny"]),
        (&[UpdateChannel], &[CREATOR, MEMBER, MODERATOR], ["yny", "nnn", "yny", "nnn", "nny"]),
        (&[CreateMessage], &[MEMBER, OUTSIDER, GUEST], ["ynn", "yyn", "ynn", "ynn", "ynn"]),
        (&[PinMessage], &[CREATOR, MEMBER, MODERATOR, OUTSIDER], ["yyyn", "ynyn", "yyyn", "nnyn", "ynyn"]),
        (&[UpdateMessage, DeleteMessage], &[MEMBER, MODERATOR, ADMIN], ["nyy"; 5]),
        (&[UploadAttachment], &[MEMBER, OUTSIDER], ["yn", "yy", "yn", "yn", "yn"]),
    ];
    for (actions, people, answers) in checks {
        for (scope, expected) in ["messaging", "livestream", "team", "gaming", "commerce"].into_iter().zip(answers) {
            for &action in actions {
                let may = |&(roles, is_owner): &Person| {
                    let ownership = Ownership::NONE.owning(is_owner);
                    if Grants::defaults(scope).allowed(roles, action, ownership) { 'y' } else { 'n' }
                };
                assert_eq!(people.iter().map(may).collect::<String>(), expected, "{action:?} in {scope}");
            }
        }
    }
    let app = Grants::defaults(APP_SCOPE);
    for role in ["admin", "moderator", "user", "guest"] {
        assert!(app.allowed(&[role], UpdateUser, Ownership::OWNER));
        for action in [UpdateUserRole, UpdateUser, BanUser] {
            assert!(!app.allowed(&[role], action, Ownership::NONE), "{action:?} of {role}");
        }
    }
}

#[test]
fn switches_of_a_permission() {
    let cases = [
        // What is allowed to: nobody in particular, a team mate, the owner, an owner in the team; without and with teams.
        ("read-channel", [true, true, true, true], [false, true, false, true]),
        ("read-channel-owner", [false, false, true, true], [false, false, false, true]),
        ("read-channel-any-team", [true; 4], [true; 4]),
        ("read-channel-owner-any-team", [false, false, true, true], [false, false, true, true]),
    ];
    for (id, single, tenants) in cases {
        let permissions = Permissions::parse([id]).unwrap();
        for (multi_tenant, expected) in [(false, single), (true, tenants)] {
            let relations = [(false, false), (false, true), (true, false), (true, true)];
            let allowed = relations.map(|(is_owner, same_team)| {
                permissions.allow(Action::ReadChannel, Ownership { is_owner, same_team, multi_tenant })
            });
            assert_eq!(allowed, expected, "{id}, multi_tenant {multi_tenant}");
        }
        assert_eq!(permissions.ids(), [id]);
        assert!(!permissions.allow(Action::ReadChannelMembers, Ownership::OWNER));
    }
}

#[test]
fn every_id_is_read_back() {
    for &action in Action::ALL {
        for (switches, id) in action.ids().into_iter().enumerate() {
            assert_eq!(actions::parse(id), Some((action, switches)));
        }
        let words = action.ids()[0].split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
        assert_eq!(words.collect::<String>(), action.name());
    }
    for id in ["", "-owner", "read", "read-channel-any-team-owner", "ReadChannel", "read-channel-owner-owner"] {
        assert_eq!(actions::parse(id), None, "{id}");
    }
}

fn ids(value: Value) -> GrantIds {
    serde_json::from_value(value).unwrap()
}

#[test]
fn grants_are_replaced_by_role_and_modified_by_id() {
    let grants = Grants::parse(&ids(json!({"user": ["read-channel"], "guest": ["read-channel"]}))).unwrap();
    let replaced =
        grants.replaced(&ids(json!({"guest": [], "vip": ["pin-message-any-team", "add-links-owner"]}))).unwrap();
    let expected = json!({"user": ["read-channel"], "guest": [], "vip": ["add-links-owner", "pin-message-any-team"]});
    assert_eq!(serde_json::to_value(replaced.ids()).unwrap(), expected);

    let modified =
        grants.modified(&ids(json!({"user": ["!read-channel", "add-links"], "new": ["flag-user"]}))).unwrap();
    let expected = json!({"user": ["add-links"], "guest": ["read-channel"], "new": ["flag-user"]});
    assert_eq!(serde_json::to_value(modified.ids()).unwrap(), expected);

    for unknown in ["fly", "!fly"] {
        let error = grants.modified(&ids(json!({"user": [unknown]}))).unwrap_err();
        assert_eq!(error.message, "permission \"fly\" does not exist");
    }
}

#[test]
fn refusals() {
    let text = |roles: &[&str]| refusal(Caller { user_id: "kim", roles }, Action::ReadChannel, "messaging");
    let error = text(&["user", "channel_member"]);
    assert_eq!(
        error.message,
        "User 'kim' with roles ['user', 'channel_member'] is not allowed to perform action ReadChannel in scope 'messaging'"
    );
    assert_eq!((error.code.number(), error.code.status()), (17, 403));
    assert_eq!(
        text(&["user"]).message,
        "User 'kim' with role 'user' is not allowed to perform action ReadChannel in scope 'messaging'"
    );
}

#[test]
fn channel_types_carry_every_key() {
    let flags = "typing_events read_events connect_events delivery_events search reactions replies quotes mutes uploads \
        url_enrichment custom_events push_notifications reminders mark_messages_pending polls user_message_reminders \
        shared_locations count_messages skip_last_msg_update_for_system_msgs";
    let types: Value = serde_json::from_str(include_str!("../channel_types.json")).unwrap();
    for (name, _) in TYPES {
        let config = &types[name];
        assert!(flags.split_whitespace().all(|flag| config[flag].is_boolean()), "{name}");
        assert_eq!(config["name"], json!(name));
        assert!(config["commands"].as_array().is_some_and(|commands| commands.contains(&json!("mute"))), "{name}");
        let rest = ["message_retention", "max_message_length", "automod", "automod_behavior", "blocklist_behavior"];
        assert_eq!(
            rest.map(|key| config[key].clone()),
            [json!("infinite"), json!(5000), json!("disabled"), json!("flag"), json!("flag")]
        );
        assert_eq!(config.as_object().unwrap().len(), flags.split_whitespace().count() + rest.len() + 2);
    }
}
