//! The walls of the house: who may know what, which way the arrows point, and how long a file may be.

use std::path::{Path, PathBuf};

/// Room → modules that nothing in it may use: arrows point down.
const ABOVE: [(&str, &[&str]); 10] = [
    ("wire", &["access", "api", "app", "auth", "chat", "events", "router", "search", "store"]),
    ("access", &["api", "app", "chat", "events", "router", "search", "store"]),
    ("query", &["api", "app", "chat", "events", "router", "search", "store"]),
    ("links", &["access", "api", "app", "auth", "chat", "events", "router", "search", "store"]),
    ("providers", &["access", "api", "app", "auth", "chat", "events", "router", "search", "store"]),
    ("store", &["api", "app", "chat", "events", "push", "router", "search"]),
    ("events", &["api", "app", "chat", "push", "router", "search"]),
    ("search", &["api", "app", "chat", "events", "router"]),
    ("chat", &["api", "push", "router"]),
    ("push", &["api", "router"]),
];

/// Lines that a file of this kind may have.
const SIZES: [(&str, &str, usize); 3] = [("src", "rs", 400), ("src", "lua", 60), ("web/src", "tsx", 150)];

/// Files of this kind, by their path in the repository.
fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in
            std::fs::read_dir(folder).expect("a folder of the house").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                collect(&entry, extension, found);
            } else if entry.extension().is_some_and(|found| found == extension) {
                found.push(entry);
            }
        }
    }
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&house.join(folder), extension, &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a text");
        (path.strip_prefix(house).expect("a path in the house").to_owned(), text)
    };
    found.into_iter().map(read).collect()
}

/// Whether the file belongs to the room: `src/chat.rs` or anything below `src/chat/`.
fn is_in(path: &Path, room: &str) -> bool {
    path.starts_with(format!("src/{room}")) || path == Path::new(&format!("src/{room}.rs"))
}

/// Whether the line of code names the module: `redis::` is not in `crate::store::Redis::` nor in `my_redis::`.
fn names(line: &str, module: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.match_indices(module)
        .any(|(at, _)| !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
}

/// `path:line` of every line in the files that names one of the modules.
fn offences(may_not: impl Fn(&Path) -> bool, modules: &[&str]) -> Vec<String> {
    let mut offences = Vec::new();
    for (path, text) in files("src", "rs")
        .into_iter()
        .filter(|(path, _)| may_not(path) && !["tests", "faults", "bench"].iter().any(|room| is_in(path, room)))
    {
        for (index, line) in text.lines().enumerate() {
            if modules.iter().any(|module| names(line, module)) {
                offences.push(format!("{}:{}: {}", path.display(), index + 1, line.trim()));
            }
        }
    }
    offences
}

#[test]
fn only_the_store_knows_redis() {
    let offences = offences(|path| !is_in(path, "store"), &["redis::"]);
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn only_the_search_knows_its_engine() {
    let offences = offences(|path| !is_in(path, "search"), &["tantivy::"]);
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn rules_records_and_words_know_no_http() {
    let inside = |path: &Path| ["chat", "search", "store", "wire", "events"].iter().any(|room| is_in(path, room));
    let offences = offences(inside, &["axum::"]);
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn arrows_point_down() {
    for (room, above) in ABOVE {
        let modules: Vec<String> =
            above.iter().flat_map(|module| [format!("crate::{module}::"), format!("crate::{module};")]).collect();
        let offences = offences(|path| is_in(path, room), &modules.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(offences.is_empty(), "{room} looks up: {offences:#?}");
    }
}

#[test]
fn no_file_is_over_its_size() {
    let mut over = Vec::new();
    for (folder, extension, lines) in SIZES {
        for (path, text) in files(folder, extension) {
            let found = text.lines().count();
            if found > lines {
                over.push(format!("{} has {found} lines, {lines} are allowed", path.display()));
            }
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}

#[test]
fn the_walls_are_seen() {
    assert!(names("    let cmd = redis::cmd(\"GET\");", "redis::") && names("use ::redis::Cmd;", "redis::"));
    assert!(!names("let x = my_redis::y(); // redis::cmd", "redis::") && !names("Redis::At(url)", "redis::"));
    assert!(
        is_in(Path::new("src/chat/users.rs"), "chat")
            && is_in(Path::new("src/chat.rs"), "chat")
            && !is_in(Path::new("src/chatter.rs"), "chat")
    );
}
