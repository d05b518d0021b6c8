//! What a declared rule speaks about: things by name, requests by word.

use serde::{Deserialize, Serialize};

use super::super::super::label::Label;
use super::super::request::Request;
use super::pattern::name_fits;
use super::subject::Subject;

/// Names and words as patterns with `*`. A rule that names no thing at all speaks about every group, database and alarm; one that names
/// some speaks about these alone. A rule without operations speaks about all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reach {
    pub groups: Vec<Label>,
    pub databases: Vec<Label>,
    pub alarms: Vec<Label>,
    pub operations: Vec<Label>,
}

impl Reach {
    pub fn covers(&self, subject: Subject<'_>, request: &Request) -> bool {
        self.covers_thing(subject) && self.covers_word(request.word())
    }

    pub fn covers_thing(&self, subject: Subject<'_>) -> bool {
        let anything = self.groups.is_empty() && self.databases.is_empty() && self.alarms.is_empty();
        let named = match subject {
            Subject::Group(_) => &self.groups,
            Subject::Database(_) => &self.databases,
            Subject::Alarm(_) => &self.alarms,
        };
        anything || named.iter().any(|p| name_fits(p, subject.name()) || name_fits(p, subject.id().native()))
    }

    /// `word` is that of a [`Request`].
    pub fn covers_word(&self, word: &str) -> bool {
        self.operations.is_empty() || self.operations.iter().any(|p| name_fits(p, word))
    }
}
