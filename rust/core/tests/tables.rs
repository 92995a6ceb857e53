//! The tables of broken and valid texts that pytest reads too, through every way of feeding.
//!
//! Coming in: `tests/data/*.jsonl`, rows of an input and its right reading (or several). Going out: the rate of right
//! readings, which must not fall, and a failure for any row that reads differently when it is cut.
//! Decided elsewhere: what is right (the tables).

mod oracle;

use oracle::feeding::{How, Seen, at_once, every_byte, run};
use oracle::laws;
use oracle::node::Node;
use oracle::peer;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

struct Row {
    id: String,
    category: String,
    input: String,
    readings: Vec<Node>,
}

fn rows() -> Vec<Row> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the folder of tables").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "jsonl"));
    files.sort();
    let texts = files.iter().map(|path| fs::read_to_string(path).expect("a table"));
    let rows: Vec<Row> = texts.flat_map(|text| text.lines().map(row).collect::<Vec<_>>()).collect();
    assert!(rows.len() > 400, "only {} rows in {}", rows.len(), folder.display());
    rows
}

fn row(line: &str) -> Row {
    let row = peer::value(line.as_bytes()).unwrap_or_else(|| panic!("no JSON: {line}"));
    let text = |name: &str| row[name].as_str().unwrap_or_else(|| panic!("{name} in {line}")).to_owned();
    let readings = match row.get("readings").and_then(|readings| readings.as_array()) {
        Some(readings) => readings.iter().map(Node::of_row).collect(),
        None => vec![Node::of_row(&row["expected"])],
    };
    Row { id: text("id"), category: text("category"), input: text("input"), readings }
}

impl Row {
    fn is_read_right(&self, seen: &Seen) -> bool {
        let got = seen.value.clone().unwrap_or(Node::Null);
        seen.error.is_none() && self.readings.iter().any(|want| got.like(want))
    }
}

/// Proves that the tables are read as right as ever; prints the rate of each category.
#[test]
fn the_tables_are_read_right() {
    let mut rates: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows() {
        let seen = at_once(row.input.as_bytes(), &How::default());
        let rate = rates.entry(row.category.clone()).or_default();
        rate.1 += 1;
        if row.is_read_right(&seen) {
            rate.0 += 1;
        } else {
            wrong.push(format!("{}: {:?}\n   got {:?}\n  want {:?}", row.id, row.input, seen.value, row.readings));
        }
    }
    for (category, (right, all)) in rates {
        println!("{category:<24} {right:>3} of {all:>3}");
    }
    assert!(wrong.is_empty(), "{} rows are read wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Proves that every row reads the same byte by byte, character by character, and in any two pieces.
#[test]
fn every_way_of_feeding_reads_a_row_the_same() {
    for row in rows() {
        let text = row.input.as_bytes();
        let whole = at_once(text, &How::default());
        let characters: Vec<usize> = row.input.char_indices().map(|(at, _)| at).collect();
        let halves = (1..text.len()).map(|cut| vec![cut]);
        for cuts in [characters, every_byte(text)].into_iter().chain(halves) {
            let seen = run(text, &cuts, &How::default(), false).last;
            assert_eq!(seen, whole, "{}: {:?} cut at {cuts:?} (left) and in one piece (right)", row.id, row.input);
        }
    }
}

/// Proves of every row what is promised of any text.
#[test]
fn every_row_keeps_the_laws() {
    for row in rows() {
        for (name, law) in laws::LAWS {
            law(row.input.as_bytes()).unwrap_or_else(|why| panic!("{}: {:?} breaks {name}\n{why}", row.id, row.input));
        }
    }
}
