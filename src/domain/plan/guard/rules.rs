//! The rules of a context as the config declares them, each with the place where it says so. They travel with an operation and into the
//! journal, so that whoever takes it up judges it by the same.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::super::label::Label;
use super::super::Environment;
use super::deny::Deny;
use super::refusal::{Given, Override};
use super::rule::Rule;
use super::ticket::TicketRule;
use super::window::{Blackout, ChangeWindow};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GuardRules {
    pub environment: Environment,
    pub environment_source: Label,
    /// Largest share of the group one step or batch may take, in percent (at least one member is always allowed).
    pub max_step_percent: u8,
    /// Healthy members that must remain when something is taken away, in percent of those healthy at the start.
    /// `None`: whatever is healthy at the start may shrink within `max_step_percent`.
    pub floor_percent: Option<u8>,
    /// `config.toml:12`, or `built-in default`.
    pub max_step_source: Label,
    pub floor_source: Label,
    /// What becomes of changes that the owner of a group will undo.
    pub owners: Owners,
    /// Where there are any that cover a plan, one of them must be open.
    pub windows: Vec<ChangeWindow>,
    pub blackouts: Vec<Blackout>,
    pub deny: Vec<Deny>,
    pub ticket: Option<TicketRule>,
    pub allow_override: Vec<Rule>,
    pub allow_override_source: Label,
    /// A pause that lasts longer gives back what the operation borrowed, until it goes on.
    pub pause_gives_back_after: Duration,
    /// What a human gave along with this one operation.
    pub given: Given,
}

impl Default for GuardRules {
    fn default() -> Self {
        let built_in = Label::new("built-in default");
        Self {
            environment: Environment::Unclassified,
            environment_source: built_in.clone(),
            max_step_percent: 25,
            floor_percent: None,
            max_step_source: built_in.clone(),
            floor_source: built_in.clone(),
            owners: Owners::default(),
            windows: Vec::new(),
            blackouts: Vec::new(),
            deny: Vec::new(),
            ticket: None,
            // The mark of a laptop that never came back would lock its group for good.
            allow_override: vec![Rule::Busy],
            allow_override_source: built_in,
            pause_gives_back_after: Duration::from_mins(10),
            given: Given::default(),
        }
    }
}

impl GuardRules {
    /// These rules with what a human gave along with one operation.
    #[must_use]
    pub fn with(&self, given: Given) -> Self {
        Self { given, ..self.clone() }
    }

    /// Whether the config lets a human set this rule aside.
    pub fn allows_override(&self, rule: Rule) -> bool {
        rule.may_be_overridden() && self.allow_override.contains(&rule)
    }

    /// The human's word against a rule, where the config lets it count and a reason stands beside it.
    pub fn overridden(&self, rule: Rule) -> Option<&Override> {
        let counts = |o: &&Override| o.rule == rule && !o.reason.trim().is_empty();
        self.given.overrides.iter().find(counts).filter(|_| self.allows_override(rule))
    }
}

/// What becomes of a change that a tool outside will undo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnOwner {
    /// The card says who will undo it.
    #[default]
    Warn,
    Refuse,
}

/// What becomes of changes to groups that Terraform, CloudFormation, Helm or another tool owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owners {
    /// For tools that are not named below.
    pub others: OnOwner,
    pub source: Label,
    /// By tool, with the place where it says so.
    pub tools: Vec<(Label, OnOwner, Label)>,
}

impl Default for Owners {
    fn default() -> Self {
        Self { others: OnOwner::Warn, source: Label::new("built-in default"), tools: Vec::new() }
    }
}

impl Owners {
    /// What becomes of it, and where that stands.
    pub fn of(&self, tool: &str) -> (OnOwner, &Label) {
        let named = self.tools.iter().rev().find(|(t, ..)| t.eq_ignore_ascii_case(tool));
        named.map_or((self.others, &self.source), |(_, on, source)| (*on, source))
    }
}
