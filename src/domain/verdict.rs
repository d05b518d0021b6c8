//! The judgement: how bad, why, and what next. Rules in [`super::rules`] produce it; `Unknown` is never `Ok`.

use serde::{Deserialize, Serialize};

use super::label::Label;

/// Ordered so that `max` is the worst. `Unknown` stands between `Notice` and `Warning`: not knowing is worse than a remark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verdict {
    #[default]
    Ok,
    Notice,
    Unknown,
    Warning,
    Critical,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Notice => "notice",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// One cell wide; always beside a word or a count, so that colour is never the only sign.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Ok => " ",
            Self::Notice => "◌",
            Self::Unknown => "?",
            Self::Warning => "●",
            Self::Critical => "▲",
        }
    }
}

/// One thing a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub verdict: Verdict,
    /// The reason in words, as it stands on the row: `2 of 6 unhealthy: health check returns 503`.
    pub text: Label,
    /// What to do next, naming a key where one helps.
    pub next: Option<Label>,
}

impl Finding {
    pub fn new(verdict: Verdict, text: impl AsRef<str>) -> Self {
        Self { verdict, text: Label::new(text), next: None }
    }

    #[must_use]
    pub fn next(mut self, next: impl AsRef<str>) -> Self {
        self.next = Some(Label::new(next));
        self
    }
}

/// The verdict over one resource with its findings, worst first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    pub verdict: Verdict,
    pub findings: Vec<Finding>,
}

impl Assessment {
    pub fn of(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|f| std::cmp::Reverse(f.verdict));
        Self { verdict: findings.first().map_or(Verdict::Ok, |f| f.verdict), findings }
    }

    /// The worst finding's words.
    pub fn headline(&self) -> Option<&Label> {
        self.findings.first().map(|f| &f.text)
    }
}
