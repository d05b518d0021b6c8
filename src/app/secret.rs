//! Text that must not leave through a log: what the user typed for somebody else's eyes.

use std::fmt;

/// A typed answer (an MFA code). `Debug` shows only that there is one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one who asked.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn edit(&mut self) -> &mut String {
        &mut self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Secret(empty)" } else { "Secret(…)" })
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_output_does_not_tell() {
        assert_eq!(format!("{:?}", Secret::new("123456")), "Secret(…)");
    }
}
