//! Open status words. A cloud may say anything: the word is kept as it came, and the class decides glyph and colour.
//! An unknown word is grey, never green.

use serde::{Deserialize, Serialize};

use super::label::Label;

/// What a status word means for an operator. Ordered from calm to alarming, so that `max` is the worse one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StatusClass {
    /// Works.
    Good,
    /// Set aside on purpose: standby, stopped, disabled.
    Parked,
    /// On its way: launching, draining, modifying.
    Moving,
    /// A word we do not know, or nothing said.
    #[default]
    Unknown,
    /// Does not work.
    Bad,
}

/// A status as the cloud words it, with our class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub word: Label,
    pub class: StatusClass,
}

impl Status {
    pub fn new(word: impl AsRef<str>, class: StatusClass) -> Self {
        Self { word: Label::new(word), class }
    }

    pub fn good(word: impl AsRef<str>) -> Self {
        Self::new(word, StatusClass::Good)
    }

    pub fn moving(word: impl AsRef<str>) -> Self {
        Self::new(word, StatusClass::Moving)
    }

    pub fn bad(word: impl AsRef<str>) -> Self {
        Self::new(word, StatusClass::Bad)
    }

    pub fn parked(word: impl AsRef<str>) -> Self {
        Self::new(word, StatusClass::Parked)
    }

    pub fn unknown(word: impl AsRef<str>) -> Self {
        Self::new(word, StatusClass::Unknown)
    }

    pub fn is_good(&self) -> bool {
        self.class == StatusClass::Good
    }

    pub fn is_bad(&self) -> bool {
        self.class == StatusClass::Bad
    }

    pub fn is_moving(&self) -> bool {
        self.class == StatusClass::Moving
    }
}
