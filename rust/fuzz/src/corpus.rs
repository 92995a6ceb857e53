//! The texts that mutation goes on from, and what makes a new one worth keeping.
//!
//! Coming in: texts, perhaps a folder. Going out: texts to mutate; in the folder, made small, each text that was the
//! first to show two repairs after one another (or one repair before an ending). A later run reads the folder again.

use crate::seeds::seeds;
use crate::shrinking::shrink;
use pydantic_flow_core::Parser;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

/// What a text shows: each pair of repairs that follow one another; the ending follows the last.
type Shown = HashSet<(&'static str, &'static str)>;

pub struct Corpus {
    texts: Vec<Vec<u8>>,
    known: Shown,
    folder: Option<PathBuf>,
}

impl Corpus {
    /// The built-in texts and those of the folder, which is made where it is not there.
    pub fn open(folder: Option<&Path>) -> io::Result<Corpus> {
        let mut texts = seeds();
        if let Some(folder) = folder {
            fs::create_dir_all(folder)?;
            let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
            files.sort();
            for file in files.iter().filter(|file| file.is_file()) {
                texts.push(fs::read(file)?);
            }
        }
        let known = texts.iter().flat_map(|text| shown(text)).collect();
        Ok(Corpus { texts, known, folder: folder.map(Path::to_owned) })
    }

    pub fn texts(&self) -> &[Vec<u8>] {
        &self.texts
    }

    /// Pairs that were seen so far.
    pub fn known(&self) -> &Shown {
        &self.known
    }

    /// The shortest texts that show every pair, as a JSON list; a character of a string is a byte of a text.
    pub fn smallest(texts: impl Iterator<Item = Vec<u8>>) -> String {
        let mut texts: Vec<Vec<u8>> = texts.collect();
        texts.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        let mut known = Shown::new();
        texts.retain(|text| {
            let shown = shown(text);
            let new = !shown.is_subset(&known);
            known.extend(shown);
            new
        });
        let lines = texts.iter().map(|text| {
            let characters: String = text.iter().map(|&byte| char::from(byte)).collect();
            serde_json::Value::String(characters).to_string()
        });
        format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n"))
    }

    /// Keeps a text that shows something new.
    pub fn keep_if_new(&mut self, text: Vec<u8>) -> io::Result<()> {
        let news: Shown = shown(&text).difference(&self.known).copied().collect();
        if news.is_empty() {
            return Ok(());
        }
        if let Some(folder) = &self.folder {
            let small = shrink(&text, |text| news.is_subset(&shown(text)));
            let mut hasher = DefaultHasher::new();
            small.hash(&mut hasher);
            fs::write(folder.join(format!("{:016x}.txt", hasher.finish())), small)?;
        }
        self.known.extend(news);
        self.texts.push(text);
        Ok(())
    }
}

fn shown(text: &[u8]) -> Shown {
    let mut parser = Parser::default();
    // A limit is an ending too.
    let _ = parser.feed(text).and_then(|()| parser.finish());
    let kinds = parser.repairs().iter().map(|repair| repair.kind.as_str());
    let after = kinds.clone().skip(1).chain([parser.ending().as_str()]);
    kinds.zip(after).collect()
}
