//! Who reads how.
//!
//! Coming in: a text and a mode. Going out: for each reader that has the mode, its answer and the work to time.
//! Decided elsewhere: how time is taken (`main`).

use jiter::{JsonValue, PartialMode};
use pydantic_flow_core::{Parser, from_slice};
use serde_json::Value;
use std::hint::black_box;

/// What is measured: a whole text; 4-character chunks; 4-character chunks with a look at the value after each.
pub const MODES: [&str; 3] = ["one call", "push only", "snapshot"];
/// Our name.
pub const OURS: &str = "pydantic-flow";

/// Re-reading every prefix is sampled where it would be more than so many bytes in all.
const MOST_BYTES: usize = 4_000_000;
const SAMPLES: usize = 12;
const CHUNK: usize = 4;

/// A text, cut into chunks of 4 characters, and what it says.
pub struct Text {
    /// As it is.
    pub whole: String,
    /// What `serde_json` reads there.
    pub expected: Value,
    /// Where each chunk ends.
    ends: Vec<usize>,
}

impl Text {
    /// Panics where the text is not valid JSON: nothing could be compared.
    pub fn new(whole: String) -> Self {
        let expected = serde_json::from_str(&whole).expect("the texts are valid JSON");
        let mut ends: Vec<usize> = whole.char_indices().map(|(at, _)| at).step_by(CHUNK).skip(1).collect();
        ends.push(whole.len());
        Text { whole, expected, ends }
    }

    /// The chunks, in order.
    pub fn chunks(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.whole[start..end])
    }
}

/// One reader at one text.
pub struct Reading<'a> {
    /// Its name.
    pub reader: &'static str,
    /// What it reads, for comparing; or what it says instead.
    pub answer: Box<dyn FnMut() -> Result<Value, String> + 'a>,
    /// What is timed.
    pub work: Box<dyn FnMut() + 'a>,
    /// The work is one in so many of the whole: an estimate unless 1.
    pub scale: f64,
}

/// The readers that have this mode.
pub fn readings<'a>(text: &'a Text, mode: &str) -> Vec<Reading<'a>> {
    match mode {
        "one call" => vec![serde(text), ours(text), simd_owned(text), simd_borrowed(text), jiter(text)],
        "push only" => vec![serde(text), ours_in_chunks(text, false)],
        _ => vec![serde(text), ours_in_chunks(text, true), jiter_again(text)],
    }
}

fn parsed(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|why| format!("wrote what is not JSON: {why}"))
}

fn whole(text: &Text) -> &[u8] {
    text.whole.as_bytes()
}

fn serde(text: &Text) -> Reading<'_> {
    Reading {
        reader: "serde_json, one call",
        answer: Box::new(|| serde_json::from_slice(whole(text)).map_err(|why| why.to_string())),
        work: Box::new(|| drop(black_box(serde_json::from_slice::<Value>(whole(text))))),
        scale: 1.0,
    }
}

fn ours(text: &Text) -> Reading<'_> {
    Reading {
        reader: OURS,
        answer: Box::new(|| {
            let value = from_slice(whole(text), &Default::default()).map_err(|why| why.to_string())?;
            parsed(&value.ok_or("nothing")?.to_string())
        }),
        work: Box::new(|| drop(black_box(from_slice(whole(text), &Default::default())))),
        scale: 1.0,
    }
}

fn ours_in_chunks(text: &Text, look: bool) -> Reading<'_> {
    let read = move || {
        let mut parser = Parser::default();
        for chunk in text.chunks() {
            parser.feed(chunk.as_bytes())?;
            if look {
                black_box(parser.snapshot());
            }
        }
        parser.finish()
    };
    Reading {
        reader: OURS,
        answer: Box::new(move || {
            let value = read().map_err(|why| why.to_string())?;
            parsed(&value.ok_or("nothing")?.to_string())
        }),
        work: Box::new(move || drop(black_box(read()))),
        scale: 1.0,
    }
}

/// It writes into its input, so each call gets a fresh copy: a `memcpy` that is part of the time.
fn simd_owned(text: &Text) -> Reading<'_> {
    let mut copy = Vec::with_capacity(text.whole.len());
    Reading {
        reader: "simd-json, owned",
        answer: Box::new(|| simd_json::serde::from_slice(&mut whole(text).to_vec()).map_err(|why| why.to_string())),
        work: Box::new(move || {
            copy.clear();
            copy.extend_from_slice(whole(text));
            drop(black_box(simd_json::to_owned_value(&mut copy)));
        }),
        scale: 1.0,
    }
}

fn simd_borrowed(text: &Text) -> Reading<'_> {
    let mut copy = Vec::with_capacity(text.whole.len());
    Reading {
        reader: "simd-json, borrowed",
        answer: Box::new(|| simd_json::serde::from_slice(&mut whole(text).to_vec()).map_err(|why| why.to_string())),
        work: Box::new(move || {
            copy.clear();
            copy.extend_from_slice(whole(text));
            drop(black_box(simd_json::to_borrowed_value(&mut copy)));
        }),
        scale: 1.0,
    }
}

fn jiter(text: &Text) -> Reading<'_> {
    Reading {
        reader: "jiter, borrowed",
        answer: Box::new(|| {
            JsonValue::parse(whole(text), false).map(|value| spelled(&value)).map_err(|why| why.to_string())
        }),
        work: Box::new(|| drop(black_box(JsonValue::parse(whole(text), false)))),
        scale: 1.0,
    }
}

/// Begins again with every chunk; sampled in the middle of each twelfth of the text where that takes too long.
fn jiter_again(text: &Text) -> Reading<'_> {
    let (mut cuts, mut scale) = (text.ends.clone(), 1.0);
    if cuts.iter().sum::<usize>() > MOST_BYTES {
        scale = cuts.len() as f64 / SAMPLES as f64;
        cuts = (0..SAMPLES).map(|part| text.ends[(2 * part + 1) * text.ends.len() / (2 * SAMPLES)]).collect();
    }
    let read = |end: usize| JsonValue::parse_with_config(&whole(text)[..end], false, PartialMode::TrailingStrings);
    Reading {
        reader: "jiter, again with every chunk",
        answer: Box::new(move || read(text.whole.len()).map(|value| spelled(&value)).map_err(|why| why.to_string())),
        work: Box::new(move || cuts.iter().for_each(|&end| drop(black_box(read(end))))),
        scale,
    }
}

/// The same value in `serde_json`'s form.
fn spelled(value: &JsonValue<'_>) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => (*value).into(),
        JsonValue::Int(value) => (*value).into(),
        JsonValue::BigInt(value) => parsed(&value.to_string()).unwrap_or_default(),
        JsonValue::Float(value) => (*value).into(),
        JsonValue::Str(value) => value.as_ref().into(),
        JsonValue::Array(items) => items.iter().map(spelled).collect(),
        JsonValue::Object(members) => members.iter().map(|(key, value)| (key.to_string(), spelled(value))).collect(),
    }
}
