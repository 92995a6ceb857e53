//! Makes a failing text smaller by leaving out parts of it.
//!
//! Coming in: the text and whether a text fails. Going out: a text that fails and of which no part can be left out.

/// Leaves out parts, large ones first, as long as what is left fails.
pub fn shrink(text: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut text = text.to_vec();
    let mut size = text.len() / 2;
    while size > 0 {
        let before = text.len();
        let mut at = 0;
        while at + size <= text.len() {
            let shorter = [&text[..at], &text[at + size..]].concat();
            if fails(&shorter) {
                text = shorter;
            } else {
                at += size.div_ceil(2);
            }
        }
        if text.len() == before {
            size /= 2;
        } else {
            size = size.min(text.len());
        }
    }
    text
}
