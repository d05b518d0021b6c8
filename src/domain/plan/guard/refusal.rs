//! What a guard says: why a plan may not go on, what would be allowed, and which rules a human set aside with which reason.

use serde::{Deserialize, Serialize};

use super::super::super::label::Label;
use super::super::super::operation::{Fact, OperationId};
use super::rule::Rule;

/// Why a plan may not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub rule: Rule,
    /// `a step of 4 takes away 66 % of the group`.
    pub text: Label,
    /// `up to 1 at a time`.
    pub allowed: Option<Label>,
    /// Where the rule stands: `config.toml:12`, `built-in default`, `built-in rule`.
    pub source: Label,
    /// The config lets a human set this rule aside, with a reason.
    #[serde(default)]
    pub overridable: bool,
}

impl Refusal {
    /// By a rule that no config can change.
    pub(super) fn built_in(rule: Rule, text: impl AsRef<str>, allowed: Option<String>) -> Self {
        Self::by(rule, text, allowed, &Label::new("built-in rule"))
    }

    pub(super) fn by(rule: Rule, text: impl AsRef<str>, allowed: Option<String>, source: &Label) -> Self {
        Self { rule, text: Label::new(text), allowed: allowed.map(Label::new), source: source.clone(), overridable: false }
    }

    /// One sentence for a status line or a journal.
    pub fn sentence(&self) -> String {
        let allowed = self.allowed.as_ref().map_or_else(String::new, |a| format!("; allowed: {a}"));
        format!("{} ({}, {}){allowed}", self.text, self.rule.word(), self.source)
    }

    /// What a script would add to go on all the same, where the config lets it.
    pub fn way_around(&self) -> Option<String> {
        self.overridable.then(|| format!("--override {} --reason TEXT", self.rule.word()))
    }
}

/// A human sets a rule aside for one operation, and says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub rule: Rule,
    pub reason: Label,
}

/// What a human gives along with one operation. It belongs to the rules that this operation is judged by, and is journalled with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    pub ticket: Option<Label>,
    pub overrides: Vec<Override>,
    /// The operation that is judged, once it has an id: a mark of its own on the group does not stop it.
    pub operation: Option<OperationId>,
}

/// A refusal that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overridden {
    pub refusal: Refusal,
    pub reason: Label,
}

/// What the guards say of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Empty = may go on.
    pub refusals: Vec<Refusal>,
    /// Set aside by a human; to be journalled before anything is sent.
    pub overridden: Vec<Overridden>,
}

impl Judgement {
    pub fn passes(&self) -> bool {
        self.refusals.is_empty()
    }

    /// For the journal, one for each rule that was set aside: what it said, and why it was not obeyed.
    pub fn facts(&self) -> Vec<Fact> {
        let fact = |o: &Overridden| Fact::Overridden {
            rule: Label::new(o.refusal.rule.word()),
            reason: Label::new(format!("{} (it said: {})", o.reason, o.refusal.sentence())),
        };
        self.overridden.iter().map(fact).collect()
    }
}
