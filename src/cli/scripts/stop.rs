//! Why a script ends without having begun anything: a sentence, an exit code, and what was meant perhaps.

use serde::Serialize;

use crate::cli::estate::BadInput;
use crate::domain::Label;

/// Exit codes. 0 is done.
pub mod code {
    /// Our own failure: nothing could be read, nothing could be written.
    pub const FAILED: u8 = 1;
    pub const BAD_INPUT: u8 = 2;
    /// A guard refused it, or it cannot work here.
    pub const REFUSED: u8 = 3;
    /// It failed, and everything is as before.
    pub const AS_BEFORE: u8 = 4;
    /// It failed or was told to stop, and stands where it stood then.
    pub const HELD: u8 = 5;
    /// Interrupted: nobody drives it. Or nobody waits for it any longer.
    pub const INTERRUPTED: u8 = 6;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{text}")]
pub struct Stop {
    #[serde(rename = "exit")]
    pub code: u8,
    #[serde(rename = "error")]
    pub text: Label,
    /// Names that could have been meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Label>,
}

impl Stop {
    pub fn new(code: u8, text: impl AsRef<str>) -> Self {
        Self { code, text: Label::new(text), candidates: Vec::new() }
    }

    pub fn failed(text: impl AsRef<str>) -> Self {
        Self::new(code::FAILED, text)
    }

    pub fn bad(text: impl AsRef<str>) -> Self {
        Self::new(code::BAD_INPUT, text)
    }

    pub fn refused(text: impl AsRef<str>) -> Self {
        Self::new(code::REFUSED, text)
    }

    #[must_use]
    pub fn or_one_of(mut self, candidates: Vec<Label>) -> Self {
        self.candidates = candidates;
        self
    }
}

impl From<BadInput> for Stop {
    fn from(bad: BadInput) -> Self {
        Self::bad(bad.0)
    }
}
