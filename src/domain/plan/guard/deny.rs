//! Deny lists: what the console shall never do to these. A freeze is not denied by anybody: it only holds things still.

use serde::{Deserialize, Serialize};

use super::super::super::label::Label;
use super::super::request::Request;
use super::reach::Reach;
use super::refusal::Refusal;
use super::rule::Rule;
use super::rules::GuardRules;
use super::subject::Subject;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deny {
    pub reach: Reach,
    /// Why, in the config's own words.
    pub reason: Option<Label>,
    pub source: Label,
}

pub(super) fn deny(request: &Request, subject: Subject<'_>, rules: &GuardRules) -> Option<Refusal> {
    if matches!(request, Request::Freeze(_)) {
        return None;
    }
    let denied = rules.deny.iter().find(|d| d.reach.covers(subject, request))?;
    let reason = denied.reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
    let text = format!("{} of {} is denied{reason}", request.word(), subject.name());
    let is_denied = |word: &str| rules.deny.iter().any(|d| d.reach.covers_thing(subject) && d.reach.covers_word(word));
    let free: Vec<&str> = Request::WORDS
        .into_iter()
        .filter(|(word, kind)| *kind == subject.id().kind && (*word == "freeze" || !is_denied(word)))
        .map(|(word, _)| word)
        .collect();
    Some(Refusal::by(Rule::Deny, text, (!free.is_empty()).then(|| free.join(", ")), &denied.source))
}
