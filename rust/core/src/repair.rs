//! The log of what was read around.
//!
//! Coming in: defects, as the machine decides them. Going out: [`Repair`].
//! Decided elsewhere: which reading a defect gets (`machine`).

use crate::path::Place;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $message:literal;)*) => {
        /// The kinds of defect.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum RepairKind {
            $(#[doc = $message] $variant,)*
        }

        impl RepairKind {
            /// Every kind, for tables and documents.
            pub const ALL: &'static [RepairKind] = &[$(RepairKind::$variant),*];

            /// The short name.
            pub fn as_str(self) -> &'static str {
                match self { $(RepairKind::$variant => $name,)* }
            }

            /// A sentence for people.
            pub fn message(self) -> &'static str {
                match self { $(RepairKind::$variant => $message,)* }
            }
        }
    };
}

kinds! {
    Prose, "prose", "text around the value was skipped";
    Fence, "fence", "a code fence was removed";
    Reasoning, "reasoning", "a reasoning block was skipped";
    Tag, "tag", "a tag around the value was removed";
    Comment, "comment", "a comment was skipped";
    ExtraComma, "extra_comma", "a comma with nothing before or after it was ignored";
    MissingComma, "missing_comma", "a comma was missing between two values";
    OddComma, "odd_comma", "another character was read as a comma";
    MissingColon, "missing_colon", "a colon was missing after a key";
    OddColon, "odd_colon", "another character was read as a colon";
    QuoteMarks, "quote_marks", "other quotation marks were read as double quotes";
    MissingQuote, "missing_quote", "a quotation mark was missing";
    ExtraQuote, "extra_quote", "a quotation mark too many was ignored";
    InnerQuote, "inner_quote", "an unescaped quotation mark was read as part of the text";
    UnquotedKey, "unquoted_key", "a key had no quotation marks";
    UnquotedText, "unquoted_text", "a text had no quotation marks";
    Literal, "literal", "a literal was not spelled as JSON spells it";
    Number, "number", "a number was not written as JSON writes it";
    NonFinite, "non_finite", "a number that JSON cannot write was read as a float";
    ControlCharacter, "control_character", "a raw control character in a string was kept";
    BadEscape, "bad_escape", "an escape that JSON does not know was kept as text";
    LoneSurrogate, "lone_surrogate", "half of a surrogate pair became U+FFFD";
    InvalidUtf8, "invalid_utf8", "bytes that are not UTF-8 became U+FFFD";
    ByteOrderMark, "byte_order_mark", "a byte order mark was skipped";
    OddBlank, "odd_blank", "a blank that JSON does not know was skipped";
    FullWidth, "full_width", "full-width punctuation was read as ASCII";
    ExtraCloser, "extra_closer", "a closing bracket without an opening one was ignored";
    WrongCloser, "wrong_closer", "a closing bracket of the wrong kind was replaced";
    MissingCloser, "missing_closer", "a closing bracket was missing";
    EarlyClose, "early_close", "the root was closed too early and was continued";
    DoubledBracket, "doubled_bracket", "a doubled opening bracket was dropped";
    MissingBrackets, "missing_brackets", "the brackets around members or items were missing";
    MissingValue, "missing_value", "a missing value became null";
    Ellipsis, "ellipsis", "an ellipsis was dropped";
    Concatenation, "concatenation", "strings joined by + became one";
    EscapedDocument, "escaped_document", "the text was escaped once too often and was unescaped";
    CallWrapper, "call_wrapper", "a call around a value was removed";
    Tuple, "tuple", "a tuple became an array";
    Set, "set", "a set became an array";
    StringPrefix, "string_prefix", "a prefix of a string was dropped";
    TripleQuotes, "triple_quotes", "a triple-quoted string became a string";
    SingleItem, "single_item", "a single value became a list of one, where a list is expected";
    EncodedValue, "encoded_value", "a string that holds JSON became that value, where one is expected";
    ExtraValue, "extra_value", "another value after the expected one was ignored";
    SeveralValues, "several_values", "several values became a list";
    Truncated, "truncated", "the text ended in the middle of a value";
}

/// A set of kinds of defect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RepairKinds(u64);

impl RepairKinds {
    /// The set with one more kind.
    #[must_use]
    pub fn with(self, kind: RepairKind) -> RepairKinds {
        RepairKinds(self.0 | 1 << kind as u64)
    }

    /// Whether no kind is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a kind is in the set.
    pub fn contains(self, kind: RepairKind) -> bool {
        self.0 >> kind as u64 & 1 == 1
    }
}

const _: () = assert!(RepairKind::ALL.len() <= 64, "a set of kinds is 64 bits");

/// One defect that was read around.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repair {
    /// What it was.
    pub kind: RepairKind,
    /// Bytes of the UTF-8 text before it.
    pub offset: u64,
    /// The place in the value.
    pub path: Place,
}
