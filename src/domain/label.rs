//! The one sanitizer. A [`Label`] is text that may be drawn, copied, logged or put in a title: whatever came from outside becomes
//! one here and nowhere else. Escape, control, bidi and invisible characters turn into visible marks, so that a Name tag can
//! neither move the cursor nor reorder a line nor hide.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Text made safe to show. Compares and sorts as the shown text.
#[derive(Clone, Eq, PartialOrd, Ord, Serialize)]
pub struct Label(Arc<str>);

/// Copies share their text, and pictures of one fleet are mostly copies: those need not be read to be found equal.
impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Longest label kept, in characters. Longer text is cut with `…`: a tag or an error body can be megabytes.
pub const MAX_CHARS: usize = 2_000;

impl Label {
    /// Makes outside text safe to show.
    pub fn new(raw: impl AsRef<str>) -> Self {
        let raw = raw.as_ref();
        if raw.len() <= MAX_CHARS && raw.chars().all(is_plain) {
            return Self(Arc::from(raw));
        }
        let mut out = String::with_capacity(raw.len().min(MAX_CHARS * 4));
        for (n, c) in raw.chars().enumerate() {
            if n >= MAX_CHARS {
                out.push('…');
                break;
            }
            push_visible(&mut out, c);
        }
        Self(Arc::from(out))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Printable and without effect on its neighbours.
fn is_plain(c: char) -> bool {
    !c.is_control() && !is_invisible(c)
}

/// Characters of no width that reorder, join, hide or tag: Unicode bidi controls (UAX #9), zero-width and format characters,
/// variation selectors, tags, interlinear annotations, the Hangul fillers, line and paragraph separators, private use is left alone.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn push_visible(out: &mut String, c: char) {
    match c {
        '\n' | '\r' => out.push('⏎'),
        '\t' => out.push('→'),
        // The Unicode "control pictures" block mirrors C0 one to one.
        '\u{0}'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('␦')),
        '\u{7f}' => out.push('␡'),
        c if c.is_control() || is_invisible(c) => {
            use fmt::Write as _;
            let _ = write!(out, "‹{:04x}›", c as u32);
        }
        c => out.push(c),
    }
}

impl Deref for Label {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Label {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Default for Label {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl From<&str> for Label {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Label {
    fn from(raw: String) -> Self {
        Self::new(raw)
    }
}

/// Sanitizes again on the way in: a saved file is outside too.
impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self::new(String::deserialize(d)?))
    }
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn plain_text_is_untouched() {
        for s in ["portal", "größe", "日本", "a b", "👩"] {
            assert_eq!(&*Label::new(s), s);
        }
    }

    #[test]
    fn escape_and_control_become_marks() {
        assert_eq!(&*Label::new("a\x1b[31mred\x07"), "a␛[31mred␇");
        assert_eq!(&*Label::new("x\u{9b}2J"), "x‹009b›2J");
        assert_eq!(&*Label::new("two\r\nlines\tand a tab"), "two⏎⏎lines→and a tab");
    }

    #[test]
    fn bidi_and_invisible_become_marks() {
        assert_eq!(&*Label::new("a\u{202e}b\u{2066}c\u{200b}d\u{feff}"), "a‹202e›b‹2066›c‹200b›d‹feff›");
    }

    #[test]
    fn a_huge_text_is_cut() {
        let l = Label::new("x".repeat(1_000_000));
        assert!(l.chars().count() <= super::MAX_CHARS + 1);
        assert!(l.ends_with('…'));
    }
}
