//! The house of the core: modules lean downwards only, and unsafe code has one room.
//!
//! Coming in: the sources as text. Going out: a failure that names the file and the lean.
//! Decided elsewhere: the order itself (`src/lib.rs`, lowest module first).

use std::fs;
use std::path::{Path, PathBuf};

/// The one file that may hold unsafe code.
const UNSAFE_ROOM: &str = "rust/python/src/objects.rs";

fn crate_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, build folders aside.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                todo.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The lines of a file that are no comments, numbered from 1.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The modules that `lib.rs` declares, in its order.
fn floors() -> Vec<String> {
    let text = fs::read_to_string(crate_root().join("src/lib.rs")).expect("lib.rs");
    code_lines(&text)
        .filter_map(|(_, line)| line.trim().strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name.to_owned()))
        .collect()
}

/// The module of the crate that a file belongs to; None for `lib.rs`.
fn module_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(crate_root().join("src")).expect("a file of the crate");
    let first = inside.components().next()?.as_os_str().to_string_lossy().into_owned();
    let name = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
    (name != "lib").then_some(name)
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The first names after each `crate::` of a text: one, or those of a group in braces.
fn leans(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group_heads(group)),
            None => names.push(identifier(rest).to_owned()),
        }
    }
    names
}

/// `a::{b, c}, d}` gives `a` and `d`.
fn group_heads(group: &str) -> Vec<String> {
    let (mut heads, mut depth, mut fresh) = (Vec::new(), 0usize, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && (c.is_alphabetic() || c == '_') => {
                heads.push(identifier(&group[at..]).to_owned());
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

/// What a file leans on that its floor must not.
fn upward_leans(file: &Path, floors: &[String]) -> Vec<String> {
    let Some(own) = module_of(file) else { return Vec::new() };
    let Some(floor) = floors.iter().position(|name| *name == own) else {
        return vec![format!("{}: lib.rs does not list this module", file.display())];
    };
    let text = fs::read_to_string(file).expect("a source file");
    let code: String = code_lines(&text).map(|(_, line)| format!("{line}\n")).collect();
    leans(&code)
        .into_iter()
        .filter(|name| !floors[..=floor].contains(name))
        .map(|name| format!("{}: leans on `crate::{name}`, which is not below it", file.display()))
        .collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part)
    })
}

/// Proves that a module of the core uses only itself and modules listed before it.
#[test]
fn a_module_leans_only_on_lower_ones() {
    let floors = floors();
    assert!(floors.len() > 5, "lib.rs lists its modules: {floors:?}");
    let wrong: Vec<String> =
        rust_files(&crate_root().join("src")).iter().flat_map(|file| upward_leans(file, &floors)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Proves that unsafe code stands nowhere but in the room that builds Python objects.
#[test]
fn unsafe_code_has_one_room() {
    let rust = crate_root().parent().expect("the folder of the crates").to_owned();
    let word = concat!("un", "safe");
    let mut wrong = Vec::new();
    for file in rust_files(&rust) {
        if file.ends_with(UNSAFE_ROOM) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source file");
        for (number, line) in code_lines(&text).filter(|(_, line)| has_word(line, word)) {
            wrong.push(format!("{}:{number}: {}", file.display(), line.trim()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Proves that the reader of sources above sees what it should: groups, nested groups, paths in code.
#[test]
fn leans_are_found_in_groups_and_paths() {
    let code = "use crate::{a::{b, c}, d};\nlet x = crate::e::F;";
    assert_eq!(leans(code), ["a", "d", "e"]);
    assert!(has_word("let x = odd { }", "odd") && !has_word("forbid(odd_code)", "odd"));
}
